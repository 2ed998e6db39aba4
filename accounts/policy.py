"""The client policy as this process remembers it, for documents that anybody may ask for without end.

What writes reads the row (`accounts.selectors.client_policy`); here it may be a few seconds old, and on
the process that changed it not even that.
"""

import threading
import time
from collections.abc import Callable

from accounts.models import ClientPolicy
from accounts.selectors import client_policy

SECONDS = 5.0


class Remembered:
    """The policy, read again when it is older than that, and after each change here."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._policy: ClientPolicy | None = None
        self._read_at = float("-inf")

    def __call__(self) -> ClientPolicy:
        """Return the policy."""
        with self._lock:
            policy, age = self._policy, self._clock() - self._read_at
        if policy is None or age > SECONDS:
            read_at, policy = self._clock(), client_policy()
            with self._lock:
                self._policy, self._read_at = policy, read_at
        return policy

    def forget(self) -> None:
        """Read it again next time."""
        with self._lock:
            self._policy = None


remembered = Remembered()


def registration_enabled() -> bool:
    """Tell whether clients may register themselves now; from memory, for the metadata."""
    return remembered().registration != ClientPolicy.Registration.CLOSED
