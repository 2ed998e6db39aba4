"""The client's end of one HTTP request: JSON at once, or a stream of events.

The first message decides: a notification opens the stream, a result that comes first is plain JSON.
A request that stays silent for SILENT_SECONDS opens the stream too, because proxies cut silent
answers. However a request ends, `close` must be called: it lets go of what the request holds.
"""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Sequence
from typing import Any

from servers.protocol.handshake import LIFETIME, Session
from servers.transports.conversation import Conversation, Era
from servers.transports.exchange import Exchange, reaches
from servers.transports.responses import JSON, respond
from servers.transports.stream import Event, EventStream, Keeper

WATCH_AFTER = 0.1
"""Seconds after which a request is watched: most are answered before, and cost nothing."""
SILENT_SECONDS = 10.0
KEEP_ALIVE_SECONDS = 25.0
LEVEL_SECONDS = 1.0
"""How long the level that a session wants is believed: it may say another one meanwhile."""


class HttpExchange(Exchange):
    """One HTTP request's way back to its client."""

    _stream: EventStream | None = None
    _watch: asyncio.Task[None] | None = None
    _level: tuple[str, float] | None = None
    _gone = False
    """Whether the client has closed the connection."""

    def __init__(
        self,
        talk: Conversation,
        era: Era,
        params: dict[str, Any],
        id_json: bytes = b"",
        *,
        held: bool = False,
    ) -> None:
        """Begin; `held` is a request that is nothing but its open stream and ends with it."""
        super().__init__(era, params, talk.head.fields)
        self._talk, self._id_json = talk, id_json
        self._ends_with_client = held or era.revision.stateless
        if era.session is not None:
            self.session_until = era.session.issued_at + LIFETIME

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

    def emit_once(self, message: bytes) -> None:
        """Queue a message on the stream, unless it waits there already."""
        self._events().push_once(message)

    def emit_question(self, message: bytes, id_json: bytes) -> bool:
        """Queue a request of the hub's on the stream; False if it cannot reach the client."""
        return self._events().push_question(message, id_json)

    def replay(self, message: bytes, event_id: bytes) -> None:
        """Queue a message under the id it had on the stream that is resumed."""
        self._events().push(message, "", event_id)

    def close_stream(self) -> None:
        """Let the client come back for the rest, if it can (2025-11-25); from any thread."""
        if self._resumable() and self.streams:
            self.loop.call_soon_threadsafe(self._close_early)

    def _close_early(self) -> None:
        if not self.over:
            self._events().close_early()

    async def drained(self) -> None:
        """Wait until every event has left."""
        if self._stream is not None:
            await self._stream.drained()

    # --- the answer ---

    async def finish(self, message: bytes, status: int = 200) -> None:
        """Send the final message and end the answer."""
        self.over = True
        await self.drained()
        if self.streaming or (status == 200 and not self._talk.head.accepts.json):
            return await self._events().finish(message)
        extra, answer = self._talk.extra, self._talk.answer
        if status != 200 or answer is None or not answer(extra, message):
            await respond(self._talk.send, status, (JSON, *extra), message)

    async def abandon(self) -> None:
        """End the answer without a final message: the client asked for none."""
        self.over = True
        await self.drained()
        if self._gone and self._ends_with_client:
            return
        if self.streams:
            await self._events().end()
        else:
            await respond(self._talk.send, 202, self._talk.extra)

    def close(self) -> None:
        """Let go of everything: the answer is over, however it ended."""
        self.over = True
        if self._watch is not None:
            self._watch.cancel()
        stream, session = self._stream, self.era.session
        if stream is not None:
            stream.closed()
            if stream.name and session is not None:
                missable = 0 if stream.away else stream.remembered_bytes
                self._talk.host.streams.end(session.nonce, stream.name, missable)

    # --- the stream ---

    async def open(self) -> None:
        """Begin the stream now, whatever comes."""
        await self._events().open()

    def _events(self) -> EventStream:
        """Return the stream, made when there is something to send."""
        if self._stream is None:
            talk, session = self._talk, self.era.session
            # One who left before the first event cannot name a place to go on from.
            resumable = self._resumable() and not self._gone
            keeper = self._keeper(session) if session is not None and resumable else None
            self._stream = stream = EventStream(
                talk.send, talk.extra, self._wants, self._lost, keeper, self._id_json
            )
            stream.away = self._gone
            if keeper is not None and session is not None:
                talk.host.streams.begin(session.nonce, stream.name, stream.close_early)
                self._begin_watch()
        return self._stream

    def _resumable(self) -> bool:
        """Return whether a client may come back for the rest of this answer."""
        has_session = self.era.session is not None
        return has_session and self.era.revision.has_resumption and not self._ends_with_client

    def _keeper(self, session: Session) -> Keeper:
        """Return what keeps the events of a stream that can be resumed."""
        host = self._talk.host

        def keep(stream: str, events: Sequence[Event]) -> Awaitable[bool]:
            return host.keep_events(session, stream, events)

        return keep

    def _lost(self, id_json: bytes) -> None:
        """Tell whoever waits for an answer that its question did not reach the client."""
        session = self.era.session
        if session is not None:
            self._talk.host.unanswerable(session, id_json)

    async def _wants(self, level: str) -> bool:
        """Return whether the client wants messages of a level: it said so for its session."""
        session, now = self.era.session, self.loop.time()
        if self.era.revision.stateless or session is None:
            return True  # a stateless request was asked when the message was made
        if self._level is None or now - self._level[1] >= LEVEL_SECONDS:
            self._level = await self._talk.host.log_level(session), now
        return reaches(level, self._level[0])

    # --- the watch ---

    def tick(self, now: float) -> None:
        """Stop a request that has taken its time; watch one that is not answered at once."""
        super().tick(now)
        if now - self._started >= WATCH_AFTER:
            self._begin_watch()

    def _begin_watch(self) -> None:
        if self._watch is None and not self.over:
            self._watch = self.loop.create_task(self._watch_request())

    async def _watch_request(self) -> None:
        """Keep a slow answer alive until its client leaves."""
        leaving = self.loop.create_task(self._left())
        alive_at = self._started + SILENT_SECONDS
        try:
            while not leaving.done():
                now = self.loop.time()
                if self.streams and now >= alive_at:
                    self._events().keep_alive()
                    alive_at = now + KEEP_ALIVE_SECONDS * random.uniform(0.8, 1.0)
                seconds = max(0.0, alive_at - now) if self.streams else None
                await asyncio.wait({leaving}, timeout=seconds)
        finally:
            leaving.cancel()
        self._client_left()

    def _client_left(self) -> None:
        """Take note that the client has closed the connection."""
        self._gone = True
        if self._ends_with_client and not self.over:
            # 2026-07-28 patterns/cancellation: closing the stream cancels; before, it did not.
            self.stop("client")
        elif self._stream is not None:
            self._stream.client_left()

    async def _left(self) -> None:
        """Return when the client has closed the connection."""
        with contextlib.suppress(asyncio.CancelledError):
            while (await self._talk.receive())["type"] != "http.disconnect":
                pass
