"""PostgreSQL for a benchmark: a database of its own for each hub, beside the shell's."""

import secrets
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

_made: dict[str, str] = {}
"""The URL beside which a database was made, by its name."""


def fresh(url: str, like: str = "template1") -> str:
    """Make a database on the server of `url`, empty or a copy of another, and return its URL."""
    name = f"mcphub_bench_{secrets.token_hex(6)}"
    with psycopg.connect(url, autocommit=True) as connection:
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(create.format(sql.Identifier(name), sql.Identifier(like)))
    _made[name] = url
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def drop(url: str) -> None:
    """Drop one that was made."""
    _drop(urlsplit(url).path.removeprefix("/"))


def drop_all() -> None:
    """Drop what this process made, whoever still wants it: for its end."""
    for name in list(_made):
        _drop(name)


def _drop(name: str) -> None:
    with psycopg.connect(_made.pop(name), autocommit=True) as connection:
        gone = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        connection.execute(gone.format(sql.Identifier(name)))
