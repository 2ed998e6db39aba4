"""One process's line to the bus: a thread that keeps a session open and sends what waits.

A backend knows how to hold one session. The line starts it, starts it again with growing pauses
after a fault, and logs an outage once. What is announced during an outage waits, the newest 1,000.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Protocol

OUTBOX_LIMIT = 1_000
_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 5.0

logger = logging.getLogger("mcphub.bus")


class Backend(Protocol):
    """A way to reach the other processes."""

    faults: tuple[type[Exception], ...]

    def session(self, line: "Line") -> None:
        """Listen and send until the line is stopping; raises one of `faults` when it breaks."""

    def wake(self) -> None:
        """Interrupt the session's waiting, from any thread: something to send, or the end."""

    def send_once(self, text: str) -> None:
        """Send from a process that does not listen; raises one of `faults`."""


class Line:
    """The thread and its outbox."""

    def __init__(
        self,
        backend: Backend,
        deliver: Callable[[str], None],
        hears: Callable[[], None] = lambda: None,
    ) -> None:
        self.deliver = deliver
        self._hears = hears
        self.stopping = threading.Event()
        self.connected = threading.Event()
        self._backend = backend
        self._outbox: deque[str] = deque(maxlen=OUTBOX_LIMIT)
        self._logged = False
        self._pause = _FIRST_PAUSE
        self._thread = threading.Thread(target=self._run, name="bus", daemon=True)

    def start(self) -> None:
        """Begin to listen; returns at once."""
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """Send what waits, if the bus is up, and end within `timeout` seconds."""
        self.stopping.set()
        self._backend.wake()
        self._thread.join(timeout)

    def send(self, text: str) -> None:
        """Hand a message to the thread without waiting."""
        self._outbox.append(text)
        self._backend.wake()

    def drain(self, send: Callable[[str], None]) -> None:
        """Send what waits, in order; one that could not be sent stays first."""
        while (text := self.take()) is not None:
            try:
                send(text)
            except self._backend.faults:
                self.give_back(text)
                raise

    def take(self) -> str | None:
        """Take the next message to send, or None."""
        return self._outbox.popleft() if self._outbox else None

    def give_back(self, text: str) -> None:
        """Put a message back to the front, unless newer ones have filled the outbox."""
        if len(self._outbox) < OUTBOX_LIMIT:
            self._outbox.appendleft(text)

    def up(self) -> None:
        """Say that the session listens now."""
        if self._logged:
            logger.warning("the bus is back")
        self._logged = False
        self._pause = _FIRST_PAUSE
        if not self.connected.is_set():
            self.connected.set()
            self._hears()

    def _run(self) -> None:
        while not self.stopping.is_set():
            try:
                self._backend.session(self)
            except self._backend.faults as fault:
                self._note_outage(fault)
                self.stopping.wait(self._pause)
                self._pause = min(2 * self._pause, _LONGEST_PAUSE)
        self.connected.clear()

    def _note_outage(self, fault: Exception) -> None:
        self.connected.clear()
        if not self._logged:
            logger.error("the bus is down, changes arrive late: %s", type(fault).__name__)
        self._logged = True
