"""How long rows are kept, and their end."""

from datetime import UTC, datetime, timedelta

from django.db import models

from servers.models import (
    Announcement,
    CallState,
    CallStep,
    EndedSession,
    KeptValue,
    OpenStream,
    PendingQuestion,
    PostedMessage,
    ResourceSubscription,
    SessionLevel,
    StreamEvent,
    StreamProcess,
)

KINDS: tuple[type[models.Model], ...] = (
    Announcement,
    CallState,
    CallStep,
    EndedSession,
    KeptValue,
    OpenStream,
    PendingQuestion,
    PostedMessage,
    ResourceSubscription,
    SessionLevel,
    StreamEvent,
    StreamProcess,
)
A_SWEEP = 5_000
"""Rows of a kind that go at once: a sweep must not hold the database for long."""
MOST_TURNS = 100


def after(seconds: float) -> datetime:
    """Return the moment so many seconds from now."""
    return datetime.now(UTC) + timedelta(seconds=seconds)


def sweep() -> int:
    """Delete rows that are past their time; return how many."""
    now = datetime.now(UTC)
    return sum(_sweep(kind, now) for kind in KINDS)


def _sweep(kind: type[models.Model], now: datetime) -> int:
    """Delete the rows of a kind that were good until some moment, some at a time."""
    gone = 0
    for _turn in range(MOST_TURNS):
        rows = kind._default_manager.filter(expires_at__lt=now).values_list("pk", flat=True)
        past = list(rows[:A_SWEEP])
        gone += kind._default_manager.filter(pk__in=past).delete()[0] if past else 0
        if len(past) < A_SWEEP:
            break
    return gone
