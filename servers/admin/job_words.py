"""Jobs in words: how one stands, why it ended, what happened to it, and how long that took."""

import json
from datetime import datetime
from typing import Any, NamedTuple

from django.utils import timezone

from servers.jobs.said import lasted
from servers.jobs.states import OPEN, State
from servers.models import Job, JobMoment

SAID_NO = "said_no"
"""A job that completed with a result that is an error: no state of its own, but other news."""
STATES: dict[str, tuple[str, str, str]] = {
    State.QUEUED: ("Queued", "info", "schedule"),
    State.WORKING: ("Working", "primary", "sync"),
    State.WAITING: ("Waits for answers", "warning", "contact_support"),
    State.COMPLETED: ("Completed", "success", "check_circle"),
    SAID_NO: ("The tool said no", "warning", "warning"),
    State.FAILED: ("Failed", "danger", "error"),
    State.CANCELLED: ("Cancelled", "info", "cancel"),
}
"""Words, colour and sign of each."""
REASONS = {
    "lost": "Its worker was lost",
    "timeout": "Took too long",
    "unanswered": "Nobody answered",
    "expired": "No worker took it",
    "unreadable": "Its arguments cannot be read",
    "not_loaded": "No worker had the tool",
    "stopped": "Stopped",
    "gone": "The tool is gone or off",
    "changed": "The tool was changed",
    "access": "Access ended",
    "too_large": "The result is too large",
    "crashed": "The tool crashed",
    "refused": "Refused with an error",
    "client": "By the client",
    "admin": "By an administrator",
}
MOMENTS = {
    "accepted": ("Accepted", "inbox"),
    "begun": ("Begun", "play_arrow"),
    "asked": ("Asked its client", "contact_support"),
    "answered": ("Answered", "reply"),
    "lost": ("Its worker was lost", "heart_broken"),
    "passed_on": ("Passed on: its worker does not have the tool", "forward"),
    "handed_back": ("Handed back: its worker ended", "undo"),
    "retry_of": ("Asked for once more, after", "replay"),
    "retried": ("Done again as", "replay"),
    "completed": ("Completed", "check_circle"),
    "failed": ("Failed", "error"),
    "cancelled": ("Cancelled", "cancel"),
}
LEADS = ("retry_of", "retried")
"""What of a timeline names another job."""


class Progress(NamedTuple):
    """How far a job is: what a bar is drawn of, and the number in words; `total` 0 for no bar."""

    value: float
    total: float
    words: str


def state_of(job: Job) -> str:
    """Return how a job stands, by its key in STATES."""
    if job.state != State.COMPLETED or not job.is_error:
        return str(job.state)
    return str(State.FAILED) if job.reason else SAID_NO


def why(job: Job) -> str:
    """Return why it ended otherwise, in few words."""
    return REASONS.get(job.reason, job.reason)


def progress_of(job: Job) -> Progress | None:
    """Return how far it says it is."""
    if job.progress is None:
        return None
    value = f"{job.progress:,.10g}"
    if not job.total or job.total < 0:
        return Progress(job.progress, 0.0, value)
    share = min(100.0, max(0.0, 100 * job.progress / job.total))
    return Progress(job.progress, job.total, f"{value} of {job.total:,.10g} ({share:.0f} %)")


def age(job: Job, now: datetime | None = None) -> str:
    """Say how long ago it was accepted."""
    return lasted(((now or timezone.now()) - job.created_at).total_seconds())


def ran(job: Job, now: datetime | None = None) -> str:
    """Say how long it has run, or ran: from its first beginning, pauses and all."""
    if job.started_at is None:
        return "-"
    return lasted(((job.ended_at or now or timezone.now()) - job.started_at).total_seconds())


def owner(job: Job) -> str:
    """Name who asked for it."""
    return job.user.username if job.user else "anonymous"


def moments(job: Job) -> list[dict[str, Any]]:
    """Return its timeline, oldest first, each with the time since the one before."""
    found: list[dict[str, Any]] = []
    before: datetime | None = None
    for moment in job.moments.order_by("id"):
        words, sign = MOMENTS.get(_what(moment), (moment.what, "circle"))
        since = None if before is None else (moment.at - before).total_seconds()
        detail = REASONS.get(moment.detail, moment.detail)
        found.append(
            {
                "at": moment.at,
                "words": words,
                "sign": sign,
                "detail": detail,
                "other": moment.detail if moment.what in LEADS else "",
                "since": "" if since is None else f"+ {lasted(since)}",
            }
        )
        before = moment.at
    return found


def _what(moment: JobMoment) -> str:
    """Return what happened: what completed for a reason did not come to what it was asked for."""
    went_wrong = moment.what == State.COMPLETED and moment.detail
    return str(State.FAILED) if went_wrong else moment.what


def read(text: str) -> Any:
    """Return what JSON in a row says, None for what is none."""
    try:
        return json.loads(text or "null")
    except ValueError:
        return None


def is_open(job: Job) -> bool:
    """Tell whether it has not ended."""
    return job.state in OPEN
