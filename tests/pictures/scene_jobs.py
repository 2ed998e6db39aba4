"""The jobs of the scene: one in each state, with what happened to it; and the workers that do them."""

import json
from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from catalog.models import Entry
from servers.models import Job, JobMoment, Server, Worker
from tests import make

TAKEN = {
    "warehouses": ["Hamburg", "Rotterdam"],
    "since": "2026-11-01",
    "login": {"user": "three", "password": "a secret"},
}
RESULT = [
    [{"type": "text", "text": "4,212 places counted, 17 differ from the books."}],
    {"counted": 4212, "differ": 17, "places": ["H-12-4", "H-12-5", "R-03-1"]},
]
ASKED = {
    "which": {
        "digest": "d",
        "method": "elicitation/create",
        "params": {
            "message": "Two suppliers offer the same price. Whom do we order from?",
            "requestedSchema": {
                "type": "object",
                "properties": {"supplier": {"type": "string", "enum": ["North", "South"]}},
            },
        },
        "needs": "elicitation",
    }
}
REFUSED = {"code": -32001, "message": "The carrier refused the labels of 3 parcels.", "data": None}
FAR = timedelta(days=1)
"""So late that no reaper and no worker of the hub comes meanwhile."""
MORE = 9
Moments = tuple[tuple[float, str, str], ...]
"""Seconds after the one before, what, and the detail."""


def made(people: dict[str, User]) -> dict[str, str]:
    """Make them, and return the keys of what pages name."""
    now = timezone.now()
    for name, busy, seen in (
        ("web-1:4121", 2, FAR),
        ("web-2:812", 0, FAR),
        ("old-7:99", 0, -timedelta(minutes=20)),
    ):
        Worker.objects.create(
            name=name, pool="prefork", slots=4, busy=busy, started_at=now - FAR, seen_at=now + seen
        )
    keys = {}
    for name, (tool, who, client, seconds, row, moments) in JOBS.items():
        person = people[who] if who else None
        job = _job(tool, person, client, seconds, row)
        _happened(job, moments)
        keys[f"job_{name}"] = str(job.pk)
    for number in range(MORE):
        job = _job(
            f"find_places_{(7, 17, 37)[number % 3]}", people["three"], "Claude Code", 7_200.0, DONE
        )
        _happened(job, COMPLETED)
    return keys


def _job(tool: str, person: User | None, client: str, age: float, row: dict[str, Any]) -> Job:
    begun = timezone.now() - timedelta(seconds=age)
    times = {
        name: begun + timedelta(seconds=row[name])
        for name in ("started_at", "ended_at")
        if name in row
    }
    entry = Entry.objects.get(name=tool, source__name__startswith="warehouse")
    kept = {"lease_until": timezone.now() + FAR} if row["state"] == "working" else {}
    return make.job(
        Server.objects.get(slug="warehouse"),
        entry,
        person,
        taken=TAKEN,
        client_name=client,
        **{**row, **times, **kept, "created_at": begun},
        due_at=timezone.now() + FAR if row["state"] == "queued" else begun,
        expires_at=timezone.now() + FAR,
    )


def _happened(job: Job, moments: Moments) -> None:
    """Put what happened into its timeline; that it was accepted stands there."""
    at = job.created_at
    for seconds, what, detail in moments:
        at += timedelta(seconds=seconds)
        JobMoment.objects.create(job=job, at=at, what=what, detail=detail)


DONE: dict[str, Any] = {
    "state": "completed",
    "result": json.dumps(RESULT),
    "attempt": 1,
    "worker": "web-1:4121",
    "progress": 4212.0,
    "total": 4212.0,
    "message": "Counting Rotterdam",
    "started_at": 0.2,
    "ended_at": 94.0,
    "is_task": True,
}
COMPLETED: Moments = ((0.2, "begun", "web-1:4121"), (93.8, "completed", ""))
LOST: Moments = (
    (0.1, "begun", "old-7:99"),
    (38.0, "lost", "old-7:99"),
    (0.4, "begun", "web-2:812"),
    (12.0, "failed", "begins again in 1 s"),
    (1.1, "begun", "web-1:4121"),
    (4.0, "failed", "refused"),
)
WORKING = {"state": "working", "attempt": 1, "worker": "web-1:4121", "started_at": 0.3}
FAILED = {"state": "failed", "attempt": 1, "worker": "web-2:812", "started_at": 1.0}
JOBS: dict[str, tuple[str, str, str, float, dict[str, Any], Moments]] = {
    "done": ("find_places_7", "three", "Claude Code", 5_400.0, DONE, COMPLETED),
    "said_no": (
        *("move_orders_6", "many", "Cursor", 4_000.0),
        {**DONE, "is_error": True},
        COMPLETED,
    ),
    "failed": (
        *("find_orders_16", "one", "Claude Code", 3_000.0),
        {
            **FAILED,
            "attempt": 3,
            "times_lost": 1,
            "reason": "refused",
            "error": json.dumps(REFUSED),
            "is_repeatable": True,
            "ended_at": 55.6,
        },
        LOST,
    ),
    "lost": (
        *("delete_pallets_48", "three", "Claude Code", 2_400.0),
        {**FAILED, "reason": "lost", "times_lost": 1, "ended_at": 61.0},
        ((0.9, "begun", "old-7:99"), (60.0, "lost", "old-7:99"), (0.0, "failed", "lost")),
    ),
    "cancelled": (
        *("move_stock_15", "", "", 1_800.0),
        {"state": "cancelled", "reason": "client", "ended_at": 4.0},
        ((4.0, "cancelled", "client"),),
    ),
    "waiting": (
        *("find_deliveries_4", "many", "Cursor", 700.0),
        {
            "state": "waiting",
            "attempt": 1,
            "asked": json.dumps(ASKED),
            "answers": json.dumps({"when": ["d", {"action": "accept"}]}),
            "started_at": 0.1,
            "is_task": True,
        },
        ((0.1, "begun", "web-1:4121"), (31.0, "asked", "1 question")),
    ),
    "working": (
        *("find_places_7", "three", "Claude Code", 220.0),
        {
            **WORKING,
            "progress": 1687.0,
            "total": 4212.0,
            "message": "Counting Hamburg",
            "is_task": True,
        },
        ((0.3, "begun", "web-1:4121"),),
    ),
    "plain": (
        *("move_stock_15", "", "", 64.0),
        {**WORKING, "progress": 12.0, "message": "12 pallets moved"},
        ((0.3, "begun", "web-1:4121"),),
    ),
    "queued": ("find_stock_5", "many", "Cursor", 12.0, {"state": "queued"}, ()),
}
"""Name -> tool, who asked, client, age in seconds, the row (times in seconds of its age), what happened."""
