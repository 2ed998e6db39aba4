"""Steps of connecting that were seen and are not yet written: bounded memory, no database.

Anybody can cause steps, so what is kept is bounded: a step that was seen a moment ago is not noted
again, an address (of IPv6 a /64) gets so many a minute, and all together so many. What is beyond is
counted and dropped. Safe from every thread; noting costs a few microseconds.
"""

import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from monitoring.rollup import source_of

MOST_A_MINUTE = 1_000
MOST_OF_AN_ADDRESS = 60
ANONYMOUS_SECONDS = 60.0
"""How long a step of nobody in particular is not noted again."""
KNOWN_SECONDS = 2.0
"""How long a step of a known client or person is not noted again: people try again."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Noted:
    """A step that was seen: which, how it went, and what is known of whose it is.

    `token` is the digest of a token that was refused: whose it was, and why if no reason is given, is
    looked up when the step is written. `server` and `client` are public ids, `client_id`, `user_id` and
    `family` the rows' keys; `family` is that of a call which may be its first.
    """

    step: str
    reason: str = ""
    detail: str = ""
    address: str = ""
    user_agent: str = ""
    server: uuid.UUID | None = None
    client_id: int | None = None
    user_id: int | None = None
    client: str = ""
    family: int | None = None
    token: str = field(default="", repr=False)
    at: datetime = field(default_factory=_now, compare=False)

    @property
    def anonymous(self) -> bool:
        """Whether it is nobody's in particular."""
        return self.client_id is None and self.user_id is None and not self.client


class Notebook:
    """One process's steps that wait to be written."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._waiting: list[Noted] = []
        self._seen: dict[Noted, float] = {}
        self._minute, self._count, self._dropped = 0.0, 0, 0
        self._by_address: Counter[str] = Counter()

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def note(self, step: Noted) -> bool:
        """Keep a step until it is written; False if it was seen just now, or there are too many."""
        now = self._clock()
        with self._lock:
            if now - self._minute >= 60.0:
                self._turn(now)
            if self._seen_lately(step, now):
                return False
            source = source_of(step.address) if step.address else ""
            if self._full(source):
                self._dropped += 1
                return False
            self._seen[step] = now
            self._count += 1
            self._by_address[source] += 1
            self._waiting.append(step)
            return True

    def take(self) -> tuple[list[Noted], int]:
        """Return the steps that wait, oldest first, and how many were dropped since last asked."""
        with self._lock:
            taken, self._waiting = self._waiting, []
            dropped, self._dropped = self._dropped, 0
        return taken, dropped

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._waiting, self._dropped = [], 0
            self._turn(self._clock())

    def _turn(self, now: float) -> None:
        """Begin a minute."""
        self._minute, self._count = now, 0
        self._seen.clear()
        self._by_address.clear()

    def _seen_lately(self, step: Noted, now: float) -> bool:
        seconds = ANONYMOUS_SECONDS if step.anonymous else KNOWN_SECONDS
        return now - self._seen.get(step, float("-inf")) < seconds

    def _full(self, source: str) -> bool:
        crowded = bool(source) and self._by_address[source] >= MOST_OF_AN_ADDRESS
        return crowded or self._count >= MOST_A_MINUTE
