"""A worker's hold on a job: taken by one alone, renewed while it works, gone when another has it."""

import uuid
from datetime import timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.caller import Caller
from accounts.principals import recalled
from servers.jobs.callers import read_caller
from servers.jobs.facts import Progress
from servers.jobs.marking import mark
from servers.jobs.states import CLOCKS_SECONDS, LEASE_SECONDS, State
from servers.models import Job

LONGEST_MESSAGE = 500


_CLAIM = f"""
    update servers_job set state = '{State.WORKING}', attempt = attempt + 1, worker = %s,
        lease_until = %s, started_at = coalesce(started_at, %s), updated_at = %s
    where public_id = %s and state = '{State.QUEUED}' and due_at <= %s
    returning *, (select number from catalog_catalogversion order by id limit 1) as number,
        (select slug from servers_server s where s.id = servers_job.server_id) as slug,
        (select s.public_id from servers_server s where s.id = servers_job.server_id) as server_public_id,
        (select e.public_id from catalog_entry e where e.id = servers_job.entry_id) as entry_public_id
"""
"""Takes a job, and reads with it what it is judged by."""


class Taken(NamedTuple):
    """A job that is this worker's now, and what it is judged by.

    `caller` is whoever asked, as they are now, None if they may no more; `number` is the catalog's, `slug`
    and the public ids those of its server and tool.
    """

    job: Job
    caller: Caller | None
    number: int
    slug: str
    server: uuid.UUID
    entry: uuid.UUID


@transaction.atomic
def take(public_id: str, worker: str) -> Taken | None:
    """Claim a job, and read what it is to be judged by; None if it is not to be had.

    In one transaction: what cannot be read leaves the job in the queue.
    """
    job: Any = claim(public_id, worker)
    if job is None:
        return None
    server, entry = _uuid(job.server_public_id), _uuid(job.entry_public_id)
    caller = recalled(read_caller(job.caller))
    return Taken(job, caller, job.number or 0, job.slug, server, entry)


@transaction.atomic(savepoint=False)
def claim(public_id: str, worker: str) -> Job | None:
    """Return the job as this worker's, or None if it is not due, has ended or is somebody's."""
    now = timezone.now()
    until = now + timedelta(seconds=LEASE_SECONDS)
    # Read as it is written: between the two another could have taken it.
    at = connection.ops.adapt_datetimefield_value
    due = now + timedelta(seconds=CLOCKS_SECONDS)
    given = (worker, at(until), at(now), at(now), public_id, at(due))
    taken = list(Job.objects.raw(_CLAIM, given))
    if not taken:
        return None
    mark(taken[0], "begun", worker)
    return taken[0]


def _uuid(stored: uuid.UUID | str) -> uuid.UUID:
    """Return a public id from what this database has for it."""
    return stored if isinstance(stored, uuid.UUID) else uuid.UUID(stored)


def renew(public_id: str, attempt: int) -> bool:
    """Say that the job is worked on; return whether it still is this attempt's."""
    until = timezone.now() + timedelta(seconds=LEASE_SECONDS)
    return held(public_id, attempt).update(lease_until=until) > 0


def note_progress(public_id: str, attempt: int, progress: Progress) -> None:
    """Keep how far a job is, if it is further than before: an attempt that begins again starts lower."""
    further = Q(progress__isnull=True) | Q(progress__lt=progress.value)
    held(public_id, attempt).filter(further).update(
        **fields_of(progress), updated_at=timezone.now()
    )


def fields_of(progress: Progress) -> dict[str, Any]:
    """Return how far a job is, as its row has it."""
    message = (progress.message or "").replace("\0", "")[:LONGEST_MESSAGE]
    return {"progress": progress.value, "total": progress.total, "message": message}


def held(public_id: str, attempt: int) -> QuerySet[Job]:
    """Return the row of a job while it is this attempt's."""
    return Job.objects.filter(public_id=public_id, state=State.WORKING, attempt=attempt)
