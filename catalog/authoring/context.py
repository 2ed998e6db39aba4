"""Context: what a running function may know of its call, say while it runs, and ask (asker.py).

A function asks for it by annotating a parameter; no global state, so that it can be tested with a
plain fake. It works alike from `def` (in a pool thread, plain call) and `async def` (with await).
"""

from __future__ import annotations

import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any, Literal, Protocol, get_args

from catalog.authoring.alone import ALONE
from catalog.authoring.asker import Asker
from catalog.authoring.asking import Dialogue
from catalog.authoring.contents import clean, sendable
from catalog.authoring.errors import AuthoringError
from catalog.authoring.sent import SENT

Level = Literal["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"]
_LEVELS = frozenset(get_args(Level))


class Outbox(Protocol):
    """Where a context's words go.

    Each method sends when it is called, from any thread, and returns something that may be awaited
    to wait for room, or not at all. So none of them can be an `async def`: a `def` tool never
    awaits, and the coroutine would never start.
    """

    def progress(self, value: float, total: float | None, message: str | None) -> Awaitable[None]:
        """Send one progress notification; values reach it strictly increasing."""
        ...

    def log(self, level: str, data: Any, logger: str | None) -> Awaitable[None]:
        """Send one log message; `data` is any JSON value."""
        ...

    def cancelled(self) -> bool:
        """Tell whether nobody waits for the answer any more."""
        ...


@dataclass(frozen=True, slots=True)
class CallerView:
    """Who asks, as far as an author needs it; user fields are None for an anonymous caller."""

    server: str
    user: str | None = None
    user_id: str | None = None
    client: str | None = None
    scopes: frozenset[str] = frozenset()


class Context(Asker):
    """The call that runs: its caller, its time, and ways to report and to ask."""

    __slots__ = ("_clock", "_deadline", "_last", "_lock", "_outbox", "caller")

    def __init__(
        self,
        caller: CallerView,
        outbox: Outbox,
        deadline: float | None = None,
        clock: Callable[[], float] = time.monotonic,
        dialogue: Dialogue | None = None,
    ) -> None:
        """Tie a call to its outbox; `deadline` is a moment of `clock`, in seconds.

        Without a dialogue the client can nothing, and `once` runs its function each time.
        """
        super().__init__(dialogue or ALONE)
        self.caller = caller
        self._outbox = outbox
        self._deadline = deadline
        self._clock = clock
        self._last = -math.inf
        self._lock = Lock()

    @property
    def cancelled(self) -> bool:
        """Whether the caller has given up: a long `def` loop should look at it and return."""
        return self._outbox.cancelled()

    @property
    def deadline(self) -> float | None:
        """Seconds left until the call is ended, never below 0; None when it may take its time."""
        return None if self._deadline is None else max(0.0, self._deadline - self._clock())

    def progress(
        self, value: float, total: float | None = None, message: str | None = None
    ) -> Awaitable[None]:
        """Report how far the work is, in the author's own unit; `await` it in `async def`.

        A value that does not increase is dropped: MCP demands that progress only grows.
        """
        if not self._grows(value):
            return SENT
        finite = total if total is not None and math.isfinite(total) else None
        text = None if message is None else clean(str(message))
        return self._outbox.progress(value, finite, text)

    def log(self, level: Level, data: Any, logger: str | None = None) -> Awaitable[None]:
        """Send a log message (text or any JSON value) to the client that called."""
        if level not in _LEVELS:
            raise AuthoringError(f"log level {level!r} is not one of {', '.join(get_args(Level))}")
        return self._outbox.log(level, sendable(data), logger)

    def debug(self, data: Any, logger: str | None = None) -> Awaitable[None]:
        """Log what only somebody hunting a fault wants to read."""
        return self.log("debug", data, logger)

    def info(self, data: Any, logger: str | None = None) -> Awaitable[None]:
        """Log what happens in the normal course."""
        return self.log("info", data, logger)

    def warning(self, data: Any, logger: str | None = None) -> Awaitable[None]:
        """Log what is odd, though the work goes on."""
        return self.log("warning", data, logger)

    def error(self, data: Any, logger: str | None = None) -> Awaitable[None]:
        """Log what failed."""
        return self.log("error", data, logger)

    def _grows(self, value: float) -> bool:
        with self._lock:  # a tool may report from threads of its own
            grows = self._last < value < math.inf
            if grows:
                self._last = value
        return grows
