"""Streamable HTTP at /mcp/<slug>: every revision the hub speaks, on one address.

Promises: Host and Origin are checked before anything else, a preflight before authentication, the
token on POST, GET and DELETE alike; every 4xx is decided before a byte of the answer left; each
request is answered in the era it was asked in. Source: basic/transports of each revision.
"""

import asyncio
import contextlib
import logging
import secrets
from typing import Any

from django.db import DatabaseError

from accounts.oauth.metadata import resource_metadata_address
from monitoring import metrics
from monitoring.tally import Cell, Tally
from servers.protocol import handshake
from servers.protocol.abilities import capability_bits
from servers.protocol.envelope import is_stateless, open_envelope
from servers.protocol.errors import (
    INTERNAL_ERROR,
    INVALID_REQUEST,
    InsufficientScope,
    Overloaded,
    ProtocolError,
    RateLimited,
    Stopped,
    invalid_request,
    method_not_found,
    no_such_stream,
)
from servers.protocol.jsonrpc import (
    Message,
    Reply,
    error_message,
    read_message,
    readable_id,
    result_message,
)
from servers.protocol.methods import CANCELLED, RESPONSE, has_method, label
from servers.protocol.reading import read_json
from servers.protocol.revisions import HANDSHAKE, OVER_HTTP, V2026_07_28, Revision
from servers.transports import responses
from servers.transports.conversation import Conversation, Era, Header
from servers.transports.guards import (
    Disconnected,
    Guards,
    Receive,
    Refused,
    Send,
    read_body,
)
from servers.transports.guards import Message as Scope
from servers.transports.head import Head, head_of
from servers.transports.host import Host, Unauthorized
from servers.transports.http_exchange import HttpExchange
from servers.transports.sse import event_id, read_event_id

log = logging.getLogger(__name__)
SESSION_DATES = frozenset(HANDSHAKE) & frozenset(OVER_HTTP)
AWAY = "The hub cannot reach its database; try again shortly."
LARGEST_INLINE = 64 * 1024
"""Bytes of a body that are read without leaving the event loop."""


class StreamableHTTP:
    """The ASGI application behind /mcp/<slug>."""

    def __init__(self, host: Host, guards: Guards, tally: Tally) -> None:
        self._host, self._guards, self._tally = host, guards, tally
        self._cells: dict[tuple[str, str], Cell] = {}

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Serve one HTTP request."""
        slug: str = scope["url_route"]["kwargs"]["slug"]
        extra: list[Header] = []
        try:
            head = head_of(scope, self._guards)
            if head.origin is not None:
                extra = responses.cors(self._guards.check_origin(head.origin, self._host.origins))
            if scope["method"] == "OPTIONS":
                more = responses.preflight(head.fields) if extra else []
                return await responses.respond(send, 204, [*extra, *more])
            admission = self._host.admitted(slug, head.token)
            if admission is None:
                admission = await self._host.admit(slug, head.token)
            answer = scope.get("mcphub.answer")
            talk = Conversation(
                self._host,
                admission,
                head,
                receive,
                send,
                extra,
                slug,
                answer,
                scope,
                self._guards,
            )
            if scope["method"] == "POST":
                await self._post(talk)
            else:
                await self._other(scope["method"], talk)
        except Unauthorized as refusal:
            await self._challenge(scope, head, slug, send, extra, refusal)
        except Refused as refusal:
            error = ProtocolError(INVALID_REQUEST, refusal.text, status=refusal.status)
            await responses.respond_error(send, error, None, (*refusal.headers, *extra))
        except Disconnected:
            return
        except DatabaseError as error:
            log.warning("a request could not be served: %s", error)
            away = ProtocolError(INTERNAL_ERROR, AWAY, status=503)
            await responses.respond_error(send, away, None, ((b"retry-after", b"2"), *extra))
        except Exception:  # noqa: BLE001  a door: what fails before an answer began is told too
            fault = ProtocolError(INTERNAL_ERROR, _logged_fault(), status=500)
            await responses.respond_error(send, fault, None, extra)

    async def _post(self, talk: Conversation) -> None:
        """Serve one message."""
        if talk.head.refusal is not None:
            raise talk.head.refusal.again()
        value: Any = None
        try:
            body = await read_body(talk.receive)
            # A large body is read in a thread, so that others are served meanwhile.
            small = len(body) <= LARGEST_INLINE
            value = read_json(body) if small else await asyncio.to_thread(read_json, body)
            message = read_message(value)
            if isinstance(message, Reply):
                return await self._replied(talk, message)
            if message.id_json is None:
                return await self._notified(talk, message)
            era = self._era(talk, message)
        except ProtocolError as error:
            return await responses.respond_error(talk.send, error, readable_id(value), talk.extra)
        exchange = HttpExchange(talk, era, message.params, message.id_json)
        if era.session is not None:
            exchange.track = era.session.nonce, message.id_json
        try:
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

    def _explain(self, talk: Conversation, error: ProtocolError) -> None:
        """Add what HTTP says about an error besides its status."""
        if isinstance(error, InsufficientScope):
            self._host.lacked(talk.admission, talk.address, responses.agent(talk.head.fields))
            metadata = self._metadata(talk.scope, talk.head, talk.slug)
            talk.extra.append(responses.scope_challenge(error, metadata))
        elif isinstance(error, Overloaded):
            talk.extra.append((b"retry-after", b"2"))
        elif isinstance(error, RateLimited):
            talk.extra.append((b"retry-after", b"%d" % error.retry_after))

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
        if session is None:
            raise invalid_request("This session is over; begin again with initialize.", status=404)
        return session

    async def _notified(self, talk: Conversation, message: Message) -> None:
        """Take a notification: 202, or 4xx if it belongs to nothing."""
        if is_stateless(talk.head.claims, message.params):
            self._count(message.method, V2026_07_28)
            return await responses.respond(talk.send, 202, talk.extra)
        session = self._session(talk)
        self._count(message.method, session.revision)
        if message.method == CANCELLED:
            target = readable_id({"id": message.params.get("requestId")})
            if target is not None:
                await self._host.cancel((session.nonce, target))
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
        exchange = HttpExchange(talk, Era(session.revision, session), {}, held=True)
        try:
            await self._hold(talk, session, exchange)
            await exchange.abandon()
        except ProtocolError as error:
            await responses.respond_error(talk.send, error, None, talk.extra)
        except Exception:  # noqa: BLE001  a door: a fault of the hub's own is answered, and logged
            await _crash(exchange, None)
        finally:
            exchange.close()

    async def _hold(
        self, talk: Conversation, session: handshake.Session, exchange: HttpExchange
    ) -> None:
        """Keep a session's stream open until it is over; raises ProtocolError before it begins."""
        last = talk.head.fields.get(b"last-event-id")
        try:
            if last is not None and session.revision.has_resumption:
                await self._resume(talk, exchange, last.decode("latin-1"))
            else:
                await exchange.open()
                await self._host.listen(talk.admission, exchange)
        except Stopped:
            return
        except ProtocolError:
            if not exchange.streaming:  # a stream that carries no answers just ends
                raise

    async def _resume(self, talk: Conversation, exchange: HttpExchange, last: str) -> None:
        """Send what follows the last event a client got; raises ProtocolError for no such stream."""
        place = read_event_id(last)
        if place is None:
            raise no_such_stream()
        replay = self._host.replay(talk.admission, exchange, *place)
        async with contextlib.aclosing(replay) as found:
            async for events in found:
                await exchange.open()
                for event in events:
                    if event.body:
                        exchange.replay(event.body.encode(), event_id(place[0], event.position))
                await exchange.drained()

    async def _delete(self, talk: Conversation, session: handshake.Session) -> None:
        """End a session."""
        await self._host.end_session(session)
        await responses.respond(talk.send, 204, talk.extra)

    async def _challenge(
        self,
        scope: dict[str, Any],
        head: Head,
        slug: str,
        send: Send,
        extra: list[Header],
        refusal: Unauthorized,
    ) -> None:
        """Answer 401 with where to get a token."""
        address = self._guards.address(scope, head.fields)
        self._host.refused(refusal.error or "no_token", address)
        self._host.challenged(slug, head.token, address, responses.agent(head.fields))
        metadata = self._metadata(scope, head, slug)
        start = (responses.JSON, responses.NO_STORE, responses.challenge(refusal, metadata))
        body = responses.oauth_error(refusal.error or "unauthorized", refusal.description)
        await responses.respond(send, 401, (*start, *extra), body)

    def _metadata(self, scope: Scope, head: Head, slug: str) -> str:
        """Return where this client reads how to get a token."""
        return resource_metadata_address(self._guards.base(scope, head.fields), slug)

    def _count(self, method: str, revision: Revision) -> None:
        """Count a message; all methods that clients invent are one."""
        cell = self._cells.get((method, revision.date))
        if cell is None:
            key = (label(method), revision.date)
            cell = self._cells.get(key) or self._tally.cell(metrics.child(metrics.messages, *key))
            self._cells[key] = cell
        cell.count += 1


async def _crash(exchange: HttpExchange, id_json: bytes | None) -> None:
    """Answer for a fault of the hub's own: logged with a reference, told as an internal error."""
    text = _logged_fault()
    if id_json is None and exchange.streaming:  # a session's own stream carries no answers
        return await exchange.abandon()
    error = ProtocolError(INTERNAL_ERROR, text)
    await exchange.finish(error_message(id_json, error), 500)


def _logged_fault() -> str:
    """Log the exception that is being handled, and return what a client is told of it."""
    reference = secrets.token_hex(4)
    log.exception("internal error %s while answering", reference)
    return f"internal error (reference {reference})"
