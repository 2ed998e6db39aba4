"""The states of a job, why it ended, and the times it goes by."""

from enum import StrEnum

from servers.models import Job

State = Job.State
OPEN = (State.QUEUED, State.WORKING, State.WAITING)
ENDED = (State.COMPLETED, State.FAILED, State.CANCELLED)

LEASE_SECONDS = 15.0
"""How long a worker may be silent before its jobs are taken from it."""
RENEW_SECONDS = 4.0
REAP_SECONDS = 5.0
BLIND_SECONDS = 15.0
"""Where nobody looked for so long, workers may have been as far from the database: they come first."""
CLOCKS_SECONDS = 0.5
"""How far the clocks of a hub's machines may be apart."""
RING_AGAIN_SECONDS = 5.0
"""After so long a job that is due and that nobody began is announced again."""
HARD_SECONDS = 30.0
"""How much later a process is killed that did not end a job in time."""
SOON_SECONDS = 2.0
"""How long a call that may become a task is waited for."""
AFTER_END_SECONDS = 3_600
"""How long a result is kept at the least, from its end."""
MOST_LOST = 5
"""How often a job may lose its worker before it is given up."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds between two attempts of one that failed: the first time, and at most."""
PASSED_ON_SECONDS, LONGEST_PASSED_ON = 60.0, 8.0
"""How long workers that do not have its tool pass a job on, and how long it then waits at most."""


class Reason(StrEnum):
    """Why a job did not simply end with its result."""

    NONE = ""
    LOST = "lost"
    TIMEOUT = "timeout"
    UNANSWERED = "unanswered"
    EXPIRED = "expired"
    STOPPED = "stopped"
    GONE = "gone"
    CHANGED = "changed"
    ACCESS = "access"
    TOO_LARGE = "too_large"
    CRASHED = "crashed"
    REFUSED = "refused"
    UNREADABLE = "unreadable"
    NOT_LOADED = "not_loaded"
    CLIENT = "client"
    ADMIN = "admin"

    @classmethod
    def _missing_(cls, value: object) -> "Reason":
        """Return none for a reason that only a newer version beside this one knows."""
        return cls.NONE


SENTENCES: dict[Reason, str] = {
    Reason.LOST: "Its worker was lost; it may have run, in part or whole, and was not begun again.",
    Reason.TIMEOUT: "It did not finish in time; what it began may have happened, or may still.",
    Reason.EXPIRED: "No worker took it in time; nothing was run.",
    Reason.UNANSWERED: "Nobody answered its questions in time.",
    Reason.GONE: "The tool is no longer there, or was switched off.",
    Reason.CHANGED: "The tool was changed after the call was accepted; call it again.",
    Reason.ACCESS: "Whoever asked for it may not use the tool any more.",
    Reason.TOO_LARGE: "Its result is larger than the hub keeps.",
    Reason.STOPPED: "Stopped by an administrator.",
    Reason.UNREADABLE: "Its arguments were sealed with a key that is gone; call it again.",
    Reason.NOT_LOADED: "No worker that took it had the tool loaded; call it again later.",
    Reason.CLIENT: "Cancelled by the client.",
    Reason.ADMIN: "Cancelled by an administrator.",
}
"""What is told of a job that ended so, but for what depends on how often it was begun."""
LOST_AGAIN = (
    "Its workers were lost, {} times; each time it may have run, in part or whole. It was given up."
)
BEGUN_BEFORE = "No worker took it again in time; what it began before may have happened."


def sentence_of(job: Job) -> str:
    """Return what is told of why a job ended, empty where there is nothing to tell."""
    reason = Reason(job.reason)
    if reason is Reason.LOST and job.times_lost > 1:
        return LOST_AGAIN.format(job.times_lost)
    if reason is Reason.EXPIRED and job.attempt:
        return BEGUN_BEFORE
    return SENTENCES.get(reason, "")
