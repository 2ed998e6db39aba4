"""What failed lately, and why: so that it is not tried again at once. Of this process, and bounded."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

Why = TypeVar("Why")

MOST = 1_000


class Backoff(Generic[Why]):
    """Reasons by key, each for so many seconds."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._clock, self._lock = seconds, clock, threading.Lock()
        self._failed: OrderedDict[str, tuple[float, Why]] = OrderedDict()

    def reason(self, key: str) -> Why | None:
        """Return why this failed lately, or nothing if it may be tried."""
        with self._lock:
            until, reason = self._failed.get(key, (0.0, None))
            return reason if self._clock() < until else None

    def remember(self, key: str, reason: Why) -> None:
        """Keep that this failed; the oldest give way."""
        with self._lock:
            self._failed.pop(key, None)
            self._failed[key] = (self._clock() + self._seconds, reason)
            if len(self._failed) > MOST:
                self._failed.popitem(last=False)
