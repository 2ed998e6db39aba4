"""What people do with the jobs of others: cancel one, have one done again, delete one that has ended."""

from functools import partial

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from accounts.services.recording import record
from servers.errors import Ended, Gone, InvalidValue, NotEnded
from servers.jobs.again import accept_again
from servers.jobs.boxes import Unreadable
from servers.jobs.ending import cancel
from servers.jobs.errors import TooManyJobs
from servers.jobs.ringing import ringer
from servers.jobs.states import OPEN, Reason, State
from servers.models import Job, JobMoment
from servers.permissions import Permission, require
from servers.services.recording import job_facts
from servers.services.writing import write

RETRIED = (State.FAILED, State.CANCELLED)
"""How a job ended that may be done again; and one with a result that tells why there is no other."""


RETRIABLE = Q(state__in=RETRIED) | (Q(state=State.COMPLETED) & ~Q(reason=""))
"""The same, of rows."""


def may_be_retried(job: Job) -> bool:
    """Tell whether a job may be done again: it did not come to what it was asked for."""
    return job.state in RETRIED or (job.state == State.COMPLETED and bool(job.reason))


@write
def cancel_job(*, actor: User | None, job: Job) -> None:
    """Cancel a job that has not ended; whoever works on it or waits for it is told.

    What it began may have happened, or may still. Raises NotAllowed, Gone, Ended.
    """
    require(actor, Permission.CHANGE_JOB)
    row = _row(job)
    if not cancel(row.public_id, Reason.ADMIN):
        raise Ended("It has ended meanwhile.")
    _record(actor, "job.cancel", row, after=_row(job))


@write
def retry_job(*, actor: User | None, job: Job) -> Job:
    """Have a job done again that failed or was cancelled; return the new one.

    Its caller and arguments are those of the one before; whether the caller still may is judged when it
    runs. One that may not be repeated may have run before: who asks for it knows.
    Raises NotAllowed, Gone, NotEnded, InvalidValue.
    """
    require(actor, Permission.CHANGE_JOB)
    row = _row(job)
    if not may_be_retried(row):
        raise NotEnded("Only a job that failed or was cancelled is done again.")
    try:
        again = accept_again(row)
    except TooManyJobs as full:
        raise InvalidValue(
            "As many jobs as may be are open, of its user or on its server; wait until some end."
        ) from full
    except (Unreadable, ValueError) as error:
        raise InvalidValue("Its arguments cannot be read any more.") from error
    now = timezone.now()
    JobMoment.objects.create(job=again, at=now, what="retry_of", detail=row.public_id)
    JobMoment.objects.create(job=row, at=now, what="retried", detail=again.public_id)
    transaction.on_commit(partial(ringer.ring, again))
    _record(actor, "job.retry", row, after=again)
    return again


@write
def purge_job(*, actor: User | None, job: Job) -> None:
    """Delete a job that has ended, with its result, before its time. Raises NotAllowed, Gone, NotEnded."""
    require(actor, Permission.DELETE_JOB)
    row = _row(job)
    if row.state in OPEN:
        raise NotEnded("It has not ended. Cancel it first.")
    _record(actor, "job.purge", row)
    row.delete()


def _row(job: Job) -> Job:
    """Return the job's row as it is now, kept from others until the transaction ends."""
    rows = Job.objects.select_related("server", "entry").select_for_update(of=("self",))
    row = rows.filter(pk=job.pk).first()
    if row is None:
        raise Gone("This job is not there any more.")
    return row


def _record(actor: User | None, action: str, job: Job, after: Job | None = None) -> None:
    made = None if after is None else job_facts(after)
    slug, facts = job.server.slug, job_facts(job)
    record(actor, action, server=slug, entry=job.name, before=facts, after=made)
