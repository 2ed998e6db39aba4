"""The client's end of one HTTP request: JSON at once, or a stream of events.

The first message decides: a notification opens the stream, a result that comes first is plain JSON.
A request that stays silent for SILENT_SECONDS opens the stream too, because proxies cut silent
answers.
"""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Sequence
from typing import Any

from servers.transports.conversation import Conversation, Era
from servers.transports.exchange import Exchange, reaches
from servers.transports.responses import JSON, respond
from servers.transports.stream import Event, EventStream, Keeper

WATCH_AFTER = 0.1
"""Seconds after which a request is watched: most are answered before, and cost nothing."""
SILENT_SECONDS = 10.0
KEEP_ALIVE_SECONDS = 25.0
LOOK_SECONDS = 30.0
"""How seldom a watched request is looked at."""


class HttpExchange(Exchange):
    """One HTTP request's way back to its client."""

    _stream: EventStream | None = None
    _watch: asyncio.Task[None] | None = None
    _level: str | None = None

    def __init__(
        self, talk: Conversation, era: Era, params: dict[str, Any], *, held: bool = False
    ) -> None:
        """Begin; `held` is a request that is nothing but its open stream and ends with it."""
        super().__init__(era, params, talk.head.fields)
        self._talk = talk
        self._ends_with_client = held or era.revision.stateless

    @property
    def address(self) -> str:
        """The client's IP address."""
        return self._talk.address

    @property
    def streams(self) -> bool:
        """Whether the client takes a stream."""
        return self._talk.head.accepts.stream

    @property
    def streaming(self) -> bool:  # type: ignore[override]
        """Whether the answer has become a stream."""
        return self._stream is not None and self._stream.opened

    # --- what is said before the answer ---

    def emit(self, message: bytes, level: str = "") -> None:
        """Queue a message on the stream."""
        self._events().push(message, level)

    def replay(self, message: bytes, event_id: bytes) -> None:
        """Queue a message under the id it had on the stream that is resumed."""
        self._events().push(message, "", event_id)

    def close_stream(self) -> None:
        """Let the client come back for the rest, if it can (2025-11-25); from any thread."""
        if self._keeper() is not None and self.streams:
            self.loop.call_soon_threadsafe(lambda: self._events().close_early())

    async def drained(self) -> None:
        """Wait until every event has left."""
        if self._stream is not None:
            await self._stream.drained()

    # --- the answer ---

    async def finish(self, message: bytes, status: int = 200) -> None:
        """Send the final message and end the answer."""
        self.close()
        if self._stream is not None:
            await self._stream.drained()
        if self.streaming or (status == 200 and not self._talk.head.accepts.json):
            await self._events().finish(message)
            return self._closed()
        extra, answer = self._talk.extra, self._talk.answer
        if status != 200 or answer is None or not answer(extra, message):
            await respond(self._talk.send, status, (JSON, *extra), message)

    async def abandon(self) -> None:
        """End the answer without a final message: the client asked for none."""
        self.close()
        await self._events().end()
        self._closed()

    def _closed(self) -> None:
        """Forget the stream: it is over."""
        stream = self._events()
        stream.closed()
        self._talk.host.streams.end(stream.name)

    def close(self) -> None:
        """Stop watching."""
        if self._watch is not None:
            self._watch.cancel()

    # --- the stream ---

    async def open(self) -> None:
        """Begin the stream now, whatever comes."""
        await self._events().begin()

    def _events(self) -> EventStream:
        """Return the stream, made when there is something to send."""
        stream = self._stream
        if stream is None:
            talk = self._talk
            keeper = self._keeper()
            stream = self._stream = EventStream(talk.send, talk.extra, self._wants, keeper)
            if keeper is not None:
                talk.host.streams.begin(stream.name, stream.close_early)
                stream.on_open(self._begin_watch)
        return stream

    def _keeper(self) -> Keeper | None:
        """Return what keeps the events of a stream that can be resumed."""
        session, host = self.era.session, self._talk.host
        if session is None or not self.era.revision.has_resumption or self._ends_with_client:
            return None

        def keep(stream: str, events: Sequence[Event]) -> Awaitable[None]:
            return host.keep_events(session, stream, events)

        return keep

    async def _wants(self, level: str) -> bool:
        """Return whether the client wants messages of a level: it said so once, for its session."""
        session = self.era.session
        if self.era.revision.stateless or session is None:
            return True  # a stateless request was asked when the message was made
        if self._level is None:
            self._level = await self._talk.host.log_level(session)
        return reaches(level, self._level)

    # --- the watch ---

    def tick(self, now: float) -> None:
        """Begin to watch a request that is not answered at once."""
        if now - self._started >= WATCH_AFTER:
            self._begin_watch()

    def _begin_watch(self) -> None:
        if self._watch is None:
            self._watch = self.loop.create_task(self._watch_request())

    async def _watch_request(self) -> None:
        """Keep a slow answer alive, end it at its limit, notice that the client left."""
        leaving = self.loop.create_task(self._left())
        alive_at = self._started + SILENT_SECONDS if self.streams else float("inf")
        try:
            while (now := self.loop.time()) < self._limit:
                if leaving.done() and self._ends_with_client:
                    # 2026-07-28 patterns/cancellation: closing the stream cancels; before, it did not.
                    return self.stop("client")
                if leaving.done() and alive_at != float("inf"):
                    alive_at = float("inf")
                    if self._stream is not None or self._keeper() is not None:
                        self._events().client_left()
                elif now >= alive_at:
                    self._events().keep_alive()
                    alive_at = now + KEEP_ALIVE_SECONDS * random.uniform(0.8, 1.0)
                await _wait(leaving, min(alive_at, self._limit, now + LOOK_SECONDS) - now)
            self.stop("timeout")
        finally:
            leaving.cancel()

    async def _left(self) -> None:
        """Return when the client has closed the connection."""
        with contextlib.suppress(asyncio.CancelledError):
            while (await self._talk.receive())["type"] != "http.disconnect":
                pass


async def _wait(leaving: "asyncio.Task[None]", seconds: float) -> None:
    """Wait so long, or until the client leaves."""
    if not leaving.done():
        await asyncio.wait({leaving}, timeout=max(0.0, seconds))
    else:
        await asyncio.sleep(max(0.0, seconds))
