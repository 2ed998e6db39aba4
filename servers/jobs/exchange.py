"""The caller's end of a job while a worker runs it: nobody listens directly, all is announced."""

import math
import time
from collections.abc import Awaitable
from typing import Any

from catalog.authoring.sent import SENT
from servers.jobs.facts import Progress
from servers.jobs.states import HARD_SECONDS
from servers.jobs.telling import Teller
from servers.models import Job
from servers.protocol.revisions import BY_DATE
from servers.transports.conversation import Era
from servers.transports.exchange import Exchange, reaches, running_loop

MOST_EXACT = 2**53
"""Whole numbers below are the same as floating ones."""


class JobExchange(Exchange):
    """One attempt of a job."""

    newest: Progress | None = None
    """How far it is, as far as the row does not know yet."""
    seen: object = None
    """What the catalog and callers were when it was looked at last whether it may go on."""
    renewed_at: float
    """When it was last said that it is worked on, by the monotonic clock."""

    def __init__(self, job: Job, teller: Teller) -> None:
        """Begin, in the task that does the work."""
        revision = BY_DATE[job.revision]
        super().__init__(Era(revision, None, job.log_level or None, job.abilities), {})
        self.job, self.attempt = job.public_id, job.attempt
        self._teller = teller
        self.trace_id = job.trace_id
        self.renewed_at = time.monotonic()
        self.hold_until = self.renewed_at + job.seconds + HARD_SECONDS
        """When its process should have been killed that did not end it."""

    def emit(self, message: bytes, level: str = "") -> None:
        """Say nothing: a job has no stream of its own."""

    def progress(self, value: float, total: float | None, message: str | None) -> Awaitable[None]:
        """Announce how far the job is; a number that is beyond all measure is none."""
        told = plain_number(value)
        if told is not None:
            known = None if total is None else plain_number(total)
            self._soon(self._note, Progress(told, known, message))
        return SENT

    def log(self, level: str, data: Any, logger: str | None) -> Awaitable[None]:
        """Announce a log message, if the client may want it: on a stream it is asked again."""
        if not self.era.revision.stateless or reaches(level, self.era.log_level):
            self._soon(self._teller.log, self.job, level, data, logger)
        return SENT

    def stop(self, reason: str, words: str = "") -> None:
        """Stop the attempt, unless it has ended."""
        if not self.over:
            super().stop(reason, words)

    def _note(self, progress: Progress) -> None:
        if not self.stopped and not self.over:
            self.newest = progress
            self._teller.progress(self.job, progress)

    def _soon(self, act: Any, *given: Any) -> None:
        """Act on the loop, from whichever thread."""
        if running_loop() is self.loop:
            act(*given)
        else:
            self.loop.call_soon_threadsafe(act, *given)


def plain_number(value: Any) -> float | None:
    """Return a number that every row and message can hold, whatever type an author's is of."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() and abs(number) < MOST_EXACT else number
