"""Django's DATABASES value for the two modes: SQLite on a laptop, PostgreSQL through psycopg's pool."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

SQLITE_BUSY_SECONDS = 20
POOL = {"min_size": 1, "max_size": 12, "timeout": 5, "reconnect_timeout": 2}
"""Who asks makes it connect anew; left to itself, it pauses twice as long each time."""
SQLITE_KEPT_SECONDS = 60
WORKER_POOL = {"min_size": 0, "max_size": 4, "max_idle": 10}
"""The pool of a worker's process, which has one job at a time: many are idle, and each counts."""


def sqlite(path: Path) -> dict[str, Any]:
    """Return a SQLite database that many threads share: WAL, writers queue instead of failing."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        # To open one costs milliseconds: its functions are registered and the schema is parsed anew.
        "CONN_MAX_AGE": SQLITE_KEPT_SECONDS,
        "OPTIONS": {
            "timeout": SQLITE_BUSY_SECONDS,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
        "TEST": {"NAME": str(path.with_name("test.sqlite3"))},
    }


def narrow(database: dict[str, Any]) -> None:
    """Let a PostgreSQL database have a worker's pool, under a worker's name; before it is first used."""
    options = database["OPTIONS"]
    if "pool" in options:
        options["pool"] = {**options["pool"], **WORKER_POOL}
        options.setdefault("application_name", "mcphub worker")


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
