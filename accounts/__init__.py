"""Who may come in: people, teams, OAuth clients, tokens; a bearer token becomes a `Caller`."""
