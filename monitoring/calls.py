"""The newest calls as the audit trail has them, from every process, found by index and never counted."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from monitoring import labels
from monitoring.asked import uuid_of
from monitoring.models import AuditEvent, AuditPerson

CALLS = ("call", "read", "get", "question")
"""Kinds of events that are calls; a question is one that goes on when its client has answered."""
SHOWN = 100
WINDOW = 100_000
"""So many events back the newest calls are looked for, whatever is asked for: what is live is new."""
MOST_PEOPLE = 50


def newest(
    events: QuerySet[AuditEvent], narrowed: Mapping[str, Any], after: int = 0
) -> list[AuditEvent]:
    """Return the newest calls behind an id, newest first, as far as `events` may be seen."""
    last = AuditEvent.objects.order_by("-id").values_list("id", flat=True).first() or 0
    floor = max(after, last - WINDOW)
    rows = events.filter(id__gt=floor, kind__in=CALLS, **narrowed)
    return list(rows.order_by("-id")[:SHOWN])


def people_called(name: str) -> list[UUID]:
    """Return the ids that a name, now or in the trail, or the text of an id stands for."""
    if (spelt := uuid_of(name)) is not None:
        return [spelt]
    named = AuditPerson.objects.filter(label=name[:255]).values_list("pk", flat=True)
    return [*named[:MOST_PEOPLE], *map(UUID, labels.found("user", name))]


def clients_called(name: str) -> list[str]:
    """Return the ids that a client's name stands for, and the text itself, which may be one."""
    return [name, *labels.found("client", name)]
