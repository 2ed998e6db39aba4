"""Streamable HTTP at /mcp/<slug>: every revision the hub speaks, on one address.

Promises: Host and Origin are checked before anything else, a preflight before authentication, the
token on POST, GET and DELETE alike; every 4xx is decided before a byte of the answer left; each
request is answered in the era it was asked in. Source: basic/transports of each revision.
"""

import logging
import secrets
from typing import Any, NamedTuple

from monitoring import metrics, tracing
from servers.protocol import handshake
from servers.protocol.envelope import is_stateless, open_envelope
from servers.protocol.errors import (
    INTERNAL_ERROR,
    ProtocolError,
    header_mismatch,
    invalid_request,
    method_not_found,
)
from servers.protocol.jsonrpc import (
    Message,
    error_message,
    read_message,
    readable_id,
    result_message,
)
from servers.protocol.methods import CANCELLED, has_method, label
from servers.protocol.reading import read_json
from servers.protocol.revisions import HANDSHAKE, V2026_07_28, Revision
from servers.transports import responses
from servers.transports.exchange import HttpExchange
from servers.transports.guards import (
    Disconnected,
    Guards,
    Receive,
    Refused,
    Send,
    check_media,
    read_body,
)
from servers.transports.host import (
    Admission,
    Busy,
    GivenUp,
    Host,
    ScopeNeeded,
    Unauthorized,
)

log = logging.getLogger(__name__)
Headers = dict[bytes, bytes]
# Headers that decide something: given twice, two readers could take different ones.
_SINGLE = frozenset(
    {
        b"host", b"origin", b"authorization", b"content-type", b"mcp-session-id",
        b"mcp-protocol-version", b"mcp-method", b"mcp-name",
    }
)


class Conversation(NamedTuple):
    """One HTTP request on its way: who asks, and how to answer."""

    admission: Admission
    headers: Headers
    receive: Receive
    send: Send
    extra: list[tuple[bytes, bytes]]
    streams: bool
    metadata: str


class Era(NamedTuple):
    """How a request is to be understood: its revision, and its session or envelope's wishes."""

    revision: Revision
    session: handshake.Session | None = None
    log_level: str | None = None


class StreamableHTTP:
    """The ASGI application behind /mcp/<slug>."""

    def __init__(self, host: Host, guards: Guards) -> None:
        self._host, self._guards = host, guards
        self._counters: dict[tuple[str, str], Any] = {}

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Serve one HTTP request."""
        headers: Headers = dict(scope["headers"])
        extra: list[tuple[bytes, bytes]] = []
        try:
            if len(headers) != len(scope["headers"]):
                _refuse_doubled(scope["headers"])
            self._guards.check_host(headers.get(b"host"))
            origin = self._guards.check_origin(headers.get(b"origin"), self._host.origins)
            extra = responses.cors(origin)
            await self._serve(scope, headers, receive, send, extra)
        except Refused as refusal:
            error = ProtocolError(-32600, refusal.text, status=refusal.status)
            await responses.respond_error(send, error, None, (*refusal.headers, *extra))
        except Disconnected:
            return

    async def _serve(
        self, scope: dict[str, Any], headers: Headers, receive: Receive, send: Send,
        extra: list[tuple[bytes, bytes]],
    ) -> None:
        """Serve a request from a host and an origin that are ours."""
        verb, slug = scope["method"], scope["url_route"]["kwargs"]["slug"]
        if verb == "OPTIONS":
            more = responses.preflight(headers) if extra else []
            return await responses.respond(send, 204, [*extra, *more])
        if verb not in {"POST", "GET", "DELETE"}:
            raise Refused(405, "Use POST, GET or DELETE.", ((b"allow", responses.CORS_METHODS),))
        metadata = self._guards.metadata_address(headers, slug)
        address = self._guards.address(scope, headers)
        try:
            admission = await self._host.admit(slug, headers.get(b"authorization"), address)
        except Unauthorized as refusal:
            self._host.refused(refusal.error or "no_token", address)
            body = responses.oauth_error(
                refusal.error or "unauthorized", refusal.description
            )
            head = (responses.JSON, responses.NO_STORE, responses.challenge(refusal, metadata))
            return await responses.respond(send, 401, (*head, *extra), body)
        streams = check_media(headers) if verb == "POST" else False
        talk = Conversation(admission, headers, receive, send, extra, streams, metadata)
        if verb == "POST":
            return await self._post(talk)
        if verb == "DELETE":
            return await self._delete(talk)
        raise Refused(405, "This server offers no stream here.", ((b"allow", b"POST, DELETE"),))

    async def _post(self, talk: Conversation) -> None:
        """Serve one message."""
        body = await read_body(talk.receive, talk.headers)
        id_json: bytes | None = None
        try:
            value = read_json(body)
            id_json = readable_id(value)
            message = read_message(value)
            if message.id_json is None:
                return await self._notified(talk, message)
            await self._request(talk, message, message.id_json)
        except ProtocolError as error:
            await responses.respond_error(talk.send, error, id_json, talk.extra)

    async def _request(self, talk: Conversation, message: Message, id_json: bytes) -> None:
        """Answer one request."""
        era = self._era(talk, message)
        self._count(message.method, era.revision)
        exchange = _exchange(talk, message, era)
        track = (era.session.nonce, id_json) if era.session else None
        try:
            result = await self._host.answer(
                talk.admission, message.method, message.params, era.revision, exchange, track
            )
            await exchange.finish(result_message(id_json, result))
        except ProtocolError as error:
            await exchange.finish(error_message(id_json, error), error.status)
        except ScopeNeeded as need:
            await self._forbid(talk, exchange, id_json, need)
        except Busy:
            error = ProtocolError(INTERNAL_ERROR, "The hub is overloaded; try again shortly.")
            talk.extra.append((b"retry-after", b"2"))
            await exchange.finish(error_message(id_json, error), 503)
        except GivenUp:
            await exchange.abandon()
        except Exception:
            await _crash(exchange, id_json)
        finally:
            exchange.close()

    async def _forbid(
        self, talk: Conversation, exchange: HttpExchange, id_json: bytes, need: ScopeNeeded
    ) -> None:
        """Answer that the token lacks a scope."""
        talk.extra.append(responses.scope_challenge(need.scope, talk.metadata))
        error = ProtocolError(-32600, str(need))
        await exchange.finish(error_message(id_json, error), 403)

    def _era(self, talk: Conversation, message: Message) -> Era:
        """Return how a request is to be understood; raises ProtocolError if it contradicts itself."""
        if is_stateless(talk.headers, message.params):
            envelope = open_envelope(talk.headers, message)
            return Era(V2026_07_28, None, envelope.log_level)
        if message.method == "initialize":
            opening = handshake.read_initialize(message.params)
            session_id = self._host.open_session(talk.admission, opening)
            talk.extra.append((b"mcp-session-id", session_id.encode()))
            return Era(opening.revision)
        session = self._session(talk)
        if not has_method(session.revision, message.method):
            raise method_not_found(message.method, status=200)
        return Era(session.revision, session)

    def _session(self, talk: Conversation) -> handshake.Session:
        """Return the session a request belongs to: 400 without one, 404 if it is over."""
        given = talk.headers.get(b"mcp-session-id")
        if given is None:
            raise invalid_request("Mcp-Session-Id is missing; begin with initialize.")
        version = talk.headers.get(b"mcp-protocol-version")
        if version is not None and version.decode("latin-1").strip() not in HANDSHAKE:
            raise invalid_request("MCP-Protocol-Version is none that this session may speak.")
        session = self._host.read_session(talk.admission, given.decode("latin-1"))
        if session is None:
            raise invalid_request("This session is over; begin again with initialize.", status=404)
        return session

    async def _notified(self, talk: Conversation, message: Message) -> None:
        """Take a notification: 202, or 4xx if it belongs to nothing."""
        if is_stateless(talk.headers, message.params):
            self._count(message.method, V2026_07_28)
            return await responses.respond(talk.send, 202, talk.extra)
        session = self._session(talk)
        self._count(message.method, session.revision)
        if message.method == CANCELLED:
            target = readable_id({"id": message.params.get("requestId")})
            if target is not None:
                await self._host.cancel(session, target)
        await responses.respond(talk.send, 202, talk.extra)

    async def _delete(self, talk: Conversation) -> None:
        """End a session; the stateless revision has none to end."""
        if b"mcp-session-id" not in talk.headers:
            raise Refused(405, "There is no session to end.", ((b"allow", b"POST"),))
        try:
            session = self._session(talk)
        except ProtocolError as error:
            return await responses.respond_error(talk.send, error, None, talk.extra)
        await self._host.end_session(session)
        await responses.respond(talk.send, 204, talk.extra)

    def _count(self, method: str, revision: Revision) -> None:
        """Count a message."""
        key = (label(method), revision.date)
        counter = self._counters.get(key)
        if counter is None:
            counter = self._counters[key] = metrics.child(metrics.messages, *key)
        counter.inc()


def _exchange(talk: Conversation, message: Message, era: Era) -> HttpExchange:
    """Return the client's end of one request."""
    meta = message.params.get("_meta")
    meta = meta if isinstance(meta, dict) else {}
    token = meta.get("progressToken")
    parent = talk.headers.get(b"traceparent")
    trace = meta.get("traceparent") if parent is None else parent.decode("latin-1")
    return HttpExchange(
        talk.receive, talk.send, era.revision, streams=talk.streams, headers=talk.extra,
        trace_id=tracing.trace_id_of(trace if isinstance(trace, str) else None),
        progress_token=token if isinstance(token, str | int) else None,
        log_level=era.log_level,
    )


async def _crash(exchange: HttpExchange, id_json: bytes) -> None:
    """Answer for a fault of the hub's own: logged with a reference, told as an internal error."""
    reference = secrets.token_hex(4)
    log.exception("internal error %s while answering", reference)
    error = ProtocolError(INTERNAL_ERROR, f"internal error (reference {reference})")
    await exchange.finish(error_message(id_json, error), 500)


def _refuse_doubled(headers: list[tuple[bytes, bytes]]) -> None:
    """Refuse a request that gives a deciding header twice."""
    seen: set[bytes] = set()
    for name, _value in headers:
        if name in seen and name in _SINGLE:
            raise Refused(400, f"The header {name.decode('latin-1')} is given twice.")
        seen.add(name)
