"""What went wrong and what changed last, each found by an index of its own."""

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from monitoring.admin import words
from monitoring.models import AuditEvent, AuditPerson
from monitoring.usage.minutes import WENT_WRONG

SHOWN = 8


def denials() -> list[AuditEvent]:
    """Return the newest denials."""
    return _with_names(AuditEvent.objects.filter(verdict="deny"))


def failures() -> list[AuditEvent]:
    """Return the newest calls that went wrong."""
    return _with_names(AuditEvent.objects.filter(outcome__in=sorted(WENT_WRONG)))


def changes() -> list[AuditEvent]:
    """Return the newest changes by people."""
    return _with_names(AuditEvent.objects.filter(kind="change"))


def _with_names(rows: QuerySet[AuditEvent]) -> list[AuditEvent]:
    """Return the newest of these events with who did each, and what in words."""
    person = AuditPerson.objects.filter(pk=OuterRef("user")).values("label")[:1]
    found: list[Any] = list(rows.order_by("-id").annotate(label=Subquery(person))[:SHOWN])
    for event in found:
        event.said = words.of_change(event.action, event.data)
        event.about = words.circumstances(event)
        event.why = words.of_reason(event.reason, event.outcome)
    return found
