"""What one process did, by the minute, in memory. Used from one event loop.

A call costs nothing here: what the loop counted for the metrics is added when it is handed over to them.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from monitoring.usage.quantiles import EMPTY, added

WENT_WRONG = frozenset({"error", "failed", "timeout"})
"""How calls end that count as errors."""
DENIED = "denied"
MINUTE = 60
MOST_SUBJECTS = 20_000
"""Things whose use is counted in one minute; the rest is in the sums alone."""

MOST_WAITING = 60
"""Minutes that wait while the database is away."""


class Subject(NamedTuple):
    """What was used: an entry by its public id, and where clients saw it."""

    entry: UUID
    kind: str
    server: str
    name: str


@dataclass(slots=True)
class Sums:
    """Calls that ran, those of them that went wrong, and how long they took."""

    calls: int = 0
    errors: int = 0
    buckets: Sequence[int] = EMPTY

    def add(self, outcome: str, buckets: Sequence[int]) -> None:
        """Count calls that ended so."""
        count = sum(buckets)
        self.calls += count
        self.errors += count if outcome in WENT_WRONG else 0
        self.buckets = added(self.buckets, buckets)

    def absorb(self, other: "Sums") -> None:
        """Add what another counted."""
        self.calls += other.calls
        self.errors += other.errors
        self.buckets = added(self.buckets, other.buckets)


@dataclass(slots=True)
class Minute:
    """One minute: `at` is the epoch second it began, `streams` the most that were open at once."""

    at: int
    sums: Sums = field(default_factory=Sums)
    denials: int = 0
    streams: int = 0
    by_subject: dict[Subject, Sums] = field(default_factory=dict)

    def absorb(self, other: "Minute") -> None:
        """Add what another counted in the same minute."""
        self.sums.absorb(other.sums)
        self.denials += other.denials
        self.streams = max(self.streams, other.streams)
        for subject, sums in other.by_subject.items():
            if (into := self.of(subject)) is not None:
                into.absorb(sums)

    @property
    def counted(self) -> bool:
        """Whether there was a call, let through or not."""
        return bool(self.sums.calls or self.denials)

    def of(self, subject: Subject) -> Sums | None:
        """Return the sums of a subject, None if there are too many."""
        sums = self.by_subject.get(subject)
        if sums is None and len(self.by_subject) < MOST_SUBJECTS:
            sums = self.by_subject[subject] = Sums()
        return sums


class Minutes:
    """The minute that runs, and those that wait to be written; `clock` gives epoch seconds."""

    def __init__(
        self, streams: Callable[[], int] = int, clock: Callable[[], float] = time.time
    ) -> None:
        self._streams, self._clock = streams, clock
        self._kept: dict[int, Minute] = {}

    def add(self, subject: Subject | None, outcome: str, buckets: Sequence[int]) -> None:
        """Count calls that ended so; None is what no entry was found for."""
        minute = self._now()
        if outcome == DENIED:
            minute.denials += sum(buckets)
            return
        minute.sums.add(outcome, buckets)
        sums = minute.of(subject) if subject is not None else None
        if sums is not None:
            sums.add(outcome, buckets)

    def look(self) -> None:
        """Note how many streams are open."""
        minute = self._now()
        minute.streams = max(minute.streams, self._streams())

    def take(self, *, everything: bool = False) -> list[Minute]:
        """Take out the minutes that are over, and what the running one counted; at the end everything.

        A minute may so be taken several times, each time what came since.
        """
        now = self._start()
        ready = [at for at, each in self._kept.items() if everything or at < now or each.counted]
        return [self._kept.pop(at) for at in ready]

    def give_back(self, minutes: Iterable[Minute]) -> None:
        """Take back minutes that could not be written, the newest of them if there are too many."""
        for minute in minutes:
            newer = self._kept.get(minute.at)
            if newer is None:
                self._kept[minute.at] = minute
            else:
                newer.absorb(minute)
        for at in sorted(self._kept)[:-MOST_WAITING]:
            del self._kept[at]

    def _now(self) -> Minute:
        at = self._start()
        minute = self._kept.get(at)
        if minute is None:
            minute = self._kept[at] = Minute(at)
        return minute

    def _start(self) -> int:
        return int(self._clock()) // MINUTE * MINUTE
