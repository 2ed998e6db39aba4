"""The client's end of one HTTP request: JSON at once, or a stream of events.

The first message decides: a notification opens the stream, a result that comes first is plain JSON.
A request that stays silent for SILENT_SECONDS opens the stream too, because proxies cut silent
answers. A stream needs a place: where none is left the answer stays JSON, and what would have come
before it is dropped. However a request ends, `close` must be called: it lets go of what it holds.
"""

import asyncio
import random
from functools import partial
from typing import Any

from catalog.authoring.asking import AnswerError
from servers.protocol.errors import Stopped
from servers.protocol.event_ids import Kind
from servers.protocol.handshake import LIFETIME, Session
from servers.transports.conversation import Conversation, Era
from servers.transports.exchange import Exchange, reaches
from servers.transports.host import Place
from servers.transports.remembering import Resumption
from servers.transports.responses import JSON, respond
from servers.transports.stream import EventStream

WATCH_AFTER = 0.1
"""Seconds after which a request is watched: most are answered before, and cost nothing."""
SILENT_SECONDS = 10.0
KEEP_ALIVE_SECONDS = 25.0
CUT = "mcphub.cut"
"""Name of the scope's entry that ends the connection at once, where the server offers it."""
LEVEL_SECONDS = 1.0
"""How long the level that a session wants is believed: it may say another one meanwhile."""
NO_PLACE = "The client cannot be asked: too many streams are open. Try again when some have ended."


class HttpExchange(Exchange):
    """One HTTP request's way back to its client."""

    _stream: EventStream | None = None
    _watch: asyncio.Task[None] | None = None
    _alive_at = 0.0
    """When the stream is to say that it is alive; 0 before that is decided."""
    _level: tuple[str, float] | None = None
    _place: Place | None = None
    _plain = False
    """Whether the answer stays JSON, as no place was left when it was to become a stream."""
    _gone = False
    """Whether the client has closed the connection."""
    _name = ""
    """What the stream is called that the client may come back for, once somebody asked."""

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
    def way_back(self) -> tuple[str, bytes]:
        """The name of the stream its client may come back for, and the encoded id; empty if there is none."""
        session = self.era.session
        if session is None or not (self.streams and self._resumable()):
            return super().way_back
        return self._named(session), self._id_json

    @property
    def streams(self) -> bool:
        """Whether the client takes a stream."""
        return self._talk.head.accepts.stream

    @property
    def may_stream(self) -> bool:
        """Whether the answer is a stream, or may become one."""
        return self.streams and self._has_place()

    @property
    def streaming(self) -> bool:  # type: ignore[override]
        """Whether the answer has become a stream."""
        return self._stream is not None and self._stream.opened

    # --- what is said before the answer ---

    def emit(self, message: bytes, level: str = "") -> None:
        """Queue a message on the stream."""
        if self._has_place():
            self._events().push(message, level)

    def emit_once(self, message: bytes, event_id: bytes = b"") -> None:
        """Queue a message on the stream, unless it waits there already."""
        if self._has_place():
            self._events().push_once(message, event_id)

    def name_place(self, event_id: bytes) -> None:
        """Queue an event that only names a place, for clients that take one (2025-11-25)."""
        if self.era.revision.has_polling:
            self._events().push_once(b"", event_id)

    def emit_question(self, message: bytes, id_json: bytes) -> bool:
        """Queue a request of the hub's on the stream; False if it cannot reach the client.

        Raises AnswerError if there is no place for a stream.
        """
        # A place may have become free since, and without one the work cannot go on.
        self._plain = False
        if not self._has_place():
            raise AnswerError(NO_PLACE)
        return self._events().push_question(message, id_json)

    def emit_response(self, message: bytes, id_json: bytes) -> None:
        """Queue one of several responses on the stream, not the last."""
        self._events().push_response(message, id_json)

    def replay(self, message: bytes, event_id: bytes) -> None:
        """Queue a message under the id it had on the stream that is resumed."""
        self._events().push_again(message, event_id)

    def close_stream(self) -> None:
        """Let the client come back for the rest, if it can (2025-11-25); from any thread."""
        if self._resumable() and self.streams and self.era.revision.has_polling:
            self.loop.call_soon_threadsafe(self._close_early)

    def _close_early(self) -> None:
        if not self.over and self._has_place():
            self._events().close_early()

    def leave(self) -> None:
        """End the connection, at once if the client takes nothing over it: it is to wait for nobody."""
        if self._stream is not None and not self._gone:
            self._stream.leave()

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

    async def finish_stream(self, message: bytes, id_json: bytes) -> None:
        """Send the last of several responses on the stream, whether or not it has begun."""
        self.over = True
        await self._events().finish(message, id_json)

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
        if self._place is not None:
            self._place.give_back()
        if self._watch is not None:
            self._watch.cancel()
        stream, session = self._stream, self.era.session
        if stream is not None:
            stream.closed()
            if stream.resumption is not None and session is not None:
                name = stream.resumption.name
                self._talk.host.streams.end(session.nonce, name, stream.missable)

    # --- the stream ---

    def hold(self, name: str = "") -> None:
        """Take a place for the stream before anything leaves; raises TooManyStreams."""
        if self._place is None:
            talk = self._talk
            self._place = talk.host.take_place(talk.admission, talk.address, name)
            self._place.leave = self.leave

    def _has_place(self) -> bool:
        """Return whether there is a stream, or a place for one; none is needed for who has left."""
        if self._stream is None and self._place is None and not self._gone and not self._plain:
            talk = self._talk
            self._place = talk.host.spare_place(talk.admission, talk.address)
            self._plain = self._place is None
        return not self._plain

    async def open(self) -> None:
        """Begin the stream now, whatever comes; raises Stopped if its place was taken over meanwhile."""
        await self._events().open()
        if self._place is not None and self._place.taken_over:
            raise Stopped

    def _events(self) -> EventStream:
        """Return the stream, made when there is something to send."""
        if self._stream is None:
            talk, session = self._talk, self.era.session
            # One who left before the first event cannot name a place to go on from.
            resumable = self._resumable() and not self._gone
            resumption = self._resumption(session) if session is not None and resumable else None
            left = self._place.give_back if self._place is not None else None
            cut = talk.scope.get(CUT)
            self._stream = stream = EventStream(
                talk.send, talk.extra, self._wants, resumption, left, cut
            )
            stream.away = self._gone
            if resumption is not None and session is not None:
                if self._place is not None:
                    self._place.leave = self.leave
                    self._place.known_as(place_of(session, resumption.name))
                begin = talk.host.streams.begin
                begin(session, self.address, resumption.name, stream.leave)
                self._begin_watch()
        return self._stream

    def _resumable(self) -> bool:
        """Return whether a client may come back for the rest of this answer."""
        has_session = self.era.session is not None
        return has_session and self.era.revision.has_resumption and not self._ends_with_client

    def _resumption(self, session: Session) -> Resumption:
        """Return how the stream of this answer can be resumed."""
        host = self._talk.host
        keep = partial(host.keep_events, session, self.address)
        return Resumption(self._named(session), keep, self._id_json, self.era.revision.has_polling)

    def _named(self, session: Session) -> str:
        """Return the name of the stream of this answer, the same whenever it is asked for."""
        self._name = self._name or self._talk.host.stream_name(session, Kind.ANSWER)
        return self._name

    async def _wants(self, level: str) -> bool:
        """Return whether the client wants messages of a level: it said so for its session."""
        session, now = self.era.session, self.loop.time()
        if self.era.revision.stateless or session is None:
            return True  # a stateless request was asked when the message was made
        if self._level is None or now - self._level[1] >= LEVEL_SECONDS:
            self._level = await self._talk.host.log_level(session), now
        return reaches(level, self._level[0])

    # --- the watch ---

    def tick(self, now: float) -> float:
        """Stop a request that has taken its time; watch one that is not answered at once."""
        limit, watch_at = super().tick(now), self._started + WATCH_AFTER
        if now < watch_at:
            return min(limit, watch_at)
        self._begin_watch()
        return min(limit, self._stay_alive(now))

    def _stay_alive(self, now: float) -> float:
        """Keep a slow answer alive until its client leaves; return when it has to be done again."""
        if self._gone or not self.streams:
            return float("inf")
        if not self._alive_at:
            self._alive_at = now + _pause() if self.streaming else self._started + SILENT_SECONDS
        if now >= self._alive_at:
            if self._has_place():
                self._events().keep_alive()
            self._alive_at = now + _pause()
        return self._alive_at

    def _begin_watch(self) -> None:
        if self._watch is None and not self.over:
            self._watch = self.loop.create_task(self._wait_for_end())

    def _client_left(self) -> None:
        """Take note that the client has closed the connection."""
        self._gone = True
        if self._ends_with_client and not self.over:
            # 2026-07-28 patterns/cancellation: closing the stream cancels; before, it did not.
            self.stop("client")
        elif self._stream is not None:
            self._stream.client_left()
        elif self._place is not None:
            self._place.give_back()

    async def _wait_for_end(self) -> None:
        """Wait until the client closes the connection, and take note of it."""
        receive = self._talk.receive
        while (await receive())["type"] != "http.disconnect":
            pass
        self._client_left()


def place_of(session: Session, stream: str) -> str:
    """Return the name under which the place of a stream is taken over by who comes back for it."""
    return f"{session.nonce} {stream}"


def _pause() -> float:
    """Return how long a stream may be silent: not the same for all that were opened in one moment."""
    return KEEP_ALIVE_SECONDS * random.uniform(0.8, 1.0)
