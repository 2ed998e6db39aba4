"""What every change of a job leaves: a moment in its timeline, numbers, and a bell once it is committed."""

from functools import partial

from django.db import transaction
from django.utils import timezone

from monitoring import metrics
from servers.jobs.events import announce_state
from servers.jobs.states import ENDED
from servers.models import Job, JobMoment

LONGEST_DETAIL = 500
BELLS = frozenset({"asked", "answered", "lost", *ENDED})
"""Moments after which watchers, and whoever works on the job, have to look at its row."""


def mark(job: Job, what: str, detail: str = "") -> None:
    """Keep that something happened to a job, and tell its watchers; within the change's transaction."""
    JobMoment.objects.create(job=job, at=timezone.now(), what=what, detail=detail[:LONGEST_DETAIL])
    # Whether it has ended is asked now: what is committed together is told when all of it is done.
    transaction.on_commit(partial(_tell, job, what, ended=job.state in ENDED))


def _tell(job: Job, what: str, *, ended: bool) -> None:
    if what in BELLS:
        announce_state(job.public_id, job.session if job.is_task else "")
    if what == "begun" and job.attempt == 1 and job.started_at is not None:
        waited = (job.started_at - job.created_at).total_seconds()
        metrics.job_wait_seconds.observe(max(0.0, waited))
    if what == "lost":
        metrics.job_leases_reaped.inc()
    if ended:
        metrics.child(metrics.jobs_ended, outcome_label(job)).inc()
        if job.started_at is not None and job.ended_at is not None:
            took = (job.ended_at - job.started_at).total_seconds()
            metrics.job_run_seconds.observe(max(0.0, took))


def outcome_label(job: Job) -> str:
    """Return how a job ended, in one word for a metric."""
    if job.reason or job.state != Job.State.COMPLETED:
        return job.reason or str(job.state)
    return "error" if job.is_error else "ok"
