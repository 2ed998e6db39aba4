"""What anybody may cause again and again, told once a minute: bounded memory, of this process.

A key is told when it is first seen in a minute. One source gets so many different keys, and all together
so many; what is beyond is not told. Who counts, counts elsewhere.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Hashable

from monitoring.rollup import source_of

LIMIT = 1_000
"""Keys that are told in a minute."""
SHARE = 60
"""Those among them of one source."""


class Sparing:
    """The keys that one process has seen in this minute."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin without any."""
        self._clock, self._lock = clock, threading.Lock()
        self._minute = float("-inf")
        self._seen: set[tuple[str, Hashable]] = set()
        self._of: Counter[str] = Counter()

    def first(self, address: str, key: Hashable) -> bool:
        """Tell whether a key is to be told: it was not yet, from this source, and there is room."""
        source, now = source_of(address), self._clock()
        with self._lock:
            if now - self._minute >= 60.0:
                self._minute = now
                self._seen.clear()
                self._of.clear()
            if (source, key) in self._seen or self._full(source):
                return False
            self._seen.add((source, key))
            self._of[source] += 1
            return True

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._minute = float("-inf")

    def _full(self, source: str) -> bool:
        return len(self._seen) >= LIMIT or self._of[source] >= SHARE
