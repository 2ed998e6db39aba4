"""Rows of jobs as values: what watchers see, what a worker needs, what clients are told."""

import json
import uuid
from datetime import datetime
from typing import Any, NamedTuple

from servers.jobs.states import ENDED, Reason, State, sentence_of
from servers.models import Job
from servers.protocol.errors import INTERNAL_ERROR, ProtocolError
from servers.protocol.outcome import ToolOutcome
from servers.protocol.tasks import TaskFacts

STATUS: dict[str, str] = {
    State.QUEUED: "working",
    State.WORKING: "working",
    State.WAITING: "input_required",
    State.COMPLETED: "completed",
    State.FAILED: "failed",
    State.CANCELLED: "cancelled",
}
"""State of a row -> the specification's status of its task."""


class Progress(NamedTuple):
    """How far a job is, in its author's unit."""

    value: float
    total: float | None = None
    message: str | None = None


class Seen(NamedTuple):
    """A job as whoever watches it sees it."""

    id: str
    state: str
    progress: Progress | None
    asked: dict[str, Any]
    outcome: ToolOutcome | None
    error: ProtocolError | None
    reason: Reason

    @property
    def ended(self) -> bool:
        """Whether nothing more comes."""
        return self.state in ENDED


class Held(NamedTuple):
    """A task as it is judged when somebody asks for it, and told to who may have it.

    `scope` is what its tool needs, `entry` the tool's public id; `token` is what its progress is told
    under, as JSON.
    """

    key: int
    facts: TaskFacts
    name: str
    via: str
    entry: uuid.UUID
    scope: str
    ended: bool
    token: str


def held(job: Job, *, whole: bool = True) -> Held:
    """Return a row, with its entry, as a task; of its result only whether it is an error, if not whole."""
    return Held(
        job.pk,
        task_facts(job, whole=whole),
        job.name,
        job.via,
        job.entry.public_id,
        job.scope,
        job.state in ENDED,
        job.progress_token,
    )


def seen(job: Job) -> Seen:
    """Return a row as its watchers see it."""
    return Seen(
        job.public_id,
        job.state,
        None if job.progress is None else Progress(job.progress, job.total, job.message or None),
        json.loads(job.asked) if job.asked else {},
        outcome_of(job),
        error_of(job),
        Reason(job.reason),
    )


def task_facts(job: Job, *, whole: bool = True) -> TaskFacts:
    """Return a row as the protocol tells of its task."""
    outcome, error = outcome_of(job) if whole else _outline(job), error_of(job)
    asked = json.loads(job.asked) if job.state == State.WAITING and job.asked else {}
    told = None if error is None else {"code": error.code, "message": error.message}
    if told is not None and error is not None and error.data is not None:
        told["data"] = error.data
    return TaskFacts(
        id=job.public_id,
        status=STATUS[job.state],
        message=status_message(job),
        created_at=_iso(job.created_at),
        updated_at=_iso(job.updated_at),
        ttl_ms=round((job.expires_at - job.created_at).total_seconds() * 1000),
        result=tuple(outcome) if outcome else None,
        error=told,
        requests={
            key: {"method": one["method"], "params": one["params"]} for key, one in asked.items()
        },
    )


def status_message(job: Job) -> str:
    """Return a sentence about where a job stands, for people."""
    if job.state in ENDED:
        return sentence_of(job)
    if job.state == State.WAITING:
        return "It waits for answers."
    if job.state == State.QUEUED:
        return "It waits for a worker."
    return job.message


def outcome_of(job: Job) -> ToolOutcome | None:
    """Return what a completed job gave."""
    if job.state != State.COMPLETED or not job.result:
        return None
    content, structured = json.loads(job.result)
    return ToolOutcome(content, structured, _told_as_error(job))


def _outline(job: Job) -> ToolOutcome | None:
    """Return of what a completed job gave whether it is an error: its result may be long."""
    return ToolOutcome([], None, _told_as_error(job)) if job.state == State.COMPLETED else None


def _told_as_error(job: Job) -> bool:
    """Return whether clients are told an error: it gave one, or too much to be told as was promised."""
    return job.is_error or job.breaks_promise


def error_of(job: Job) -> ProtocolError | None:
    """Return what a job that ended without a result is told as."""
    if job.state == State.FAILED and job.error:
        return ProtocolError(**json.loads(job.error))
    if job.state in {State.FAILED, State.CANCELLED}:
        sentence = sentence_of(job) or "It failed."
        return ProtocolError(INTERNAL_ERROR, f"{job.name}: {sentence}")
    return None


def _iso(moment: datetime) -> str:
    """Return a moment as the wire has it."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
