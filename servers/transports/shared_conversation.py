"""One client's conversation over one channel that all its messages share, whatever it is.

Promises: requests run side by side; what is cancelled is heard of no more; what cannot be answered
has an error, and the next message is taken. Source: basic/lifecycle and basic/utilities/cancellation
of each revision.
"""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from servers.protocol.batch import read_bounded
from servers.protocol.errors import (
    Overloaded,
    ProtocolError,
    Stopped,
    invalid_params,
    method_not_found,
)
from servers.protocol.handshake import Session
from servers.protocol.jsonrpc import Message, Reply, error_message, readable_id, result_message
from servers.protocol.methods import CANCELLED, INITIALIZED, has_method
from servers.running import was_stopped
from servers.transports.conversation import Era
from servers.transports.faults import crash_message
from servers.transports.host import Admission, Host, Unauthorized
from servers.transports.shared_exchange import Channel, SharedExchange

log = logging.getLogger(__name__)
LARGEST_INLINE = 64 * 1024
"""Bytes of a message that are read without leaving the event loop."""


class SharedConversation:
    """On which server it is, over which channel, and what it is doing."""

    most_open = 1_000
    """Requests that are answered at the same time; as many other messages may be under way."""
    address = ""
    """The client's IP address, empty if there is none."""
    _session: Session | None = None
    _ready = False

    def __init__(self, host: Host, slug: str, out: Channel) -> None:
        self._host, self._slug, self._out = host, slug, out
        self._open: set[SharedExchange] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def full(self) -> bool:
        """Whether as many requests as may be are being answered."""
        return len(self._open) >= self.most_open

    @property
    def overrun(self) -> bool:
        """Whether so much is under way that no message is to be taken, whatever it says."""
        return len(self._tasks) >= 2 * self.most_open

    async def finished(self) -> None:
        """Wait until whatever was begun has ended."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    # --- what comes in ---

    def take_soon(self, message: Message | Reply, token: str | None) -> None:
        """Take a message after those that were taken before, without waiting for it."""
        self._begin(self.take(message, token))

    async def take(self, message: Message | Reply, token: str | None) -> None:
        """Begin what a message asks for; what nobody could do is answered at once.

        `token` is what the host knows the client by, None for nobody in particular.
        """
        try:
            if isinstance(message, Reply):
                self._replied(message)
            elif message.id_json is None:
                self._notified(message)
            else:
                await self._asked(message, message.id_json, token)
        except ProtocolError as error:
            await self._out.send(error_message(message.id_json, error))
        except Exception:  # noqa: BLE001  a door: the next message is taken whatever happened to this one
            await self._out.send(crash_message(message.id_json))

    async def _asked(self, message: Message, id_json: bytes, token: str | None) -> None:
        """Begin to answer a request; it can be cancelled from here on."""
        if self.full:
            raise Overloaded
        era = await self._era(message, token)
        self._begin(self._answer(message, id_json, era, token))
        await asyncio.sleep(0)

    async def _era(self, message: Message, token: str | None) -> Era:
        """Return how a request is to be understood; raises ProtocolError if it cannot be."""
        if message.method == "initialize":
            return await self._initialized(message.params, token)
        session = self._session
        if session is None:
            return self._without_session(message.method)
        self._hear()
        return Era(session.revision, session, None, session.capabilities)

    async def _initialized(self, params: dict[str, Any], token: str | None) -> Era:
        """Begin the session; raises ProtocolError for one too many."""
        raise NotImplementedError

    def _without_session(self, method: str) -> Era:
        """Return how a request is to be understood that comes before initialize."""
        raise NotImplementedError

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

    def _hear(self) -> None:
        """Let the session hear what changes, once its client is ready for it."""
        raise NotImplementedError

    def _replied(self, reply: Reply) -> None:
        """Take an answer to a question of the hub's; without a session it asked none."""
        if self._session is not None:
            self._begin(self._guarded(self._host.answered(self._session, reply)))

    # --- what goes out ---

    async def _admission(self, token: str | None) -> Admission:
        """Return that the client may speak; what it may not speak to does not exist."""
        known = self._host.admitted(self._slug, token)
        try:
            return known or await self._host.admit(self._slug, token)
        except Unauthorized:
            raise self._unknown() from None

    def _unknown(self) -> ProtocolError:
        return invalid_params(f"Unknown server: {self._slug}")

    def _exchange(self, era: Era, params: dict[str, Any], id_json: bytes = b"") -> SharedExchange:
        """Return one request's way back."""
        return SharedExchange(self._host, self._out, era, params, id_json, self.address)

    async def _answer(self, message: Message, id_json: bytes, era: Era, token: str | None) -> None:
        """Answer a request, unless its client cancels it."""
        exchange = self._exchange(era, message.params, id_json)
        self._open.add(exchange)
        try:
            await exchange.finish(*await self._last(message, id_json, exchange, token))
        finally:
            self._open.discard(exchange)

    async def _last(
        self, message: Message, id_json: bytes, exchange: SharedExchange, token: str | None
    ) -> tuple[bytes, ...]:
        """Return the messages that end a request."""
        try:
            if not has_method(exchange.revision, message.method):
                raise method_not_found(message.method, status=200)
            admission = await self._admission(token)
            result = await self._host.answer(admission, message, exchange)
            return self._ending(message, id_json, result_message(id_json, result))
        except ProtocolError as error:
            return (error_message(id_json, error),)
        except Unauthorized:  # its leave was taken back while it came
            return (error_message(id_json, self._unknown()),)
        except Stopped:
            return ()
        except asyncio.CancelledError:
            if not was_stopped(exchange):
                raise
            return ()
        except Exception:  # noqa: BLE001  a door: a fault of the hub's own is answered, and logged
            return (crash_message(id_json),)

    def _ending(self, message: Message, id_json: bytes, answer: bytes) -> tuple[bytes, ...]:
        """Return the messages that end an answered request."""
        return (answer,)

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


async def read_value(body: bytes) -> Any:
    """Return what a body says; a long one is read in a thread, so that others are served meanwhile."""
    if len(body) <= LARGEST_INLINE:
        return read_bounded(body)
    return await asyncio.to_thread(read_bounded, body)
