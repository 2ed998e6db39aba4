"""MCP over standard streams: one client, all five revisions, a message a line.

Promises: `initialize` opens the one session of the process, requests that carry their own `_meta` are
stateless, both at the same time; requests run side by side; what is cancelled is heard of no more;
a line that cannot be read has an error, and the next one is read. Source: basic/transports of each
revision; 2026-07-28 basic/transports/stdio.
"""

import asyncio
import json
import logging
import secrets
from collections.abc import AsyncIterable, Coroutine
from typing import Any

from servers.protocol.abilities import capability_bits
from servers.protocol.envelope import SUBSCRIPTION_ID, open_bare_envelope, speaks_for_itself
from servers.protocol.errors import (
    INTERNAL_ERROR,
    Overloaded,
    ProtocolError,
    Stopped,
    invalid_params,
    invalid_request,
    method_not_found,
)
from servers.protocol.handshake import Session, read_initialize
from servers.protocol.jsonrpc import (
    Message,
    Reply,
    error_message,
    notification_message,
    read_message,
    readable_id,
    result_message,
)
from servers.protocol.methods import CANCELLED, INITIALIZED, LISTEN, has_method
from servers.protocol.reading import read_json
from servers.protocol.revisions import BY_DATE, LATEST_HANDSHAKE, V2026_07_28
from servers.running import was_stopped
from servers.transports.conversation import Era
from servers.transports.host import Admission, Host, Unauthorized
from servers.transports.lines import LONGEST_LINE, Line, LinesOut
from servers.transports.stdio_exchange import StdioExchange

log = logging.getLogger(__name__)
MOST_OPEN = 1_000
"""Requests that are answered at the same time."""
KEEP_SECONDS = 6 * 3600.0
"""How often what the session asked for is kept for another day."""
LARGEST_INLINE = 64 * 1024
"""Bytes of a line that are read without leaving the event loop."""


class Stdio:
    """One client's conversation: on which server it is, by whose leave, and what it is doing."""

    def __init__(self, host: Host, slug: str, token: str | None, out: LinesOut) -> None:
        """Begin; `token` is the name by which the host knows who is at the other end, None for nobody."""
        self._host, self._slug, self._token, self._out = host, slug, token, out
        self._session: Session | None = None
        self._ready = False
        self._hearing: asyncio.Task[None] | None = None
        self._open: set[StdioExchange] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, lines: AsyncIterable[Line]) -> None:
        """Take line after line, until there are no more."""
        async for line in lines:
            if line.too_long or line.body.strip():
                await self._take(line)

    async def keep(self) -> None:
        """Keep what the session asked for, which lasts a day otherwise, for as long as this runs."""
        while True:
            await asyncio.sleep(KEEP_SECONDS)
            if self._session is not None:
                await self._guarded(self._host.renew_session(self._session))

    async def finished(self) -> None:
        """Wait until whatever was begun has ended."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def close(self) -> None:
        """Forget the session: its client is gone."""
        if self._session is not None:
            await self._host.end_session(self._session)

    # --- what comes in ---

    async def _take(self, line: Line) -> None:
        """Begin what a line asks for; what nobody could do is answered at once."""
        value: Any = None
        try:
            value = await _read(line)
            message = read_message(value)
            if isinstance(message, Reply):
                self._replied(message)
            elif message.id_json is None:
                self._notified(message)
            else:
                await self._asked(message, message.id_json)
        except ProtocolError as error:
            await self._out.send(error_message(readable_id(value), error))
        except Exception:  # noqa: BLE001  a door: the next line is read whatever happened to this one
            await self._out.send(_crash(readable_id(value)))

    async def _asked(self, message: Message, id_json: bytes) -> None:
        """Begin to answer a request; it can be cancelled from here on."""
        if len(self._open) >= MOST_OPEN:
            raise Overloaded
        era = await self._era(message)
        self._begin(self._answer(message, id_json, era))
        await asyncio.sleep(0)

    async def _era(self, message: Message) -> Era:
        """Return how a request is to be understood; raises ProtocolError if it cannot be."""
        method, params = message.method, message.params
        if speaks_for_itself(params):
            envelope = open_bare_envelope(message, BY_DATE)
            bits = capability_bits(envelope.capabilities)
            return Era(V2026_07_28, None, envelope.log_level, bits)
        if method == "initialize":
            return await self._initialized(params)
        session = self._session
        if session is None:
            if method == "ping":
                return Era(LATEST_HANDSHAKE)
            raise invalid_request("Begin with initialize, or say in params._meta what you speak.")
        if not has_method(session.revision, method):
            raise method_not_found(method, status=200)
        self._hear()
        return Era(session.revision, session, None, session.capabilities)

    async def _initialized(self, params: dict[str, Any]) -> Era:
        """Open the session of this process."""
        if self._session is not None:
            raise invalid_request("This process has a session already; start another one.")
        opening = read_initialize(params)
        admission = await self._admission()
        session_id = self._host.open_session(admission, opening)
        self._session = self._host.read_session(admission, session_id)
        return Era(opening.revision)

    def _notified(self, message: Message) -> None:
        """Take a notification."""
        if message.method == CANCELLED:
            target = readable_id({"id": message.params.get("requestId")})
            for exchange in tuple(self._open):
                if exchange.id_json == target:
                    exchange.silence()
        elif message.method == INITIALIZED:
            self._ready = self._session is not None
            self._hear()

    def _replied(self, reply: Reply) -> None:
        """Take an answer to a question of the hub's; without a session it asked none."""
        if self._session is not None:
            self._begin(self._guarded(self._host.answered(self._session, reply)))

    # --- what goes out ---

    async def _admission(self) -> Admission:
        """Return that the client may speak; what it may not speak to does not exist."""
        known = self._host.admitted(self._slug, self._token)
        try:
            return known or await self._host.admit(self._slug, self._token)
        except Unauthorized:
            raise invalid_params(f"Unknown server: {self._slug}") from None

    async def _answer(self, message: Message, id_json: bytes, era: Era) -> None:
        """Answer a request, unless its client cancels it."""
        exchange = StdioExchange(self._host, self._out, era, message.params, id_json)
        self._open.add(exchange)
        try:
            await exchange.finish(*await self._last(message, id_json, exchange))
        finally:
            self._open.discard(exchange)

    async def _last(
        self, message: Message, id_json: bytes, exchange: StdioExchange
    ) -> tuple[bytes, ...]:
        """Return the messages that end a request."""
        try:
            admission = await self._admission()
            answer = result_message(id_json, await self._host.answer(admission, message, exchange))
            return (answer, _torn_down(id_json)) if message.method == LISTEN else (answer,)
        except ProtocolError as error:
            return (error_message(id_json, error),)
        except Stopped:
            return ()
        except asyncio.CancelledError:
            if not was_stopped(exchange):
                raise
            return ()
        except Exception:  # noqa: BLE001  a door: a fault of the hub's own is answered, and logged
            return (_crash(id_json),)

    def _hear(self) -> None:
        """Let the session hear what changes, once its client is ready for it."""
        session = self._session
        if session is not None and self._ready and (not self._hearing or self._hearing.done()):
            self._hearing = self._begin(self._guarded(self._tell(session)))

    async def _tell(self, session: Session) -> None:
        """Tell the session what changes, until it may hear no more."""
        admission = await self._admission()
        exchange = StdioExchange(self._host, self._out, Era(session.revision, session), {})
        await self._host.listen(admission, exchange)

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        """Do what has no answer."""
        try:
            await work
        except (ProtocolError, Stopped):
            return
        except Exception:
            log.exception("a message without an answer was not taken")

    def _begin(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


async def _read(line: Line) -> Any:
    """Return what a line says; a long one is read in a thread, so that others are served meanwhile."""
    if line.too_long:
        raise invalid_request(f"The line has more than {LONGEST_LINE} bytes.")
    if len(line.body) <= LARGEST_INLINE:
        return read_json(line.body)
    return await asyncio.to_thread(read_json, line.body)


def _torn_down(id_json: bytes) -> bytes:
    """Return what tells a client besides that a subscription was ended (2026-07-28 cancellation)."""
    subscription = json.loads(id_json)
    params = {"requestId": subscription, "_meta": {SUBSCRIPTION_ID: subscription}}
    return notification_message(CANCELLED, params)


def _crash(id_json: bytes | None) -> bytes:
    """Return the answer for a fault of the hub's own, which is logged with the same reference."""
    reference = secrets.token_hex(4)
    log.exception("internal error %s while answering", reference)
    error = ProtocolError(INTERNAL_ERROR, f"internal error (reference {reference})")
    return error_message(id_json, error)
