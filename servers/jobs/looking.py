"""How the work stands in all: what waits, and who there is to do it."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Count, Min
from django.utils import timezone

from servers.jobs.states import OPEN, State
from servers.models import Chore, Job, Worker

GONE = timedelta(seconds=30)
"""After so long without a word a worker is gone."""
FORGOTTEN = timedelta(hours=1)
"""After so long nobody looks for a worker that is gone."""
MOST_WORKERS = 50
LATE = timedelta(seconds=30)
"""After so long in the queue a job tells that there is too little to do it with."""


class Depth(NamedTuple):
    """How many jobs are open, by state, and since when the oldest that is due waits for a worker."""

    queued: int
    working: int
    waiting: int
    oldest: datetime | None


class Working(NamedTuple):
    """A worker, and whether it is alive."""

    name: str
    pool: str
    slots: int
    busy: int
    seen_at: datetime
    alive: bool


def depth() -> Depth:
    """Count the open jobs."""
    rows = Job.objects.filter(state__in=OPEN).order_by().values("state")
    counts = dict(rows.annotate(number=Count("pk")).values_list("state", "number"))
    due = Job.objects.filter(state=State.QUEUED, due_at__lte=timezone.now())
    oldest = due.aggregate(oldest=Min("due_at"))["oldest"]
    queued, working, waiting = (
        counts.get(s, 0) for s in (State.QUEUED, State.WORKING, State.WAITING)
    )
    return Depth(queued, working, waiting, oldest)


def workers(now: datetime | None = None) -> list[Working]:
    """Return the workers that were heard lately, those that are alive first."""
    now = now or timezone.now()
    rows = Worker.objects.filter(seen_at__gt=now - FORGOTTEN).order_by("-seen_at")
    return [
        Working(row.name, row.pool, row.slots, row.busy, row.seen_at, row.seen_at >= now - GONE)
        for row in rows[:MOST_WORKERS]
    ]


def chores() -> dict[str, datetime]:
    """Return when each chore was begun last."""
    return dict(Chore.objects.order_by("name").values_list("name", "begun_at"))
