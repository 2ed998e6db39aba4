"""How long rows are kept, and their end."""

from datetime import UTC, datetime, timedelta

from django.db import models

from servers.models import (
    CallState,
    CallStep,
    KeptValue,
    PendingQuestion,
    ResourceSubscription,
    SessionLevel,
    StreamEvent,
)

KINDS: tuple[type[models.Model], ...] = (
    CallState,
    CallStep,
    KeptValue,
    PendingQuestion,
    ResourceSubscription,
    SessionLevel,
    StreamEvent,
)
A_SWEEP = 5_000
"""Rows of a kind that one sweep deletes at most: it must not hold the database for long."""


def after(seconds: float) -> datetime:
    """Return the moment so many seconds from now."""
    return datetime.now(UTC) + timedelta(seconds=seconds)


def sweep() -> int:
    """Delete rows that are past their time; return how many."""
    now = datetime.now(UTC)
    gone = 0
    for kind in KINDS:
        rows = kind._default_manager.filter(expires_at__lt=now).values_list("pk", flat=True)
        past = list(rows[:A_SWEEP])
        if past:
            gone += kind._default_manager.filter(pk__in=past).delete()[0]
    return gone
