"""What was done: the roll-ups of a month, the use of each entry, and the audit trail.

The trail's chain is no true one: this hub is for looking at, not for verifying.
"""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from accounts.models import OAuthClient, User
from catalog.models import Entry
from monitoring.metrics import SECONDS
from monitoring.models import AuditEvent, EntryUse, Rollup
from servers.models import Server

BATCH = 1_000
BUSY = 30
"""Entries that a roll-up names."""
APART = timedelta(seconds=2)
"""What lies between two events."""
OUTCOMES = {97: "denied", 89: "error", 83: "timeout", 5_003: "cancelled", 9_001: "failed"}
"""One of so many events ended so."""
COLUMNS = (
    "chain",
    "seq",
    "at",
    "kind",
    "action",
    "user",
    "client",
    "team",
    "server",
    "entry",
    "version",
)
COLUMNS += (
    "verdict",
    "reason",
    "detail",
    "outcome",
    "duration_us",
    "trace_id",
    "data",
    "key_id",
    "mac",
)


def fill(entries: list[Entry], servers: list[Server], chance: random.Random) -> None:
    """Make the roll-ups of a month, and the use of each entry."""
    now = timezone.now().replace(second=0, microsecond=0)
    hour = now.replace(minute=0)
    spans = [(now - timedelta(minutes=each), 60, "scale") for each in range(1, 26 * 60)]
    spans += [(hour - timedelta(hours=each), 3600, "") for each in range(1, 30 * 24)]
    Rollup.objects.bulk_create(
        [
            _rollup(at, seconds, process, chance.sample(entries, BUSY), servers[0].slug, chance)
            for at, seconds, process in spans
        ],
        batch_size=BATCH,
    )
    EntryUse.objects.bulk_create(
        [
            EntryUse(
                entry=row.public_id,
                calls=chance.randrange(5_000),
                errors=chance.randrange(50),
                p95_us=chance.randrange(1_000, 900_000),
                last_used=now - timedelta(minutes=chance.randrange(40_000)),
            )
            for row in entries
        ],
        batch_size=BATCH,
    )


def _rollup(
    at: datetime, seconds: int, process: str, busy: list[Entry], slug: str, chance: random.Random
) -> Rollup:
    buckets = [chance.randrange(20) for _ in range(len(SECONDS) + 1)]
    buckets = [count * seconds // 60 for count in buckets]
    each = [[str(row.public_id), row.kind, slug, row.name, 9, 1, buckets] for row in busy]
    return Rollup(
        minute=at,
        seconds=seconds,
        process=process,
        calls=sum(buckets),
        errors=chance.randrange(5),
        denials=chance.randrange(3),
        streams=chance.randrange(200),
        buckets=buckets,
        entries=each,
    )


def trail(
    events: int,
    people: list[User],
    clients: list[OAuthClient],
    servers: list[Server],
    entries: list[Entry],
) -> None:
    """Make the audit trail: calls, now and then a change, two seconds apart up to now."""
    rows = _events(events, people, clients, servers, entries)
    fields = [AuditEvent._meta.get_field(name) for name in COLUMNS]
    table, names = AuditEvent._meta.db_table, ", ".join(f'"{name}"' for name in COLUMNS)
    values = (
        [field.get_db_prep_value(one, connection) for field, one in zip(fields, row, strict=True)]
        for row in rows
    )
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in values:
                    copy.write_row(row)
        else:
            marks = ", ".join(["%s"] * len(COLUMNS))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", values)


def _events(
    events: int,
    people: list[User],
    clients: list[OAuthClient],
    servers: list[Server],
    entries: list[Entry],
) -> Iterator[tuple[Any, ...]]:
    """Yield the events' columns, oldest first."""
    begin = timezone.now() - events * APART
    tools = [row.name for row in entries if row.kind == Entry.Kind.TOOL]
    users, slugs = [row.public_id for row in people], [row.slug for row in servers]
    ids = [str(row.public_id) for row in clients]
    for n in range(events):
        change = n % 500 == 0
        ended = next((word for every, word in OUTCOMES.items() if n % every == 0), "ok")
        denied = ended == "denied"
        yield (
            "scale",
            n,
            begin + n * APART,
            "change" if change else "call",
            "server.update" if change else "tools/call",
            users[n % len(users)],
            ids[n % len(ids)],
            "",
            slugs[n % len(slugs)],
            "" if change else tools[n * 7 % len(tools)],
            "",
            "" if change else "deny" if denied else "allow",
            "" if change else "no_access" if denied else "team",
            "",
            ended,
            n % 50_000,
            f"{n:032x}",
            "",
            "scale",
            f"{n:064}",
        )
