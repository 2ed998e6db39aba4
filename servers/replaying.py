"""Streams that clients come back for: events are kept while a client is away, and sent on by any process.

The rows are the truth; announcements only say that there is something new, or that a client has come
back and the connection it had may end.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

from monitoring import bus
from servers.kept import events
from servers.kept.events import Kept
from servers.offload import Offload
from servers.protocol.handshake import Session
from servers.transports.stream import Event

KEPT, BACK = "kept", "back"
"""Topics: events of a stream were kept; the client of a stream is back."""
EVENT_SECONDS = 600.0
"""How long events wait."""
LOOK_SECONDS = 1.0
MOST_MISSES = 3
"""Looks after which a stream that nobody knows is taken for none."""


class Streams:
    """The streams of this process that can be resumed, and those that are waited for here."""

    def __init__(self, offload: Offload) -> None:
        self._offload = offload
        self._open: dict[str, Callable[[], None]] = {}
        self._awaited: dict[str, asyncio.Event] = {}

    def begin(self, name: str, leave: Callable[[], None]) -> None:
        """Remember a stream; `leave` ends its connection."""
        self._open[name] = leave

    def end(self, name: str) -> None:
        """Forget a stream."""
        self._open.pop(name, None)

    def client_is_back(self, name: str) -> None:
        """Let go of a connection: its client has come back elsewhere."""
        leave = self._open.get(name)
        if leave is not None:
            leave()

    def kept(self, name: str) -> None:
        """Wake whoever waits for a stream's events."""
        awaited = self._awaited.get(name)
        if awaited is not None:
            awaited.set()

    async def keep(self, session: Session, stream: str, found: Sequence[Event]) -> None:
        """Keep events, and say so."""
        rows = [Kept(*event) for event in found]
        await self._offload(events.keep, session.nonce, stream, rows, EVENT_SECONDS)
        await self._offload(bus.publish, KEPT, stream)

    async def replay(self, session: Session, stream: str, position: int) -> AsyncIterator[Kept]:
        """Yield a session's events of a stream after a place, as they come, to its last one."""
        awaited = self._awaited.setdefault(stream, asyncio.Event())
        await self._offload(bus.publish, BACK, stream)
        misses = 0
        try:
            while misses < MOST_MISSES:
                awaited.clear()
                found = await self._offload(events.kept_after, session.nonce, stream, position)
                misses = misses + 1 if found is None else 0
                for event in found or ():
                    yield event
                    position = event.position
                    if event.last:
                        return
                if not found:
                    await _within(awaited, LOOK_SECONDS)
        finally:
            self._awaited.pop(stream, None)


async def _within(event: asyncio.Event, seconds: float) -> None:
    """Wait for an event, at most so long."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
