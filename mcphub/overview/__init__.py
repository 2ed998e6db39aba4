"""The admin's first page: first minutes, problems, how much is used, what went wrong, what changed last.

Each part is there for who may see what it is made of; the page asks the same number of questions
however much there is.
"""

from mcphub.overview.page import dashboard, part

__all__ = ["dashboard", "part"]
