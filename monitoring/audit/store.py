"""How rows get into the database fast: COPY on PostgreSQL, executemany elsewhere.

`bulk_create` was the largest single cost of a call when it was measured (about 30 us a row).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import chain
from typing import Any

from django.db import connection

from monitoring.models import AuditEvent

from .chain import Head, Linked
from .event import FIELDS
from .row import MOST_STEMS, Stem, moment_text

COLUMNS = ("chain", "seq", *FIELDS, "key_id", "mac")
BLOCK_ROWS = 40
"""Rows a statement inserts on SQLite, which takes 999 values at least."""
NULL = "\\N"
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
_FULL = 2
"""SQLite's number for synchronous=FULL."""


def insert(linked: Sequence[Linked]) -> None:
    """Add rows inside the caller's transaction; raises what the database raises."""
    if connection.vendor == "postgresql":
        _copy(linked)
    else:
        _insert_many(linked)


def head_of(chain: str) -> Head | None:
    """Read the newest stored event of a chain, by its unique index."""
    found = AuditEvent.objects.filter(chain=chain).order_by("-seq").values_list("seq", "mac")
    first = found.first()
    return Head(chain, *first) if first else None


@contextmanager
def strict_sync() -> Iterator[None]:
    """Make SQLite commits survive a power cut for as long as the block lasts.

    The rest of the hub runs with NORMAL, which may lose the last commits; SQLite refuses the switch
    inside a transaction, so there it stays as it is.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        before: int = cursor.execute("PRAGMA synchronous").fetchone()[0]
        if before < _FULL:
            cursor.execute(f"PRAGMA synchronous={_FULL}")
    try:
        yield
    finally:
        if before < _FULL and connection.connection is not None:
            with connection.cursor() as cursor:
                cursor.execute(f"PRAGMA synchronous={before}")


def _statement(form: str) -> str:
    quote = connection.ops.quote_name
    columns = ", ".join(map(quote, COLUMNS))
    return form.format(table=quote(AuditEvent._meta.db_table), columns=columns)


def _copy(linked: Sequence[Linked]) -> None:
    statement = _statement("COPY {table} ({columns}) FROM STDIN")
    with connection.cursor() as cursor, connection.wrap_database_errors:
        raw: Any = cursor
        with raw.copy(statement) as copy:
            copy.write("".join(map(_line, linked)))


def _line(item: Linked) -> str:
    """Write a row in COPY's text format; most values need no escape."""
    name, seq, (at, stem, duration, trace_id, data), key_id, mac = item
    took = NULL if duration is None else duration
    more = f"{_escaped(trace_id)}\t{_escaped(data)}\t{key_id}\t{mac}"
    return f"{name}\t{seq}\t{moment_text(at)}+00\t{_shared(stem)}\t{took}\t{more}\n"


@lru_cache(maxsize=MOST_STEMS)
def _shared(stem: Stem) -> str:
    return "\t".join([NULL if value is None else _escaped(value) for value in stem.values])


def _escaped(text: str) -> str:
    return text if text.isalnum() else text.translate(_ESCAPES)


def _insert_many(linked: Sequence[Linked]) -> None:
    """Insert whole blocks with a statement each, and row by row what is left.

    A statement has costs of its own: SQLite counts ids once for each, and sqlite3 lets go of the
    interpreter's lock, which the event loop then holds for a while.
    """
    rows = list(map(_values, linked))
    whole = len(rows) - len(rows) % BLOCK_ROWS
    with connection.cursor() as cursor, connection.wrap_database_errors:
        raw: Any = cursor.connection
        for start in range(0, whole, BLOCK_ROWS):
            block = chain.from_iterable(rows[start : start + BLOCK_ROWS])
            raw.execute(_inserting(BLOCK_ROWS), tuple(block))
        raw.executemany(_inserting(1), rows[whole:])


@lru_cache(maxsize=2)
def _inserting(count: int) -> str:
    """Return the statement that inserts so many rows into SQLite."""
    places = f"({', '.join(['?'] * len(COLUMNS))})"
    return _statement("INSERT INTO {table} ({columns}) VALUES ") + ", ".join([places] * count)


def _values(item: Linked) -> tuple[Any, ...]:
    """Give a row's values as Django's SQLite backend stores them."""
    name, seq, (at, stem, duration, trace_id, data), key_id, mac = item
    return (name, seq, moment_text(at), *stem.values, duration, trace_id, data, key_id, mac)
