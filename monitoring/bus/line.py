"""One process's line to the bus: a thread that keeps a session open and sends what waits.

A backend knows how to hold one session. The line starts it, starts it again with growing pauses
after a fault, and logs an outage once. What is announced during an outage waits (`outbox.py`).
"""

import logging
import threading
from collections.abc import Callable
from typing import Protocol

from .outbox import Outbox

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
        distrust: str = "",
    ) -> None:
        self.deliver = deliver
        self._hears = hears
        self.stopping = threading.Event()
        self.connected = threading.Event()
        self._backend = backend
        self._outbox = Outbox(distrust)
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

    def send(self, text: str, *, chatter: bool = False) -> None:
        """Hand a message to the thread without waiting."""
        self._outbox.put(text, chatter=chatter)
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
        """Take the next message to send, or None; for the line's thread alone."""
        return self._outbox.take()

    def give_back(self, text: str) -> None:
        """Put the message that was taken last back to the front."""
        self._outbox.give_back(text)

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
