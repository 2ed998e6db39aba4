"""The events of one answer, in order: queued from anywhere on the loop, sent by one task.

A stream that can be resumed (2025-11-25, Resumability and Redelivery) numbers its events and remembers
the newest; once its client is away, they and all that follow are kept for when it comes back.
"""

import asyncio
import secrets
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple, Protocol

from monitoring import metrics
from servers.transports.conversation import Header
from servers.transports.guards import Send
from servers.transports.sse import FIELD, KEEP_ALIVE, event_id, frame, priming

MOST_PENDING = 256
"""Events that wait for a client that does not read; the oldest goes first."""
MOST_REMEMBERED, MOST_REMEMBERED_BYTES = 256, 1024 * 1024
"""Events already sent that a stream remembers, in case its client missed them."""
_HEADERS = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


class Event(NamedTuple):
    """One event that can be resumed after: `body` is its message, empty for the first of a stream."""

    position: int
    body: str
    last: bool


class Keeper(Protocol):
    """Where events wait for a client that is away."""

    def __call__(self, stream: str, events: Sequence[Event]) -> Awaitable[None]:
        """Keep events of a stream."""
        ...


class Item(NamedTuple):
    """What waits to be sent: a message (of a log level, if it is one), or one of the marks below."""

    message: bytes
    level: str = ""
    event_id: bytes = b""


_COMMENT, _FLUSH, _CLOSE = Item(b"comment"), Item(b"flush"), Item(b"close")
Wanted = Callable[[str], Awaitable[bool]]


class EventStream:
    """One answer's events. Not begun until there is one to send."""

    opened = False
    away = False
    """Whether nothing more can be sent over this connection: what comes is kept, or lost."""
    _task: "asyncio.Task[None] | None" = None
    _position = -1
    _remembered_bytes = 0

    def __init__(
        self,
        send: Send,
        headers: Sequence[Header],
        wanted: Wanted,
        keeper: Keeper | None,
    ) -> None:
        self._send, self._headers, self._wanted, self._keeper = send, headers, wanted, keeper
        self.name = secrets.token_hex(12) if keeper else ""
        self._queue: deque[Item] = deque()
        self._remembered: deque[Event] = deque()
        self._opening: Callable[[], None] | None = None

    def on_open(self, act: Callable[[], None]) -> None:
        """Have something done when the stream begins."""
        self._opening = act

    # --- what is to be sent ---

    def push(self, message: bytes, level: str = "", event_id: bytes = b"") -> None:
        """Queue a message; one of a log level is sent if the client wants that level.

        `event_id` is for a message that had one before, on the stream that is resumed.
        """
        self._put(Item(message, level, event_id))

    def keep_alive(self) -> None:
        """Queue a comment, so that nobody on the way takes the stream for dead."""
        self._put(_COMMENT)

    def close_early(self) -> None:
        """End the connection but not the stream: the client comes back for the rest."""
        if self._keeper is not None:
            self._put(_CLOSE)

    def client_left(self) -> None:
        """Take note that nothing can be sent any more."""
        if not self.away:
            self.away = True
            self._put(_FLUSH)

    async def drained(self) -> None:
        """Wait until everything that was queued has left."""
        while self._task is not None and not self._task.done():
            await asyncio.shield(self._task)

    async def finish(self, message: bytes) -> None:
        """Send the final message and end the stream."""
        await self.drained()
        await self._deliver(message, last=True)

    async def end(self) -> None:
        """End the stream without a final message."""
        await self.drained()
        await self.begin()
        if not self.away:
            await self._body(b"", more=False)

    async def begin(self) -> None:
        """Begin the stream, if it has not begun."""
        if self.opened:
            return
        self.opened = True
        metrics.streams_open.inc()
        if self._opening is not None:
            self._opening()
        headers = [*_HEADERS, *self._headers]
        if not self.away:
            await self._send({"type": "http.response.start", "status": 200, "headers": headers})
        if self._keeper is not None:
            first = self._numbered("", False)
            await self._give(first, priming(event_id(self.name, 0)))

    def closed(self) -> None:
        """Take the stream out of the count of open ones."""
        if self.opened:
            self.opened = False
            metrics.streams_open.dec()

    # --- how it is sent ---

    def _put(self, item: Item) -> None:
        if len(self._queue) >= MOST_PENDING:
            self._queue.popleft()
        self._queue.append(item)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._drain())

    async def _drain(self) -> None:
        """Send what is queued, in order."""
        while self._queue:
            item = self._queue.popleft()
            if item is _FLUSH:
                await self._keep(self._remembered)
            elif item is _CLOSE:
                await self._close()
            elif item is _COMMENT:
                await self._comment()
            elif not item.level or await self._wanted(item.level):
                await self._deliver(item.message, item.event_id)

    async def _deliver(self, message: bytes, former_id: bytes = b"", *, last: bool = False) -> None:
        """Send one message, or keep it while its client is away."""
        await self.begin()
        if self._keeper is None:
            if not self.away:
                await self._body(frame(message, former_id), more=not last)
            return
        event = self._numbered(message.decode(), last)
        await self._give(event, frame(message, event_id(self.name, event.position)))

    async def _give(self, event: Event, encoded: bytes) -> None:
        if self.away:
            await self._keep([event])
        else:
            await self._body(encoded, more=not event.last)

    async def _comment(self) -> None:
        await self.begin()
        if not self.away:
            await self._body(KEEP_ALIVE, more=True)

    async def _close(self) -> None:
        """Tell the client when to come back, and end the connection."""
        await self.begin()
        if not self.away:
            self.away = True
            await self._keep(self._remembered)
            await self._body(FIELD, more=False)

    async def _body(self, body: bytes, *, more: bool) -> None:
        await self._send({"type": "http.response.body", "body": body, "more_body": more})

    # --- what can be resumed ---

    def _numbered(self, body: str, last: bool) -> Event:
        """Return the next event, and remember it while there is room."""
        self._position += 1
        event = Event(self._position, body, last)
        self._remembered.append(event)
        self._remembered_bytes += len(body)
        while (
            len(self._remembered) > MOST_REMEMBERED
            or self._remembered_bytes > MOST_REMEMBERED_BYTES
        ) and len(self._remembered) > 1:
            self._remembered_bytes -= len(self._remembered.popleft().body)
        return event

    async def _keep(self, events: Sequence[Event]) -> None:
        if self._keeper is not None and events:
            await self._keeper(self.name, list(events))
