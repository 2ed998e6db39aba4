"""How a job leaves its worker: ended for good, paused for answers, or back in the queue.

Each change holds only while the job is in the state, and with the attempt, that it was made for: whoever
comes later changes nothing, so a job has one end.
"""

import json
import random
from datetime import datetime, timedelta
from functools import partial
from itertools import takewhile
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone

from catalog.models import Definition
from servers.jobs.facts import Progress
from servers.jobs.large import Client, Kept, kept_result
from servers.jobs.marking import mark
from servers.jobs.states import (
    AFTER_END_SECONDS,
    FIRST_PAUSE,
    LONGEST_PASSED_ON,
    LONGEST_PAUSE,
    OPEN,
    PASSED_ON_SECONDS,
    Reason,
    State,
)
from servers.jobs.working import fields_of, held
from servers.models import Job, JobPart
from servers.protocol.errors import ProtocolError
from servers.protocol.outcome import ToolOutcome, failed
from servers.protocol.revisions import BY_DATE
from servers.protocol.shapes import shape_definition

PARTS_AT_ONCE = 32
UNSENDABLE = (ValueError, TypeError, OverflowError, RecursionError)
"""What writing JSON raises."""


class Ending(NamedTuple):
    """What a job came to: an outcome or an error, why, where it did not simply end, and how far it was."""

    outcome: ToolOutcome | None = None
    error: ProtocolError | None = None
    reason: Reason = Reason.NONE
    progress: Progress | None = None


def finish(public_id: str, attempt: int, ending: Ending) -> bool:
    """End a job; return whether it was this attempt's to end."""
    kept = None
    if ending.outcome is not None:
        try:
            kept = kept_result(public_id, ending.outcome, partial(_client_of, public_id))
        except UNSENDABLE:
            again = _unsendable(public_id)._replace(progress=ending.progress)
            return finish(public_id, attempt, again)
        if kept is None:
            ending = Ending(reason=Reason.TOO_LARGE, progress=ending.progress)
    return _finish(public_id, attempt, ending, kept)


@transaction.atomic
def _finish(public_id: str, attempt: int, ending: Ending, kept: Kept | None) -> bool:
    job = held(public_id, attempt).select_for_update().first()
    if job is None:
        return False
    job.state = State.FAILED
    if ending.outcome is not None and kept is not None:
        job.state, job.is_error, job.result = State.COMPLETED, ending.outcome.is_error, kept.result
        job.breaks_promise = kept.breaks
        parts = [JobPart(job=job, position=n, body=body) for n, body in enumerate(kept.pieces)]
        JobPart.objects.bulk_create(parts, batch_size=PARTS_AT_ONCE)
    newest = ending.progress
    if newest is not None and (job.progress is None or newest.value > job.progress):
        for field, value in fields_of(newest).items():
            setattr(job, field, value)
    if ending.error is not None:
        job.error = _error_text(ending.error)
    _close(job, ending.reason)
    return True


@transaction.atomic
def fail(job: Job, reason: Reason) -> None:
    """End a job that nobody works on; its row is locked by whoever calls."""
    job.state = State.FAILED
    _close(job, reason)


@transaction.atomic
def cancel(public_id: str, reason: Reason) -> bool:
    """Cancel a job that has not ended; return whether it did not. Whoever works on it is told."""
    job = Job.objects.select_for_update().filter(public_id=public_id, state__in=OPEN).first()
    if job is None:
        return False
    job.state = State.CANCELLED
    _close(job, reason)
    return True


@transaction.atomic
def pause(public_id: str, attempt: int, asked: dict[str, Any], answers: dict[str, Any]) -> bool:
    """Let a job wait for answers to these questions; return whether it was this attempt's."""
    job = held(public_id, attempt).select_for_update().first()
    if job is None:
        return False
    job.state, job.lease_until, job.worker = State.WAITING, None, ""
    job.asked, job.answers = json.dumps(asked), json.dumps(answers)
    _save(job, "state", "lease_until", "worker", "asked", "answers")
    mark(job, "asked", f"{len(asked)} questions" if len(asked) > 1 else "1 question")
    return True


@transaction.atomic
def begin_again(public_id: str, attempt: int) -> Job | None:
    """Put a job that failed back in the queue, after a pause that grows; None if it may not be."""
    job = held(public_id, attempt).select_for_update().first()
    if job is None or not job.retries_left or not job.is_repeatable:
        return None
    job.retries_left -= 1
    seconds = _pause(job.moments.filter(what="failed").count(), LONGEST_PAUSE)
    requeue(job, seconds)
    mark(job, "failed", f"begins again in {seconds:.0f} s")
    return job


@transaction.atomic
def pass_on(public_id: str, attempt: int) -> Job | None:
    """Pass a job on whose tool this worker does not have, after a pause that grows; None if it had its time.

    Nothing of it ran: it may be one that is never begun twice, and it loses no retry.
    """
    job = held(public_id, attempt).select_for_update().first()
    if job is None:
        return None
    before = _passed_on_at(job)
    if before and timezone.now() - before[-1] > timedelta(seconds=PASSED_ON_SECONDS):
        return None
    worker = job.worker
    requeue(job, _pause(len(before), LONGEST_PASSED_ON))
    mark(job, "passed_on", worker)
    return job


@transaction.atomic
def hand_back(public_id: str, attempt: int) -> bool:
    """Give a job up that this process can not end; return whether it was this attempt's.

    Back in the queue if it may be begun again, ended otherwise: it may have run.
    """
    job = held(public_id, attempt).select_for_update().first()
    if job is None:
        return False
    if job.is_repeatable:
        requeue(job, 0.0)
        mark(job, "handed_back")
    else:
        fail(job, Reason.LOST)
    return True


def _pause(times: int, longest: float) -> float:
    """Return how many seconds a job waits that waited so many times before."""
    seconds: float = min(longest, FIRST_PAUSE * 2 ** min(times, 10))
    return seconds * random.uniform(0.75, 1.25)


def _passed_on_at(job: Job) -> list[datetime]:
    """Return when a job was passed on since anything else became of it, the last time first."""
    moments = job.moments.order_by("-pk").values_list("what", "at")
    since = takewhile(lambda moment: moment[0] in {"begun", "passed_on"}, moments)
    return [at for what, at in since if what == "passed_on"]


def requeue(job: Job, seconds: float) -> None:
    """Let a job be due so many seconds from now; its row is locked by whoever calls."""
    now = timezone.now()
    job.state, job.lease_until, job.worker = State.QUEUED, None, ""
    job.due_at, job.rung_at = now + timedelta(seconds=seconds), None
    _save(job, "state", "lease_until", "worker", "due_at", "rung_at", "retries_left", "times_lost")


def _close(job: Job, reason: Reason) -> None:
    """Save a job that has ended: what it held goes, its result stays for a while."""
    now = timezone.now()
    job.ended_at, job.reason, job.lease_until = now, reason, None
    job.asked = ""
    job.expires_at = max(job.expires_at, now + timedelta(seconds=AFTER_END_SECONDS))
    _save(
        job,
        *("state", "ended_at", "reason", "lease_until", "asked", "expires_at"),
        *("result", "is_error", "breaks_promise", "error", "times_lost"),
        *("progress", "total", "message"),
    )
    mark(job, str(job.state), reason)


def _save(job: Job, *fields: str) -> None:
    job.updated_at = timezone.now()
    job.save(update_fields=[*fields, "updated_at"])


def _client_of(public_id: str) -> Client:
    """Return what a job's client knows of the values that its tool returns."""
    found = Job.objects.filter(public_id=public_id).values_list("sha256", "revision").first()
    if found is None:
        return Client()
    sha256, date = found
    body = Definition.objects.filter(pk=sha256).values_list("body", flat=True).first()
    shown = shape_definition("tool", json.loads(body or "{}"), "", BY_DATE[date])
    return Client(BY_DATE[date].has_structured_content, "outputSchema" in shown)


def _unsendable(public_id: str) -> Ending:
    """Return the end of a job whose result cannot be told."""
    name = Job.objects.filter(public_id=public_id).values_list("name", flat=True).first()
    return Ending(failed(f"{name} returned what has no JSON form."), reason=Reason.CRASHED)


def _error_text(error: ProtocolError) -> str:
    told = {"code": error.code, "message": error.message, "data": error.data}
    return json.dumps(told)
