"""A batch over HTTP: its requests run side by side, and their answers leave together.

Promises: nothing runs before all of the batch may; each request is judged, limited, stopped and recorded
by itself; one stream carries what all of them say and one response for each, as they end, and is over
after the last one; a client that takes no stream gets an array. What waits for a client that does not
read is bounded as for one request. Source: 2025-03-26 basic/transports (Sending Messages to the Server).
"""

import asyncio
from collections.abc import Callable

from servers.protocol.batch import Batch, joined
from servers.protocol.errors import ProtocolError, Stopped, method_not_found, revoked
from servers.protocol.handshake import Session
from servers.protocol.jsonrpc import Message, error_message, readable_id, result_message
from servers.protocol.methods import CANCELLED, RESPONSE, has_method
from servers.protocol.revisions import Revision
from servers.running import was_stopped
from servers.transports.conversation import Conversation, Era
from servers.transports.exchange import Exchange
from servers.transports.faults import crash_message, logged_fault
from servers.transports.host import Admission, Unauthorized
from servers.transports.http_exchange import HttpExchange
from servers.transports.responses import respond

Count = Callable[[str, Revision], None]
"""Counts a message by its method."""


class ItemExchange(Exchange):
    """The client's end of one request of a batch: what it says leaves on the batch's answer."""

    tells_refusals = True

    def __init__(self, whole: HttpExchange, message: Message, session: Session) -> None:
        super().__init__(whole.era, message.params, whole.fields)
        self.track = session.nonce, message.id_json or b""
        self.session_until = whole.session_until
        self._whole = whole

    @property
    def address(self) -> str:
        """The client's IP address."""
        return self._whole.address

    @property
    def streams(self) -> bool:
        """Whether the client takes a stream."""
        return self._whole.streams

    @property
    def streaming(self) -> bool:  # type: ignore[override]
        """Whether the batch's answer has become a stream."""
        return self._whole.streaming

    def emit(self, message: bytes, level: str = "") -> None:
        """Queue a message on the batch's stream."""
        self._whole.emit(message, level)

    def emit_once(self, message: bytes, event_id: bytes = b"") -> None:
        """Queue a message that gives way to none."""
        self._whole.emit_once(message, event_id)

    def emit_question(self, message: bytes, id_json: bytes) -> bool:
        """Queue a request of the hub's; False if it cannot reach the client."""
        return self._whole.emit_question(message, id_json)

    def close_stream(self) -> None:
        """Let the client come back for the rest of all, if it can."""
        self._whole.close_stream()

    async def drained(self) -> None:
        """Wait until everything that was queued has left."""
        await self._whole.drained()

    def tick(self, now: float) -> float:
        """Stop the request when it has taken its time; keep the stream of all alive."""
        return min(super().tick(now), self._whole.tick(now))


class Together:
    """One batch that is being answered."""

    def __init__(self, talk: Conversation, session: Session, batch: Batch) -> None:
        self._talk, self._host, self._session, self._batch = talk, talk.host, session, batch
        era = Era(session.revision, session, None, session.capabilities)
        self._whole = HttpExchange(talk, era, {}, batch.ids)
        self._left = len(batch.requests)
        self._held: list[tuple[bytes, bytes]] = []
        """Responses that leave at the end, with their ids: the last one, and all that no stream takes."""

    async def serve(self, count: Count) -> None:
        """Answer; raises Unauthorized, or ProtocolError, for a batch of which nothing has run."""
        requests = [message for _id_json, message in self._batch.requests]
        try:
            if not self._talk.head.accepts.json:
                self._whole.hold()
            admission = await self._host.weigh(self._talk.admission, requests, self._whole)
            for message in (*requests, *self._batch.notifications):
                count(message.method, self._session.revision)
            await self._run(admission)
            await self._finish()
        finally:
            self._whole.close()

    async def _run(self, admission: Admission) -> None:
        """Have everything done, and every response on its way."""
        async with asyncio.TaskGroup() as group:
            for id_json, message in self._batch.requests:
                group.create_task(self._answer(admission, message, id_json))
            await asyncio.sleep(0)  # what a notification is about has begun
            for message in self._batch.notifications:
                await self._hear(message)

    async def _answer(self, admission: Admission, message: Message, id_json: bytes) -> None:
        """Answer one request, unless its client cancels it."""
        exchange = ItemExchange(self._whole, message, self._session)
        response = await self._response(admission, message, id_json, exchange)
        exchange.over = True
        self._left -= 1
        if response is None:
            return
        if self._left and self._whole.may_stream:
            self._whole.emit_response(response, id_json)
        else:
            self._held.append((response, id_json))

    async def _finish(self) -> None:
        """End the answer: a stream with the last response, so that whoever comes back finds its end."""
        if not self._held:
            await self._whole.abandon()
        elif self._whole.may_stream and len(self._held) == 1:
            await self._whole.finish_stream(*self._held[0])
        else:
            await self._whole.finish(joined(response for response, _id_json in self._held))

    async def _response(
        self, admission: Admission, message: Message, id_json: bytes, exchange: ItemExchange
    ) -> bytes | None:
        """Return the response to one request, None if none is wanted any more."""
        try:
            if not has_method(self._session.revision, message.method):
                raise method_not_found(message.method, status=200)
            return result_message(id_json, await self._host.answer(admission, message, exchange))
        except ProtocolError as error:
            return error_message(id_json, error)
        except Unauthorized:  # since the batch was weighed; no status can say so any more
            return error_message(id_json, revoked())
        except Stopped:
            return None
        except asyncio.CancelledError:
            if not was_stopped(exchange):
                raise
            return None
        except Exception:  # noqa: BLE001  a door: one request's fault is no other's
            return crash_message(id_json)

    async def _hear(self, message: Message) -> None:
        """Take a notification; the requests beside it are answered whatever comes of it."""
        try:
            await hear(self._talk, self._session, message)
        except Exception:  # noqa: BLE001  a door: it has no answer, and the others must have theirs
            logged_fault()


async def serve_batch(talk: Conversation, session: Session, batch: Batch, count: Count) -> None:
    """Answer a batch: 202 if it asks nothing; raises what Together.serve does."""
    if batch.requests:
        return await Together(talk, session, batch).serve(count)
    for message in batch.notifications:
        count(message.method, session.revision)
        await hear(talk, session, message)
    for reply in batch.replies:
        count(RESPONSE, session.revision)
        await talk.host.answered(session, reply)
    await respond(talk.send, 202, talk.extra)


async def hear(talk: Conversation, session: Session, message: Message) -> None:
    """Take a notification of a session."""
    if message.method == CANCELLED:
        target = readable_id({"id": message.params.get("requestId")})
        if target is not None:
            await talk.host.cancel((session.nonce, target))
