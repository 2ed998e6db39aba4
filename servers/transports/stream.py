"""The events of one answer, in order: queued from anywhere on the loop, sent by one task.

Promises: what waits for a client that does not read is bounded (pending.py); one who still takes nothing
for SLOW_SECONDS, or for whom more must wait than may, is cut off. Responses of a batch wait besides, for
one who goes on reading, however slowly. A stream that can be resumed (2025-11-25, Resumability and
Redelivery) numbers its events and remembers the newest; once its client is away, they and all that
follow are kept for when it comes back, in order and within bounds too (remembering.py).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from monitoring import metrics
from servers.transports.conversation import Header
from servers.transports.guards import Message, Send
from servers.transports.pending import Item, Pending
from servers.transports.remembering import Kind, Resumption, Tail
from servers.transports.sse import FIELD, KEEP_ALIVE, KEEP_ALIVE_LINE, frame, priming

SLOW_SECONDS = 5.0
"""How long a client may take nothing while messages for it had to give way to newer ones, while responses
wait, or while its connection is to end."""
A_PIECE = 64 * 1024
"""Bytes that are sent at once: what a client that is not cut off takes in SLOW_SECONDS."""
A_LOOK = SLOW_SECONDS / 5
"""Seconds between two looks at a client that responses wait for."""
HEADERS = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]
_COMMENT = Item(b"comment")
_FLUSH, _CLOSE = Item(b"flush", firm=True), Item(b"close", firm=True)
Wanted = Callable[[str], Awaitable[bool]]


class EventStream:
    """One answer's events. Not begun until there is one to send.

    `resumption` is None for a stream that cannot be resumed. `cut` ends the connection at once,
    whatever waits in it.
    """

    opened = False
    """Whether it has begun."""
    away = False
    """Whether nothing more can be sent over this connection: what comes is kept, or lost."""
    over = False
    """Whether nothing more is taken."""
    _counted = False
    _sending: asyncio.Timeout | None = None
    _sending_since: float | None = None
    """What ends a sending that the client does not take, and since when it takes nothing."""
    _ending = _gone = False
    """Whether the connection is to end before the stream does; whether it has ended."""
    _at_once = 0
    """Bytes that were sent since the loop had a turn, about."""
    _gave_way = False
    """Whether something of what waits has given way."""
    _task: "asyncio.Task[None] | None" = None
    _looking: asyncio.TimerHandle | None = None

    def __init__(
        self,
        send: Send,
        headers: Sequence[Header],
        wanted: Wanted,
        resumption: Resumption | None = None,
        left: Callable[[], None] | None = None,
        cut: Callable[[], object] | None = None,
    ) -> None:
        """Begin; `left` hears that nothing is sent over this connection any more, `cut` ends it at once."""
        self._left, self._cut_connection = left or _nobody, cut
        self._send, self._headers, self._wanted = send, headers, wanted
        self.resumption, self._has_ids = resumption, resumption is not None
        self._pending = Pending()
        self._tail = Tail(resumption) if resumption is not None else None

    # --- what is to be sent ---

    def push(self, message: bytes, level: str = "") -> None:
        """Queue a message; one of a log level is sent if the client wants that level."""
        if not self.over:
            self._gave_way |= not self._pending.put_loose(Item(message, level))
            self._doubt()
            self._wake()

    def push_again(self, message: bytes, event_id: bytes) -> None:
        """Queue a message under the id it had on the stream that is resumed; it gives way to none.

        It is for whoever resumes to queue no more than may wait.
        """
        if not (self.over or self._ending):
            self._has_ids = True
            self._put(Item(message, event_id=event_id, firm=True))

    def push_once(self, message: bytes, event_id: bytes = b"") -> None:
        """Queue a message that gives way to none, unless the same one waits already.

        Without a message it is an event that only names a place.
        """
        if not self.over and self._pending.put_once(message, event_id):
            self._has_ids |= bool(event_id)
            self._doubt()
            self._wake()

    def push_question(self, message: bytes, id_json: bytes) -> bool:
        """Queue a request of the hub's; False if it cannot reach the client."""
        tail = self._tail
        unreachable = self.away and (tail is None or tail.has_kept_enough(Kind.FIRM))
        if self.over or unreachable or not self._pending.put_question(message, id_json):
            return False
        self._doubt()
        self._wake()
        return True

    def push_response(self, message: bytes, id_json: bytes) -> None:
        """Queue a response that others follow; it gives way to none."""
        if not self.over:
            self._put(Item(message, answers=id_json, firm=True))
            self._look_later()

    def keep_alive(self) -> None:
        """Queue a comment, so that nobody on the way takes the stream for dead."""
        self._doubt()
        if not self.over and not self._pending:
            self._put(_COMMENT)

    def close_early(self) -> None:
        """End the connection but not the stream: the client comes back for the rest."""
        if self.resumption is not None:
            self._put(_FLUSH if self.over or self.away else _CLOSE)

    def leave(self) -> None:
        """End the connection, as its client is elsewhere: at once if it takes nothing here.

        A stream that is resumed elsewhere goes on; of one that is nothing but its connection no more is sent.
        """
        self._ending = True
        if self._sending_since is not None:
            self._cut()
        elif self.resumption is not None:
            self.close_early()
        else:
            self._pending.clear()

    def client_left(self) -> None:
        """Take note that nothing can be sent any more."""
        self._gone = True
        if not self.away:
            self._leave()
            self._put(_FLUSH)

    async def drained(self) -> None:
        """Wait until everything that was queued has left."""
        while self._task is not None and not self._task.done():
            await asyncio.shield(self._task)

    async def finish(self, message: bytes, id_json: bytes = b"") -> None:
        """Send the final message and end the stream; `id_json` is for one of several responses."""
        await self.drained()
        self.over = True
        await self._deliver(Item(message, answers=id_json, firm=True), last=True)
        await self.drained()

    async def end(self) -> None:
        """End the stream without a final message."""
        await self.drained()
        self.over = True
        await self.begin()
        if self._tail is not None:
            self._tail.end()
        if self.away:
            await self._keep_rest()
        else:
            await self._body(b"", more=False)
        await self.drained()

    async def begin(self) -> None:
        """Begin the stream, if it has not begun."""
        if self.opened:
            return
        self.opened = True
        if not self.away:
            self._counted = True
            metrics.streams_open.inc()
            headers = [*HEADERS, *self._headers]
            await self._out({"type": "http.response.start", "status": 200, "headers": headers})
        if self._tail is not None:
            first = self._tail.begin()
            if self.away or self._polls:
                await self._give(priming(self._tail.id_of(first)), more=True)

    async def open(self) -> None:
        """Begin the stream with a comment: servers hold the head back until something follows."""
        if not self.opened:
            await self._comment()

    def closed(self) -> None:
        """Take the stream out of the count of open ones, and let go of the connection: it is over."""
        self.over = True
        self._uncount()
        self._send, self._wanted, self._left = _nowhere, _nothing, _nobody
        self._cut_connection = None

    # --- a client that does not read ---

    def _doubt(self) -> None:
        """Cut the client off if too much waits for it, or things gave way and it takes nothing."""
        since = self._sending_since
        if since is None or self.away:
            return
        slow = time.monotonic() - since >= SLOW_SECONDS
        if self._pending.is_too_much or (slow and (self._gave_way or self._pending.responses)):
            self._cut()

    def _look_later(self) -> None:
        """Doubt the client for as long as responses wait for it: their work is over, nothing else will."""
        if self._looking is None and self._pending.responses and not (self.over or self.away):
            self._looking = asyncio.get_running_loop().call_later(A_LOOK, self._look)

    def _look(self) -> None:
        self._looking = None
        self._doubt()
        self._look_later()

    def _cut(self) -> None:
        """End the connection now: closing it in order would wait for the client."""
        if self._gone:
            return
        metrics.streams_cut.inc()
        if self._cut_connection is not None:
            self._cut_connection()
        if self._sending is not None and not self._sending.expired():
            self._sending.reschedule(0.0)
        self.client_left()

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
        self._task, self._gave_way = None, False

    async def _deliver(self, item: Item, *, last: bool = False) -> None:
        """Send one message, or keep it while its client is away."""
        await self.begin()
        tail = self._tail
        if tail is None:
            return await self._send_if_there(item, last)
        if self.away and not item.firm and tail.has_kept_enough(Kind.LOOSE):
            return
        event = tail.add(item, last=last)
        primes = event.position == 1 and not self._polls
        await self._give(frame(item.message, tail.id_of(event), retry=primes), more=not last)

    async def _send_if_there(self, item: Item, last: bool) -> None:
        """Send one message of a stream that cannot be resumed, unless its client has left."""
        if not self.away:
            whole = frame(item.message, item.event_id) if item.message else priming(item.event_id)
            await self._body(whole, more=not last)

    async def _give(self, encoded: bytes, *, more: bool) -> None:
        """Send the newest event, or keep it and all before it that are not kept yet."""
        if self.away:
            await self._keep_rest()
        else:
            await self._body(encoded, more=more)

    async def _comment(self) -> None:
        await self.begin()
        if not self.away:
            await self._body(KEEP_ALIVE_LINE if self._has_ids else KEEP_ALIVE, more=True)

    async def _close(self) -> None:
        """Tell the client when to come back, and end the connection."""
        await self.begin()
        if self.away:
            return
        self.away = self._ending = True
        await self._keep_rest()
        try:
            await self._body(FIELD if self._polls else b"", more=False)
        finally:
            self._leave()

    async def _body(self, body: bytes, *, more: bool) -> None:
        """Send in pieces: one that is taken shows that the client reads; none after it has left."""
        for start in range(0, len(body) or 1, A_PIECE):
            end = start + A_PIECE
            goes_on = more or end < len(body)
            piece = body[start:end]
            await self._out({"type": "http.response.body", "body": piece, "more_body": goes_on})
            if self._gone:
                return

    async def _out(self, message: Message) -> None:
        """Send until it is taken, or the client is cut off."""
        self._sending_since = time.monotonic()
        try:
            async with asyncio.timeout(SLOW_SECONDS if self._ending else None) as self._sending:
                await self._send(message)
                self._at_once += len(message.get("body", b""))
                if self._at_once >= A_PIECE and message.get("more_body"):
                    # Servers join what is sent in one turn of the loop, and wait for the client after it.
                    self._at_once = 0
                    await asyncio.sleep(0)
        except TimeoutError:
            self._sending = None
            self._cut()
        finally:
            self._sending = self._sending_since = None

    @property
    def _polls(self) -> bool:
        """Whether its client is used to coming back."""
        return self.resumption is not None and self.resumption.polls

    def _leave(self) -> None:
        self.away = True
        self._uncount()
        self._left()

    def _uncount(self) -> None:
        if self._counted:
            self._counted = False
            metrics.streams_open.dec()

    @property
    def missable(self) -> int:
        """How many bytes the client may have missed that are kept nowhere."""
        return 0 if self._tail is None else self._tail.missable

    async def _keep_rest(self) -> None:
        if self._tail is not None:
            await self._tail.keep()


async def _nowhere(_message: object) -> None:
    """Send nothing."""


async def _nothing(_level: str) -> bool:
    """Want nothing."""
    return False


def _nobody() -> None:
    """Tell nobody."""
