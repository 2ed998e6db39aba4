"""What stands around one event: the other rounds of its call, its trace, what its person did beside it.

Each is looked for along an index and no further than NEAR events, so that it costs the same in any trail.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from monitoring.models import AuditEvent

NEAR = 500
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Around:
    """Lists of events with what each is called, oldest first, without those that are empty."""

    lists: tuple[tuple[str, tuple[AuditEvent, ...]], ...]
    earlier: AuditEvent | None
    later: AuditEvent | None


def around(event: AuditEvent, seen: QuerySet[AuditEvent]) -> Around:
    """Return what stands around an event, of the events that a reader may see."""
    lists = (
        ("Rounds of the same call", _rounds(event, seen)),
        ("In the same trace", _trace(event, seen)),
        ("This person before and after", _person(event, seen)),
    )
    return Around(
        tuple((title, rows) for title, rows in lists if rows),
        seen.filter(pk__lt=event.pk).order_by("-pk").first(),
        seen.filter(pk__gt=event.pk).order_by("pk").first(),
    )


def _rounds(event: AuditEvent, seen: QuerySet[AuditEvent]) -> tuple[AuditEvent, ...]:
    """Return the other runs of a call that asked its client: they share an id in their data."""
    call = _call(event)
    if not call:
        return ()
    same = seen.filter(entry=event.entry)
    near = [*_before(same, event, NEAR), *_after(same, event, NEAR)]
    return _sorted(each for each in near if _call(each) == call)


def _trace(event: AuditEvent, seen: QuerySet[AuditEvent]) -> tuple[AuditEvent, ...]:
    if not event.trace_id:
        return ()
    near = seen.filter(pk__gte=event.pk - NEAR, pk__lte=event.pk + NEAR)
    found = near.filter(trace_id=event.trace_id).exclude(pk=event.pk)
    return _sorted(found.order_by("pk")[: 2 * SHOWN])


def _person(event: AuditEvent, seen: QuerySet[AuditEvent]) -> tuple[AuditEvent, ...]:
    if event.user is None:
        return ()
    same = seen.filter(user=event.user)
    return _sorted([*_before(same, event, SHOWN), *_after(same, event, SHOWN)])


def _before(rows: QuerySet[AuditEvent], event: AuditEvent, most: int) -> QuerySet[AuditEvent]:
    return rows.filter(pk__lt=event.pk).order_by("-pk")[:most]


def _after(rows: QuerySet[AuditEvent], event: AuditEvent, most: int) -> QuerySet[AuditEvent]:
    return rows.filter(pk__gt=event.pk).order_by("pk")[:most]


def _sorted(rows: Iterable[AuditEvent]) -> tuple[AuditEvent, ...]:
    return tuple(sorted(rows, key=lambda each: each.pk))


def _call(event: AuditEvent) -> str:
    try:
        read = json.loads(event.data or "{}")
    except ValueError:
        return ""
    call = read.get("call") if isinstance(read, dict) else None
    return call if isinstance(call, str) else ""
