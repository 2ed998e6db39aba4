"""Where a process works on its jobs: Celery's threads bring them in, the event loop runs them."""

import asyncio
import logging
import threading
import time
from typing import Protocol

from servers.capabilities.functions.threads import left_behind
from servers.jobs.memory import bounded
from servers.jobs.states import RENEW_SECONDS

log = logging.getLogger(__name__)
START_SECONDS = 30.0
"""How long a job that comes before its process is ready is held."""
LET_GO_SECONDS = 2.0
"""How long a function that nobody waits for any more is given to end by itself."""
LOOK_SECONDS = 0.05


class NotOpen(Exception):
    """The process has not begun to work, or has ended; the job stays in its queue."""


class Runs(Protocol):
    """Works on one job until it rests."""

    async def run(self, public_id: str) -> None:
        """Work on a job if it is due and nobody else does."""
        ...

    def hold(self, public_id: str) -> None:
        """Say that a job is worked on, where the loop has no time to; from any thread but the loop's."""
        ...


class Workplace:
    """One process's."""

    def __init__(self) -> None:
        self._open = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._runner: Runs | None = None
        self._alone, self._megabytes = False, 0

    def alone(self, megabytes: int) -> None:
        """Work on one job at a time, which may use so much memory, in a process that can be replaced."""
        self._alone, self._megabytes = True, megabytes

    def open(self, loop: asyncio.AbstractEventLoop, runner: Runs) -> None:
        """Begin to take jobs."""
        self._loop, self._runner = loop, runner
        self._open.set()

    def close(self) -> None:
        """Take no more; what runs goes on."""
        self._loop = self._runner = None
        self._open.set()  # nobody is to wait for what does not come

    def run(self, public_id: str) -> None:
        """Work on a job and wait until it rests; from any thread but the loop's. Raises NotOpen.

        Raises SystemExit in a process that works alone if what it ran cannot be ended otherwise.
        """
        if not self._open.wait(START_SECONDS):
            raise NotOpen("this process does not work on jobs yet")
        loop, runner = self._loop, self._runner
        if loop is None or runner is None:
            raise NotOpen("this process works on jobs no more")
        with bounded(self._megabytes):
            _wait(loop, runner, public_id)
        if self._alone and not _ended_by_itself():
            log.warning("a function did not end in time: this process gives way to a new one")
            raise SystemExit


def _wait(loop: asyncio.AbstractEventLoop, runner: Runs, public_id: str) -> None:
    """Have a job worked on, and keep hold of it, also while a tool keeps the loop to itself."""
    working = asyncio.run_coroutine_threadsafe(runner.run(public_id), loop)
    while True:
        try:
            return working.result(RENEW_SECONDS)
        except TimeoutError:
            if working.done():
                raise
            runner.hold(public_id)


def _ended_by_itself() -> bool:
    """Return whether no function runs here that nobody waits for, now or soon."""
    until = time.monotonic() + LET_GO_SECONDS
    while left_behind() and time.monotonic() < until:
        time.sleep(LOOK_SECONDS)
    return not left_behind()


workplace = Workplace()
