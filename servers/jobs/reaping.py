"""Jobs whose worker is gone, that wait too long, or that nobody heard of: set right from their rows."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from servers.jobs.ending import fail, requeue
from servers.jobs.marking import mark
from servers.jobs.ringing import ENOUGH
from servers.jobs.states import (
    BLIND_SECONDS,
    ENDED,
    LEASE_SECONDS,
    MOST_LOST,
    RING_AGAIN_SECONDS,
    Reason,
    State,
)
from servers.models import Chore, Job

A_SWEEP = 500
MOST_TURNS = 40
MOST_RUNG = ENOUGH
"""Jobs that are announced again at once."""
LOOKED = "looked for lost jobs"
"""The row that says when somebody did last."""
Ring = Callable[[Job], None]


def reap(ring: Ring) -> int:
    """Take jobs from workers that are gone, end those past their time, ring what is due; return how many."""
    now = timezone.now()
    lost = Job.objects.filter(state=State.WORKING, lease_until__lt=now)
    late = Job.objects.filter(state__in=(State.QUEUED, State.WAITING), expires_at__lt=now)
    done = 0 if _was_blind(now) else _each(lost, _take_back)
    return done + _each(late, _give_up) + ring_due(ring)  # also what was taken back just now


def _was_blind(now: datetime) -> bool:
    """Return whether nobody could look for a while: then leases ended that nobody could renew either."""
    before = Chore.objects.filter(name=LOOKED).values_list("begun_at", flat=True).first()
    Chore.objects.update_or_create(name=LOOKED, defaults={"begun_at": now})
    return before is None or now - before > timedelta(seconds=BLIND_SECONDS)


def purge() -> int:
    """Delete ended jobs whose time is over; return how many rows went."""
    past = Job.objects.filter(state__in=ENDED, expires_at__lt=timezone.now()).order_by("expires_at")
    gone = 0
    for _turn in range(MOST_TURNS):
        keys = list(past.values_list("pk", flat=True)[:A_SWEEP])
        # Without the rows' contents, which may be large.
        gone += Job.objects.filter(pk__in=keys).only("pk").delete()[0] if keys else 0
        if len(keys) < A_SWEEP:
            break
    return gone


def _each(rows: QuerySet[Job], act: Callable[[Job], None]) -> int:
    """Act on each row by itself, locked; one that somebody else has at hand is left alone."""
    keys = list(rows.order_by("pk").values_list("pk", flat=True)[:A_SWEEP])
    done = 0
    for key in keys:
        with transaction.atomic():
            job = _free(rows).filter(pk=key).first()
            if job is not None:
                act(job)
                done += 1
    return done


def _free(rows: QuerySet[Job]) -> QuerySet[Job]:
    return rows.select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked)


def _take_back(job: Job) -> None:
    """Let a job whose worker is gone begin again if it may, and end otherwise or if it had its time."""
    job.times_lost += 1
    mark(job, "lost", job.worker)
    if _had_its_time(job):
        fail(job, Reason.TIMEOUT)
    elif job.is_repeatable and job.times_lost <= MOST_LOST:
        requeue(job, 0.0)
    else:
        fail(job, Reason.LOST)


def _had_its_time(job: Job) -> bool:
    """Return whether an attempt was still at work when its time was over: its process was killed for it."""
    begun = job.moments.filter(what="begun").order_by("-pk").values_list("at", flat=True).first()
    if begun is None or job.lease_until is None:
        return False
    last_seen = job.lease_until - timedelta(seconds=LEASE_SECONDS)
    return last_seen >= begun + timedelta(seconds=job.seconds)


def _give_up(job: Job) -> None:
    """End a job that was kept for as long as it may be."""
    fail(job, Reason.UNANSWERED if job.state == State.WAITING else Reason.EXPIRED)


def ring_due(ring: Ring) -> int:
    """Announce jobs again that are due and that nobody has begun, so many at a time; return how many.

    Those first that were silent for longest: what is rung in vain holds up no other.
    """
    now = timezone.now()
    before = now - timedelta(seconds=RING_AGAIN_SECONDS)
    unheard = Q(rung_at__isnull=True) | Q(rung_at__lt=before)
    due = Job.objects.filter(unheard, state=State.QUEUED, due_at__lte=now)
    oldest = (F("rung_at").asc(nulls_first=True), "due_at")
    jobs = list(due.only("public_id", "queue", "seconds").order_by(*oldest)[:MOST_RUNG])
    Job.objects.filter(pk__in=[job.pk for job in jobs]).update(rung_at=now)
    for job in jobs:
        ring(job)
    return len(jobs)
