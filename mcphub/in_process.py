"""Celery's broker in memory, whose worker is woken when there is something to do.

Kombu's own looks again and again: often enough for jobs that are to begin at once, that is a tenth of what an
idle hub with thousands of open streams may use.
"""

import threading
from queue import Empty
from time import monotonic
from typing import Any

from kombu.transport import memory

LOOK_SECONDS = 1.0
"""How often it is looked all the same."""

_rung = threading.Event()


class Channel(memory.Channel):  # type: ignore[misc]
    """A channel that wakes the worker: a message has come, or one that it worked on is done."""

    def _put(self, queue: str, message: Any, **options: Any) -> None:
        super()._put(queue, message, **options)
        _rung.set()

    def basic_ack(self, delivery_tag: str, multiple: bool = False) -> None:
        """Take a message for done, and have the next one looked for."""
        super().basic_ack(delivery_tag, multiple=multiple)
        _rung.set()

    def basic_reject(self, delivery_tag: str, requeue: bool = False) -> None:
        """Take a message back, or drop it, and have the next one looked for."""
        super().basic_reject(delivery_tag, requeue=requeue)
        _rung.set()


class Transport(memory.Transport):  # type: ignore[misc]
    """A transport that waits to be woken."""

    Channel = Channel

    def drain_events(self, connection: Any, timeout: float | None = None) -> None:
        """Deliver one message; raises TimeoutError when none came in so many seconds."""
        until = monotonic() + (float("inf") if timeout is None else timeout)
        while True:
            _rung.clear()
            try:
                self.cycle.get(self._deliver, timeout=timeout)
            except Empty:
                left = until - monotonic()
            else:
                return
            if left <= 0:
                raise TimeoutError
            _rung.wait(min(left, LOOK_SECONDS))
