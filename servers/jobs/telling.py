"""What the jobs of this process say, gathered for a moment, so that thousands of words a second are few
announcements: of progress the newest of each job leaves.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from servers.jobs.events import LONGEST_TEXT, Told, announce
from servers.jobs.facts import Progress

GATHER_SECONDS = 0.005
MOST_LOGS = 1_000
"""Log messages of a moment; what is beyond is dropped."""


class Teller:
    """Gathers and announces; used from one event loop."""

    def __init__(self, say: Callable[[Sequence[Told]], None] = announce) -> None:
        self._say = say
        self._progress: dict[str, Progress] = {}
        self._logs: list[Told] = []
        self._resting = False

    def progress(self, job: str, progress: Progress) -> None:
        """Say how far a job is."""
        text = progress.message and progress.message[:LONGEST_TEXT]
        self._progress[job] = progress._replace(message=text)
        self._stir()

    def log(self, job: str, level: str, data: Any, logger: str | None) -> None:
        """Say what a job logs; what is long is cut, as text."""
        text = data if isinstance(data, str) else None
        said = text[:LONGEST_TEXT] if text is not None else data
        if len(self._logs) < MOST_LOGS:
            self._logs.append((job, "log", (level, said, logger)))
        self._stir()

    def _stir(self) -> None:
        """Say it now, or, if something was said just now, in a moment."""
        if not self._resting:
            self._flush()

    def _flush(self) -> None:
        self._resting = self.flush()
        if self._resting:
            asyncio.get_running_loop().call_later(GATHER_SECONDS, self._flush)

    def flush(self) -> bool:
        """Say now what waits, as before a job ends; return whether anything did."""
        told: list[Told] = list(self._logs)
        told += [(job, "progress", tuple(each)) for job, each in self._progress.items()]
        self._logs, self._progress = [], {}
        if told:
            self._say(told)
        return bool(told)
