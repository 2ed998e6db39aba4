"""Events that were narrowed as lines: CSV that no spreadsheet takes for formulas, or JSON.

Written batch by batch, newest first, so that memory stays the same however many there are. manage.py
audit_export (monitoring/audit/export.py) writes the whole trail, oldest first, without names.
"""

import csv
import io
import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from typing import Any

from asgiref.sync import sync_to_async

from monitoring import audit
from monitoring.audit.export import EXPORTED, plain
from monitoring.banner import Actor
from monitoring.models import AuditPerson
from monitoring.trail.narrowing import Narrowed
from monitoring.trail.paging import Place, behind, order

MOST = 1_000_000
"""So many events, the newest, are in one export."""
BATCH = 2_000
COLUMNS = (*EXPORTED, "who")
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a cell must not begin with: spreadsheets take it for a formula; the last four are full-width."""
_USER, _AT, _ID = (EXPORTED.index(name) for name in ("user", "at", "id"))

Row = tuple[Any, ...]
Form = Callable[[Sequence[Row]], str]


def record_export(*, actor: Actor, wanted: Narrowed, form: str) -> None:
    """Put into the trail that somebody takes a part of it away, and which."""
    audit.record_change(
        actor=actor.public_id,
        actor_label=actor.get_username(),
        action="trail.export",
        before=None,
        after={"form": form, **wanted.told()},
    )


async def export(wanted: Narrowed, form: str, most: int = MOST) -> AsyncIterator[str]:
    """Yield the events that fit in the form, batch by batch, each read off the loop."""
    lines = FORMS[form]
    yield HEADS[form]
    batches = _batches(wanted, most)
    while (batch := await _next(batches)) is not None:
        yield lines(batch)


@sync_to_async
def _next(batches: Iterator[Sequence[Row]]) -> Sequence[Row] | None:
    return next(batches, None)


def _batches(wanted: Narrowed, most: int) -> Iterator[Sequence[Row]]:
    place: Place | None = None
    rows = wanted.fitting()
    while most > 0:
        found = behind(wanted, rows, place, older=True).order_by(*order(wanted, older=True))
        batch = list(found.values_list(*EXPORTED)[: min(BATCH, most)])
        if not batch:
            return
        yield _named(batch)
        most -= len(batch)
        place = Place(batch[-1][_AT], batch[-1][_ID])


def _named(batch: Sequence[Row]) -> list[Row]:
    """Return the rows, each with the name of who did it, while it is known."""
    people = {row[_USER] for row in batch} - {None}
    names = dict(AuditPerson.objects.filter(pk__in=people).values_list("pk", "label"))
    return [(*map(plain, row), names.get(row[_USER], "")) for row in batch]


def as_csv(batch: Iterable[Row]) -> str:
    """Write rows as CSV (RFC 4180)."""
    text = io.StringIO()
    csv.writer(text).writerows([_safe(value) for value in row] for row in batch)
    return text.getvalue()


def as_json(batch: Iterable[Row]) -> str:
    """Write each row as a JSON object on a line of its own."""
    return "".join(f"{json.dumps(dict(zip(COLUMNS, row, strict=True)))}\n" for row in batch)


def _safe(value: Any) -> Any:
    """Put an apostrophe before what a spreadsheet would compute; numbers are numbers."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULAS) else value


FORMS: dict[str, Form] = {"csv": as_csv, "jsonl": as_json}
HEADS = {"csv": as_csv([COLUMNS]), "jsonl": ""}
TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}
