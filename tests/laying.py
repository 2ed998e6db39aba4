"""Rows that many tests begin with: made by the services once, then laid into each test's database.

Publishing a file takes some hundred statements, and every test of a hub begins with it. What the
services wrote is kept as it stands in the tables, with what they recorded; it is laid down again
only where the tables hold exactly what they held when it was made. Otherwise the services run.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction

from catalog.models import CatalogVersion
from catalog.services import announce
from monitoring import audit

ROOMS = ("catalog", "servers")
MOST_KEPT = 4
"""States of the tables a thing is kept for; beyond them it is made anew each time."""

State = tuple[tuple[str, int, str | None], ...]
Rows = dict[str, list[tuple[Any, ...]]]


@dataclass
class Kept:
    """What one thing left in the tables and in the trail."""

    columns: dict[str, list[str]] = field(default_factory=dict)
    rows: Rows = field(default_factory=dict)
    recorded: list[Mapping[str, Any]] = field(default_factory=list)

    def lay(self) -> None:
        """Write it all, record it, and announce it, as the services did."""
        with transaction.atomic():
            with connection.cursor() as cursor:
                for table, rows in self.rows.items():
                    names = ", ".join(map(_quoted, self.columns[table]))
                    places = f"({', '.join(['%s'] * len(self.columns[table]))})"
                    insert = f"INSERT INTO {_quoted(table)} ({names}) VALUES "
                    values = [value for row in rows for value in row]
                    cursor.execute(insert + ", ".join([places] * len(rows)), values)
            for change in self.recorded:
                audit.record_change(**change)
            announce()


_kept: dict[Any, dict[Any, Kept]] = {}
_there: list[Any] = []
"""What is laid down already, since the tables were empty."""


def laid(key: Any, make: Callable[[], object]) -> None:
    """Have the rows that `make` makes: laid down as they were kept, or made."""
    known = _kept.setdefault(key, {})
    counted = _state()
    if not any(count for _table, count, _last in counted):
        _there.clear()
    elif not _there:
        make()
        return
    state = (*_there, counted)
    _there.append(key)
    if (kept := known.get(state)) is not None:
        kept.lay()
    elif len(known) < MOST_KEPT:
        _keep(known, state, make)
    else:
        make()


def _keep(known: dict[Any, Kept], state: Any, make: Callable[[], object]) -> None:
    """Make it, and keep what it added; what changed a row that was there is not kept."""
    kept = Kept()
    before = _read(kept)
    record = audit.record_change

    def noted(**change: Any) -> None:
        kept.recorded.append(change)
        record(**change)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(audit, "record_change", noted)
        make()
    after = _read(kept)
    if all(row in after[table] for table, rows in before.items() for row in rows):
        added = {
            table: [row for row in rows if row not in before[table]]
            for table, rows in after.items()
        }
        kept.rows = {table: rows for table, rows in added.items() if rows}
        known[state] = kept


def _tables() -> dict[str, str]:
    """Return the tables of the rooms, and their keys."""
    models = [
        model
        for room in ROOMS
        for model in apps.get_app_config(room).get_models(include_auto_created=True)
        if model is not CatalogVersion
    ]
    return {model._meta.db_table: model._meta.pk.column for model in models}


def _state() -> State:
    """Return how many rows each table holds, and the last key in it."""
    asked = " UNION ALL ".join(
        f"SELECT '{table}', count(*), CAST(max({_quoted(key)}) AS text) FROM {_quoted(table)}"
        for table, key in _tables().items()
    )
    with connection.cursor() as cursor:
        cursor.execute(asked)
        return tuple(cursor.fetchall())


def _read(kept: Kept) -> Rows:
    """Return every row of every table, in the order of the keys."""
    rows: Rows = {}
    with connection.cursor() as cursor:
        for table, key in _tables().items():
            cursor.execute(f"SELECT * FROM {_quoted(table)} ORDER BY {_quoted(key)}")
            kept.columns[table] = [column[0] for column in cursor.description]
            rows[table] = [tuple(row) for row in cursor.fetchall()]
    return rows


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
