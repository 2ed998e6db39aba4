"""How much the hub was used: calls by the minute of a day and by the hour of a month, as offices call."""

import math
import random
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from catalog.models import Entry
from monitoring import audit
from monitoring.metrics import SECONDS
from monitoring.models import Rollup

PROCESSES = ("hub-1", "hub-2")
BUSY = 24
"""Tools that are called at all."""
FASTEST, SPREAD = 4.0, 1.2
"""The bucket that most calls of the fastest tool fall into, and how wide they scatter."""
CALLS = (
    ("three", "find_ticket_1", "allow", "", "ok"),
    ("one", "refund_order_1", "deny", "denied_by_rule", "denied"),
    ("many", "answer_ticket_2", "allow", "", "timeout"),
    ("three", "delete_order_1", "deny", "insufficient_scope", "denied"),
    ("one", "find_parcel_1", "allow", "", "error"),
    ("many", "find_invoice_1", "deny", "rate_limited", "denied"),
)
"""Who called what last, and how it was judged and ended."""


def made(people: dict[str, User]) -> None:
    """Write the minutes of the last day of two processes, the hours of the last month, and a few calls."""
    chance = random.Random(5)
    busy = list(Entry.objects.filter(published__server__slug="desk").order_by("pk")[:BUSY])
    now = timezone.now().replace(second=0, microsecond=0)
    minutes = [now - timedelta(minutes=each) for each in range(1, 26 * 60)]
    hour = now.replace(minute=0)
    hours = [hour - timedelta(hours=each) for each in range(1, 30 * 24)]
    rows = [_row(at, 60, name, busy, chance) for at in minutes for name in PROCESSES]
    rows += [_row(at, 3600, "", busy, chance) for at in hours]
    with transaction.atomic():
        Rollup.objects.filter(
            seconds=3600
        ).delete()  # the hub has added up the hours before it began
        Rollup.objects.bulk_create(rows, batch_size=500)
    for name, entry, verdict, reason, outcome in CALLS:
        audit.remember_person(people[name].public_id, name)
        event = audit.Event("call", "tools/call", server="desk", entry=entry, verdict=verdict)
        audit.record(event._replace(user=people[name].public_id, reason=reason, outcome=outcome))
    audit.flush()


def _row(
    at: datetime, seconds: int, process: str, busy: list[Entry], chance: random.Random
) -> Rollup:
    """Return what was called in one minute or hour."""
    each = [_used(row, place, at, seconds, chance) for place, row in enumerate(busy)]
    buckets = [sum(one[6][bucket] for one in each) for bucket in range(len(SECONDS) + 1)]
    calls, errors = sum(one[4] for one in each), sum(one[5] for one in each)
    return Rollup(
        minute=at,
        seconds=seconds,
        process=process,
        calls=calls,
        errors=errors,
        denials=chance.choice((0, 0, 0, 1, 2)) * seconds // 60,
        streams=12 + chance.randrange(8),
        buckets=buckets,
        entries=each,
    )


def _used(
    row: Entry, place: int, at: datetime, seconds: int, chance: random.Random
) -> tuple[str, str, str, str, int, int, list[int]]:
    """Return how one tool was used: the first is called most, and the last is slowest."""
    buckets = [0] * (len(SECONDS) + 1)
    most = 12.0 * seconds / 60 / (1 + place) * _pulse(at)
    for _ in range(min(40, chance.randrange(int(most) + 2))):
        bucket = round(chance.gauss(FASTEST + place / 6, SPREAD))
        buckets[min(max(bucket, 0), len(SECONDS) - 1)] += max(1, seconds // 1200)
    calls = sum(buckets)
    wrong = min(calls, int(chance.random() < 0.03))
    return str(row.public_id), row.kind, "desk", row.name, calls, wrong, buckets


def _pulse(at: datetime) -> float:
    """Return how busy a moment is: a day has a noon, a week two days off."""
    share = (at.hour * 60 + at.minute) / 1440
    day = 0.6 + 0.4 * math.sin(2 * math.pi * share)
    return day * (0.25 if at.weekday() > 4 else 1.0)
