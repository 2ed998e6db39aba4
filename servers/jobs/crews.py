"""Who works on jobs: a worker's processes are one crew, of which one row tells that it is alive.

People count workers, not processes: a worker with eight children is one row with eight slots. Whichever
of them looks first renews the row; how many slots are busy is counted from the jobs.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Q
from django.utils import timezone

from servers.jobs.states import State
from servers.models import Job, Worker

BEAT_SECONDS = 5.0
STALE_SECONDS = 3_600.0
"""How long the row of a worker stays that says nothing any more."""


class Crew(NamedTuple):
    """The processes of one worker: host and process of the one that started it, its pool, its slots.

    `member` is the process's own name in it, empty where it is the only one.
    """

    name: str
    pool: str
    slots: int
    member: str = ""

    @property
    def works_as(self) -> str:
        """Return what jobs are told of whoever works on them."""
        return f"{self.name}/{self.member}" if self.member else self.name


def beat(crew: Crew) -> bool:
    """Say that a worker is alive, unless another of its processes has just said so; return whether it did."""
    now = timezone.now()
    said = Worker.objects.filter(name=crew.name)
    fresh = now - timedelta(seconds=0.8 * BEAT_SECONDS)
    if said.filter(seen_at__gt=fresh).exists():
        return False
    if not said.update(seen_at=now, busy=_busy(crew), slots=crew.slots):
        _begin(crew, now)
    return True


def leave(crew: Crew) -> None:
    """Say that a worker has ended."""
    Worker.objects.filter(name=crew.name).delete()


def sweep() -> int:
    """Delete the rows of workers that went without a word; return how many."""
    before = timezone.now() - timedelta(seconds=STALE_SECONDS)
    return Worker.objects.filter(seen_at__lt=before).delete()[0]


def _begin(crew: Crew, now: datetime) -> None:
    row = Worker(name=crew.name, pool=crew.pool, slots=crew.slots, started_at=now, seen_at=now)
    Worker.objects.bulk_create([row], ignore_conflicts=True)  # its processes begin together


def _busy(crew: Crew) -> int:
    mine = Q(worker=crew.name) | Q(worker__startswith=f"{crew.name}/")
    return Job.objects.filter(mine, state=State.WORKING).count()
