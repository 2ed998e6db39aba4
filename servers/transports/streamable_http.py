"""Streamable HTTP at /mcp/<slug>: every revision that has it, on one address.

Promises: every 4xx is decided before a byte of the answer left; each request is answered in the era it
was asked in. Source: basic/transports of each revision.
"""

import asyncio
import contextlib
from collections.abc import Awaitable
from typing import Any

from servers.protocol import handshake
from servers.protocol.abilities import capability_bits
from servers.protocol.batch import no_batch, read_batch, read_bounded
from servers.protocol.envelope import is_stateless, open_envelope
from servers.protocol.errors import (
    ProtocolError,
    Stopped,
    invalid_request,
    method_not_found,
    no_such_stream,
)
from servers.protocol.event_ids import Kind, Point, read_event_id
from servers.protocol.jsonrpc import (
    Message,
    Reply,
    error_message,
    read_message,
    readable_id,
    result_message,
)
from servers.protocol.methods import RESPONSE, has_method
from servers.protocol.revisions import HANDSHAKE, OVER_HTTP, V2026_07_28
from servers.running import was_stopped
from servers.transports import responses
from servers.transports.batch import hear, serve_batch
from servers.transports.conversation import Conversation, Era
from servers.transports.door import HttpTransport
from servers.transports.faults import logged_fault
from servers.transports.guards import Refused, read_body
from servers.transports.host import Unauthorized
from servers.transports.http_exchange import HttpExchange, place_of
from servers.transports.shared_conversation import LARGEST_INLINE, read_value

SESSION_DATES = frozenset(HANDSHAKE) & frozenset(OVER_HTTP)


class StreamableHTTP(HttpTransport):
    """The ASGI application behind /mcp/<slug>."""

    def _serve(self, talk: Conversation) -> Awaitable[None]:
        """Serve one HTTP request."""
        verb = talk.scope["method"]
        return self._post(talk) if verb == "POST" else self._other(verb, talk)

    async def _post(self, talk: Conversation) -> None:
        """Serve one message, or a batch."""
        if talk.head.refusal is not None:
            raise talk.head.refusal.again()
        value: Any = None
        try:
            body = await read_body(talk.receive)
            small = len(body) <= LARGEST_INLINE
            value = read_bounded(body) if small else await read_value(body)
            if isinstance(value, list):
                return await self._batch(talk, value)
            message = read_message(value)
            if isinstance(message, Reply):
                return await self._replied(talk, message)
            if message.id_json is None:
                return await self._notified(talk, message)
            era = self._era(talk, message)
        except ProtocolError as error:
            self._explain(talk, error)
            return await responses.respond_error(talk.send, error, readable_id(value), talk.extra)
        del body, value  # the answer may be a stream that lasts for days
        exchange = HttpExchange(talk, era, message.params, message.id_json)
        if era.session is not None:
            exchange.track = era.session.nonce, message.id_json
        try:
            if not talk.head.accepts.json:
                exchange.hold()
            result = await self._host.answer(talk.admission, message, exchange)
            await exchange.finish(result_message(message.id_json, result))
        except ProtocolError as error:
            self._explain(talk, error)
            await exchange.finish(error_message(message.id_json, error), error.status)
        except Stopped:
            await exchange.abandon()
        except Unauthorized:  # while the message came; nothing has left yet
            raise
        except Exception:  # noqa: BLE001  a door: a fault of the hub's own is answered, and logged
            await _crash(exchange, message.id_json)
        finally:
            exchange.close()

    def _era(self, talk: Conversation, message: Message) -> Era:
        """Return how a request is to be understood; raises ProtocolError if it contradicts itself."""
        if is_stateless(talk.head.claims, message.params):
            self._count(message.method, V2026_07_28)
            envelope = open_envelope(talk.head.claims, message)
            bits = capability_bits(envelope.capabilities) if envelope.capabilities else 0
            return Era(V2026_07_28, None, envelope.log_level, bits)
        if message.method == "initialize":
            opening = handshake.read_initialize(message.params, OVER_HTTP)
            self._count(message.method, opening.revision)
            session_id = self._host.open_session(talk.admission, opening)
            talk.extra.append((b"mcp-session-id", session_id.encode()))
            return Era(opening.revision)
        session = self._session(talk)
        self._count(message.method, session.revision)
        if not has_method(session.revision, message.method):
            raise method_not_found(message.method, status=200)
        return Era(session.revision, session, None, session.capabilities)

    def _session(self, talk: Conversation) -> handshake.Session:
        """Return the session a request belongs to: 400 without one, 404 if it is over."""
        given = talk.head.fields.get(b"mcp-session-id")
        if given is None:
            raise invalid_request("Mcp-Session-Id is missing; begin with initialize.")
        version = talk.head.fields.get(b"mcp-protocol-version")
        if version is not None and version.decode("latin-1").strip() not in SESSION_DATES:
            raise invalid_request("MCP-Protocol-Version is none that this session may speak.")
        session = self._host.read_session(talk.admission, given.decode("latin-1"))
        if session is None or not session.revision.has_http:
            raise invalid_request("This session is over; begin again with initialize.", status=404)
        return session

    async def _batch(self, talk: Conversation, values: list[Any]) -> None:
        """Serve a batch, of which nothing has run when this raises."""
        if talk.head.claims.stateless or b"mcp-session-id" not in talk.head.fields:
            raise no_batch()
        session = self._session(talk)
        if not session.revision.has_batches:
            raise no_batch()
        await serve_batch(talk, session, read_batch(values), self._count)

    async def _notified(self, talk: Conversation, message: Message) -> None:
        """Take a notification: 202, or 4xx if it belongs to nothing."""
        if is_stateless(talk.head.claims, message.params):
            self._count(message.method, V2026_07_28)
            return await responses.respond(talk.send, 202, talk.extra)
        session = self._session(talk)
        self._count(message.method, session.revision)
        await hear(talk, session, message)
        await responses.respond(talk.send, 202, talk.extra)

    async def _replied(self, talk: Conversation, reply: Reply) -> None:
        """Take an answer to a question of the hub's; the stateless era has no such questions."""
        if talk.head.claims.stateless:
            raise invalid_request("The body is no request.")
        session = self._session(talk)
        self._count(RESPONSE, session.revision)
        await self._host.answered(session, reply)
        await responses.respond(talk.send, 202, talk.extra)

    async def _other(self, verb: str, talk: Conversation) -> None:
        """Serve GET, a session's own stream, and DELETE, which ends a session."""
        act = {"GET": self._get, "DELETE": self._delete}.get(verb)
        if act is None or b"mcp-session-id" not in talk.head.fields or talk.head.claims.stateless:
            text = f"{verb[:20]} does nothing here" + (" without a session." if act else ".")
            allow = b"POST" if act else b"POST, GET, DELETE"
            raise Refused(405, text, ((b"allow", allow),))
        try:
            session = self._session(talk)
        except ProtocolError as error:
            return await responses.respond_error(talk.send, error, None, talk.extra)
        await act(talk, session)

    async def _get(self, talk: Conversation, session: handshake.Session) -> None:
        """Open the stream on which a session hears what changes, or one it left before its end."""
        if not talk.head.accepts.stream:
            raise Refused(406, "Accept must admit text/event-stream.")
        era = Era(session.revision, session, None, session.capabilities)
        exchange = HttpExchange(talk, era, {}, held=True)
        try:
            await self._hold(talk, session, exchange)
            await exchange.abandon()
        except ProtocolError as error:
            self._explain(talk, error)
            allow = [(b"allow", b"POST, DELETE")] if error.status == 405 else []
            await responses.respond_error(talk.send, error, None, [*allow, *talk.extra])
        except Exception:  # noqa: BLE001  a door: a fault of the hub's own is answered, and logged
            await _crash(exchange, None)
        finally:
            exchange.close()

    async def _hold(
        self, talk: Conversation, session: handshake.Session, exchange: HttpExchange
    ) -> None:
        """Keep a session's stream open until it is over; raises ProtocolError before it begins."""
        last = self._left_at(talk, session)
        try:
            if last is not None and last.kind is Kind.ANSWER:
                exchange.hold(place_of(session, last.stream))
                await self._resume(talk, exchange, last)
            else:
                exchange.hold(session.nonce)
                await exchange.open()
                await self._host.listen(talk.admission, exchange, last)
                exchange.leave()
        except Stopped:
            exchange.leave()
        except (
            asyncio.CancelledError
        ):  # stopped while its client took nothing of what it came back for
            if not was_stopped(exchange):
                raise
            exchange.leave()
        except ProtocolError:
            if not exchange.streaming:  # a stream that carries no answers just ends
                raise

    def _left_at(self, talk: Conversation, session: handshake.Session) -> Point | None:
        """Return the point a client comes back to, if it does; raises ProtocolError for none of its."""
        given = talk.head.fields.get(b"last-event-id")
        if given is None or not session.revision.has_resumption:
            return None
        last = read_event_id(given.decode("latin-1"))
        if last is None or not self._host.has_named(session, last):
            raise no_such_stream()
        return last

    async def _resume(self, talk: Conversation, exchange: HttpExchange, last: Point) -> None:
        """Send what follows the last event a client got; raises ProtocolError for no such stream."""
        replay = self._host.replay(talk.admission, exchange, last)
        async with contextlib.aclosing(replay) as found:
            async for events in found:
                if not exchange.streaming:
                    await exchange.open()
                    # Cut again before anything comes, some clients would know no place otherwise.
                    exchange.name_place(last.event_id())
                for event in events:
                    if event.body:
                        at = last._replace(position=event.position)
                        exchange.replay(event.body.encode(), at.event_id())
                await exchange.drained()

    async def _delete(self, talk: Conversation, session: handshake.Session) -> None:
        """End a session."""
        await self._host.end_session(session)
        await responses.respond(talk.send, 204, talk.extra)


async def _crash(exchange: HttpExchange, id_json: bytes | None) -> None:
    """Answer for a fault of the hub's own: logged with a reference, told as an internal error."""
    error = logged_fault()
    if id_json is None and exchange.streaming:  # a session's own stream carries no answers
        return await exchange.abandon()
    await exchange.finish(error_message(id_json, error), error.status)
