"""The hub's state as a file: read strictly, compared with the database, carried out as one change.

A file says what should be. Of the things it names it states complete lists (a team's `members`, a
server's `sources`, `entries` and `rules`): what stands in the database and not in such a list is
taken out of it. A key that is left out leaves what it is about as it is; users, teams, servers and
origins that the file does not name are left alone. Nothing named at the top level is ever deleted.
"""
