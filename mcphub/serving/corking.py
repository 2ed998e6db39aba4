"""Writes of one event loop iteration, put off to its end.

Each write to a client that waits wakes its processor. Put off to the end of the iteration, all answers
that were ready leave together: one write each, and one waking for all. Nothing waits longer than for
the iteration that computed it.
"""

import asyncio
from typing import Any


class Cork:
    """The connections of one event loop that have something to write."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: list[CorkedTransport] = []

    def add(self, transport: "CorkedTransport") -> None:
        """Have a connection written to at the end of this iteration."""
        if not self._waiting:
            self._loop.call_soon(self._release)
        self._waiting.append(transport)

    def _release(self) -> None:
        """Write what waits."""
        waiting, self._waiting = self._waiting, []
        for transport in waiting:
            transport.flush()


class CorkedTransport:
    """A transport whose writes wait for the end of the iteration; all else goes straight through."""

    __slots__ = ("_cork", "_pending", "_transport", "is_closing")

    def __init__(self, transport: Any, cork: Cork) -> None:
        self._transport, self._cork = transport, cork
        self._pending: list[bytes] | None = None
        self.is_closing = transport.is_closing

    def write(self, data: bytes) -> None:
        """Write at the end of this iteration."""
        if self._pending is None:
            self._pending = [data]
            self._cork.add(self)
        else:
            self._pending.append(data)

    def flush(self) -> None:
        """Write now what waits."""
        pending, self._pending = self._pending, None
        if pending is None:
            return
        if len(pending) == 1:
            self._transport.write(pending[0])
        else:
            self._transport.writelines(pending)

    def close(self) -> None:
        """Write what waits, then close."""
        self.flush()
        self._transport.close()

    def abort(self) -> None:
        """Close at once, and let go of what waits."""
        self._pending = None
        self._transport.abort()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
