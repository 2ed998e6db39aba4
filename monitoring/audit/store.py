"""How rows get into the database fast: COPY on PostgreSQL, executemany elsewhere.

`bulk_create` was the largest single cost of a call when it was measured (about 30 us a row).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection

from monitoring.models import AuditEvent

from .chain import Head, Linked
from .event import FIELDS

COLUMNS = ("chain", "seq", *FIELDS, "key_id", "mac")
STATEMENT_ROWS = 500
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
            for item in linked:
                copy.write_row(item.values())


def _insert_many(linked: Sequence[Linked]) -> None:
    places = ", ".join(["%s"] * len(COLUMNS))
    statement = _statement(f"INSERT INTO {{table}} ({{columns}}) VALUES ({places})")
    rows = [_plain(item) for item in linked]
    with connection.cursor() as cursor:
        for start in range(0, len(rows), STATEMENT_ROWS):
            cursor.executemany(statement, rows[start : start + STATEMENT_ROWS])


def _plain(item: Linked) -> tuple[Any, ...]:
    """Give a row's values as Django's SQLite backend stores them: UTC as text, a UUID as hex.

    Asking each model field to do it would cost a third of the flush.
    """
    at, kind, action, user, *rest = item.row
    moment = str(at.replace(tzinfo=None))
    who = user.hex if user else None
    return (item.chain, item.seq, moment, kind, action, who, *rest, item.key_id, item.mac)
