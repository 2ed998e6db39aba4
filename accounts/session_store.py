"""Browser sessions in the database, asked only for keys that the hub could have given.

A cookie says whatever its sender likes, a NUL too, which PostgreSQL refuses to look for: anybody could
fill the log with faults.
"""

from typing import Any

from django.contrib.sessions.backends import db


class SessionStore(db.SessionStore):
    """Django's sessions; any other key than its own opens none."""

    def _validate_session_key(self, key: str) -> bool:
        """Tell whether a key is one of those that are given out: letters and digits alone."""
        django: Any = super()
        return bool(django._validate_session_key(key)) and key.isascii() and key.isalnum()
