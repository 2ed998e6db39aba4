"""Django's DATABASES value for the two modes: SQLite on a laptop, PostgreSQL through psycopg's pool."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

SQLITE_BUSY_SECONDS = 20
POOL = {"min_size": 1, "max_size": 12, "timeout": 5}


def sqlite(path: Path) -> dict[str, Any]:
    """Return a SQLite database that many threads share: WAL, writers queue instead of failing."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": {
            "timeout": SQLITE_BUSY_SECONDS,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
        "TEST": {"NAME": str(path.with_name("test.sqlite3"))},
    }


def make_private(path: Path) -> None:
    """Make a SQLite database's file, if there is none, for its owner alone.

    It holds password hashes and live sessions. SQLite gives the files beside it the same mode.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)


def postgres(url: str) -> dict[str, Any]:
    """Return a PostgreSQL database; the query part of the URL goes to libpq (sslmode, ...)."""
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": parts.port or "",
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"pool": POOL, **dict(parse_qsl(parts.query))},
    }
