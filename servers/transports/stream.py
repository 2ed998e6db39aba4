"""The events of one answer, in order: queued from anywhere on the loop, sent by one task.

Promises: what waits for a client that does not read is bounded (pending.py). A stream that can be
resumed (2025-11-25, Resumability and Redelivery) numbers its events and remembers the newest; once its
client is away, they and all that follow are kept for when it comes back, in order and within bounds too.
"""

import asyncio
import secrets
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple, Protocol

from monitoring import metrics
from servers.transports.conversation import Header
from servers.transports.guards import Send
from servers.transports.pending import Item, Pending
from servers.transports.sse import FIELD, KEEP_ALIVE, event_id, frame, priming

MOST_REMEMBERED, MOST_REMEMBERED_BYTES = 256, 1024 * 1024
"""Events already sent that a stream remembers, in case its client missed them."""
MOST_KEPT, MOST_KEPT_BYTES = 1_000, 4 * 1024 * 1024
"""Events kept for a client that is away; after that only questions and the answer are."""
_HEADERS = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


class Event(NamedTuple):
    """One event that can be resumed after; without a body there is nothing to send again.

    The body is its message; of the first event of a stream, the encoded id of the request.
    """

    position: int
    body: str
    last: bool


class Keeper(Protocol):
    """Where events wait for a client that is away."""

    def __call__(self, stream: str, events: Sequence[Event]) -> Awaitable[bool]:
        """Keep events of a stream; return whether they are kept."""
        ...


_COMMENT = Item(b"comment")
_FLUSH, _CLOSE = Item(b"flush", firm=True), Item(b"close", firm=True)
Wanted = Callable[[str], Awaitable[bool]]


class EventStream:
    """One answer's events. Not begun until there is one to send.

    `name` is empty for a stream that cannot be resumed. `lost` hears of each question that will not
    reach its client.
    """

    opened = False
    """Whether it has begun."""
    away = False
    """Whether nothing more can be sent over this connection: what comes is kept, or lost."""
    over = False
    """Whether nothing more is taken."""
    remembered_bytes = 0
    _counted = False
    _task: "asyncio.Task[None] | None" = None
    _position = -1
    _kept_to = -1
    _kept = 0
    _kept_bytes = 0

    def __init__(
        self,
        send: Send,
        headers: Sequence[Header],
        wanted: Wanted,
        lost: Callable[[bytes], None],
        keeper: Keeper | None = None,
        request_id: bytes = b"",
    ) -> None:
        self._send, self._headers, self._wanted, self._lost = send, headers, wanted, lost
        self._keeper, self._request_id = keeper, request_id
        self.name = secrets.token_hex(12) if keeper else ""
        self._pending = Pending()
        self._remembered: deque[Event] = deque()

    # --- what is to be sent ---

    def push(self, message: bytes, level: str = "", event_id: bytes = b"") -> None:
        """Queue a message; one of a log level is sent if the client wants that level.

        `event_id` is for a message that had one before, on the stream that is resumed.
        """
        if not self.over:
            self._pending.put_loose(Item(message, level, event_id))
            self._wake()

    def push_once(self, message: bytes) -> None:
        """Queue a message that gives way to none, unless the same one waits already."""
        if not self.over and self._pending.put_once(message):
            self._wake()

    def push_question(self, message: bytes, id_json: bytes) -> bool:
        """Queue a request of the hub's; False if it cannot reach the client."""
        unreachable = self.away and self._keeper is None
        if self.over or unreachable or not self._pending.put_question(message, id_json):
            return False
        self._wake()
        return True

    def keep_alive(self) -> None:
        """Queue a comment, so that nobody on the way takes the stream for dead."""
        if not self.over and not self._pending:
            self._put(_COMMENT)

    def close_early(self) -> None:
        """End the connection but not the stream: the client comes back for the rest."""
        if self._keeper is not None:
            self._put(_FLUSH if self.over else _CLOSE)

    def client_left(self) -> None:
        """Take note that nothing can be sent any more."""
        if not self.away:
            self._leave()
            self._put(_FLUSH)

    async def drained(self) -> None:
        """Wait until everything that was queued has left."""
        while self._task is not None and not self._task.done():
            await asyncio.shield(self._task)

    async def finish(self, message: bytes) -> None:
        """Send the final message and end the stream."""
        await self.drained()
        self.over = True
        await self._deliver(Item(message, firm=True), last=True)
        await self.drained()

    async def end(self) -> None:
        """End the stream without a final message."""
        await self.drained()
        self.over = True
        await self.begin()
        if self._keeper is not None:
            self._numbered("", True)
        if self.away:
            await self._keep_rest()
        else:
            await self._body(b"", more=False)

    async def begin(self) -> None:
        """Begin the stream, if it has not begun."""
        if self.opened:
            return
        self.opened = True
        if not self.away:
            self._counted = True
            metrics.streams_open.inc()
            headers = [*_HEADERS, *self._headers]
            await self._send({"type": "http.response.start", "status": 200, "headers": headers})
        if self._keeper is not None:
            self._numbered(self._request_id.decode(), False)
            await self._give(priming(event_id(self.name, 0)), more=True)

    async def open(self) -> None:
        """Begin the stream with a comment: servers hold the head back until something follows."""
        if not self.opened:
            await self._comment()

    def closed(self) -> None:
        """Take the stream out of the count of open ones, and let go of the connection: it is over."""
        self.over = True
        self._uncount()
        self._send, self._wanted, self._lost = _nowhere, _nothing, _unheard

    # --- how it is sent ---

    def _put(self, item: Item) -> None:
        self._pending.put(item)
        self._wake()

    def _wake(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._drain())

    async def _drain(self) -> None:
        """Send what is queued, in order."""
        while self._pending:
            item = self._pending.take()
            if item is _FLUSH:
                self._leave()
                await self._keep_rest()
            elif item is _CLOSE:
                await self._close()
            elif item is _COMMENT:
                await self._comment()
            elif not item.level or await self._wanted(item.level):
                await self._deliver(item)

    async def _deliver(self, item: Item, *, last: bool = False) -> None:
        """Send one message, or keep it while its client is away."""
        await self.begin()
        if self._keeper is None:
            return await self._send_or_lose(item, last)
        if self.away and self._has_kept_enough() and not item.firm:
            return
        event = self._numbered(item.message.decode(), last)
        encoded = frame(item.message, event_id(self.name, event.position))
        await self._give(encoded, more=not last)

    async def _send_or_lose(self, item: Item, last: bool) -> None:
        """Send one message of a stream that cannot be resumed."""
        if not self.away:
            await self._body(frame(item.message, item.event_id), more=not last)
        elif item.question:
            self._lost(item.question)

    async def _give(self, encoded: bytes, *, more: bool) -> None:
        """Send the newest event, or keep it and all before it that are not kept yet."""
        if self.away:
            await self._keep_rest()
        else:
            await self._body(encoded, more=more)

    async def _comment(self) -> None:
        await self.begin()
        if not self.away:
            await self._body(KEEP_ALIVE, more=True)

    async def _close(self) -> None:
        """Tell the client when to come back, and end the connection."""
        await self.begin()
        if not self.away:
            self._leave()
            await self._keep_rest()
            await self._body(FIELD, more=False)

    async def _body(self, body: bytes, *, more: bool) -> None:
        await self._send({"type": "http.response.body", "body": body, "more_body": more})

    def _leave(self) -> None:
        self.away = True
        self._uncount()

    def _uncount(self) -> None:
        if self._counted:
            self._counted = False
            metrics.streams_open.dec()

    # --- what can be resumed ---

    def _numbered(self, body: str, last: bool) -> Event:
        """Return the next event, and remember it while there is room; the first one always."""
        self._position += 1
        event = Event(self._position, body, last)
        self._remembered.append(event)
        self.remembered_bytes += len(body)
        while len(self._remembered) > 2 and self._remembers_too_much():
            second = self._remembered[1]
            del self._remembered[1]
            self.remembered_bytes -= len(second.body)
        return event

    def _remembers_too_much(self) -> bool:
        too_many = len(self._remembered) > MOST_REMEMBERED
        return too_many or self.remembered_bytes > MOST_REMEMBERED_BYTES

    def _has_kept_enough(self) -> bool:
        return self._kept >= MOST_KEPT or self._kept_bytes >= MOST_KEPT_BYTES

    async def _keep_rest(self) -> None:
        """Keep what is remembered and not kept yet; what could not be kept is, the next time."""
        events = [event for event in self._remembered if event.position > self._kept_to]
        if self._keeper is None or not events or not await self._keeper(self.name, events):
            return
        self._kept_to = max(self._kept_to, events[-1].position)
        self._kept += len(events)
        self._kept_bytes += sum(len(event.body) for event in events)
        while self._remembered and self._remembered[0].position <= self._kept_to:
            self.remembered_bytes -= len(self._remembered.popleft().body)


async def _nowhere(_message: object) -> None:
    """Send nothing."""


async def _nothing(_level: str) -> bool:
    """Want nothing."""
    return False


def _unheard(_id_json: bytes) -> None:
    """Tell nobody."""
