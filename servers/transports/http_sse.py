"""HTTP+SSE of 2024-11-05 at /mcp/<slug>/sse and /mcp/<slug>/messages, deprecated, for clients that know
no other.

Promises: a stream says first where its client's messages go, which are taken from its own user and client
alone; any process takes them; those to a stream that is gone, or was never theirs, are answered alike.
Source: 2024-11-05 basic/transports (HTTP with SSE).
"""

import asyncio
import logging
from collections.abc import Awaitable
from typing import Any
from urllib.parse import parse_qs

from django.db import DatabaseError

from monitoring.tally import Tally
from servers.protocol.errors import ProtocolError, RateLimited, invalid_request, stream_gone
from servers.protocol.handshake import Opening, Session
from servers.protocol.jsonrpc import Message, Reply, read_message, readable_id
from servers.protocol.methods import RESPONSE
from servers.protocol.revisions import V2024_11_05
from servers.transports import responses
from servers.transports.conversation import Conversation
from servers.transports.door import HttpTransport
from servers.transports.faults import logged_fault
from servers.transports.guards import Guards, Refused, read_body
from servers.transports.host import Host
from servers.transports.shared_conversation import read_value
from servers.transports.sse_stream import SseStream

log = logging.getLogger(__name__)
ALLOWED = {"sse": b"GET", "messages": b"POST"}
FULL_SECONDS = 1.0
MOST_FIELDS = 10


class HttpSSE(HttpTransport):
    """The ASGI application behind both addresses."""

    def __init__(self, host: Host, guards: Guards, tally: Tally) -> None:
        super().__init__(host, guards, tally)
        self._streams: dict[str, SseStream] = {}
        self._ends: set[asyncio.Task[None]] = set()

    def _serve(self, talk: Conversation) -> Awaitable[None]:
        """Serve one HTTP request."""
        end, verb = talk.scope["url_route"]["kwargs"]["end"], talk.scope["method"]
        if (end, verb) == ("sse", "GET"):
            return self._open(talk)
        if (end, verb) == ("messages", "POST"):
            return self._take(talk)
        if verb == "POST":  # clients that try Streamable HTTP first fall back on this
            raise Refused(404, "Nothing is posted here; open a stream with GET.")
        raise Refused(405, f"{verb[:20]} does nothing here.", ((b"allow", ALLOWED[end]),))

    # --- the stream ---

    async def _open(self, talk: Conversation) -> None:
        """Open a stream, and hold it until it is over."""
        try:
            place = self._host.take_place(talk.admission, talk.address)
        except ProtocolError as error:
            return await self._refuse(talk, error)
        try:
            await self._hold(talk)
        finally:
            place.give_back()

    async def _hold(self, talk: Conversation) -> None:
        session_id = self._host.open_session(talk.admission, Opening(V2024_11_05, 0, ""))
        session = self._host.read_session(talk.admission, session_id)
        assert session is not None  # it has just been made
        stream = SseStream(talk, session)
        await self._host.posting.open(session.nonce, stream.posted)
        self._streams[session.nonce] = stream
        try:
            await stream.hold(f"/mcp/{talk.slug}/messages?session_id={session_id}")
        except Exception:  # noqa: BLE001  a door: the stream carries no answer to what opened it
            logged_fault()
        finally:
            ended = self._end(session)
            await stream.finish()
        await asyncio.shield(ended)

    def _end(self, session: Session) -> "asyncio.Task[None]":
        """Take no more messages for a stream; return what tells the other processes."""
        del self._streams[session.nonce]
        task = asyncio.get_running_loop().create_task(self._tell_end(session))
        self._ends.add(task)
        task.add_done_callback(self._ends.discard)
        return task

    async def _tell_end(self, session: Session) -> None:
        await _told(self._host.posting.close(session.nonce))
        await _told(self._host.leave_session(session))

    # --- its client's messages ---

    async def _take(self, talk: Conversation) -> None:
        """Take one message: 202, as its answer comes on the stream."""
        if talk.head.refusal is not None:
            raise talk.head.refusal.again()
        value: Any = None
        try:
            body = await read_body(talk.receive)
            value = await read_value(body)
            await self._deliver(talk, self._session(talk), read_message(value), body)
        except ProtocolError as error:
            return await self._refuse(talk, error, readable_id(value))
        await responses.respond(talk.send, 202, talk.extra)

    async def _refuse(
        self, talk: Conversation, error: ProtocolError, id_json: bytes | None = None
    ) -> None:
        """Answer with an error."""
        self._explain(talk, error)
        await responses.respond_error(talk.send, error, id_json, talk.extra)

    def _session(self, talk: Conversation) -> Session:
        """Return the session that a message is for; raises ProtocolError."""
        given = _session_ids(talk.scope.get("query_string", b""))
        if len(given) != 1:
            raise invalid_request("session_id is missing; open a stream with GET.")
        session = self._host.read_session(talk.admission, given[0])
        if session is None or session.revision is not V2024_11_05:
            raise stream_gone()
        return session

    async def _deliver(
        self, talk: Conversation, session: Session, message: Message | Reply, body: bytes
    ) -> None:
        """Hand a message to its stream, here or elsewhere; raises ProtocolError if there is none."""
        method = RESPONSE if isinstance(message, Reply) else message.method
        self._count(method, session.revision)
        stream, token = self._streams.get(session.nonce), talk.admission.token
        if stream is None:
            return await self._host.posting.leave(session.nonce, body, token)
        if stream.full and isinstance(message, Message) and message.id_json is not None:
            raise RateLimited(FULL_SECONDS, "Too many requests are open on this stream.")
        if stream.overrun:
            raise RateLimited(FULL_SECONDS, "Too many messages are under way on this stream.")
        stream.take_soon(message, token)


async def _told(work: Awaitable[None]) -> None:
    """Tell of an end; what could not be told ends by its time."""
    try:
        await work
    except DatabaseError as error:
        log.warning("the end of a stream could not be told: %s", error)


def _session_ids(query: bytes) -> list[str]:
    """Return the session ids that an address names."""
    try:
        named = parse_qs(query.decode("latin-1"), max_num_fields=MOST_FIELDS)
    except ValueError:
        return []
    return named.get("session_id", [])
