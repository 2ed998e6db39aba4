"""One value out of the database, never None, that is asked for all the time and seldom changes.

Promises: after the announcement of a change the old value is given to nobody who asks later; where
announcements may be lost, it is read again within `DEAF_SECONDS`. A value that was announced as
changed while it was being read is not kept.
"""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from accounts.tokens import DEAF_SECONDS, HEARING_SECONDS

Value = TypeVar("Value")


class Remembered(Generic[Value]):
    """A value and when it was read; safe in any thread."""

    def __init__(
        self,
        read: Callable[[], Value],
        hears: Callable[[], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin knowing nothing; `hears`: announcements of changes arrive."""
        self._read, self._hears, self._clock = read, hears, clock
        self._known: tuple[Value, float] | None = None
        self._generation = 0
        self._keeping = threading.Lock()

    def known(self) -> Value | None:
        """Return the value if memory still vouches for it, else None; reads nothing."""
        known = self._known
        limit = HEARING_SECONDS if self._hears() else DEAF_SECONDS
        return known[0] if known is not None and self._clock() - known[1] < limit else None

    def get(self) -> Value:
        """Return the value, read now only if it is not known, or was for too long."""
        known = self.known()
        if known is not None:
            return known
        generation, at = self._generation, self._clock()
        value = self._read()
        with self._keeping:
            if generation == self._generation:
                self._known = value, at
        return value

    def forget(self) -> None:
        """Take into account that it changed."""
        with self._keeping:
            self._generation += 1
            self._known = None
