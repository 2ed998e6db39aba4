"""PostgreSQL for a benchmark: a database of its own for each hub, beside the shell's."""

import secrets
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

_made: list[tuple[str, str]] = []


def fresh(url: str) -> str:
    """Make an empty database on the server of `url` and return its URL."""
    name = f"mcphub_bench_{secrets.token_hex(6)}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    _made.append((url, name))
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def drop_all() -> None:
    """Drop what was made."""
    while _made:
        url, name = _made.pop()
        with psycopg.connect(url, autocommit=True) as connection:
            drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            connection.execute(drop.format(sql.Identifier(name)))
