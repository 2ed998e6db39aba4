"""The client's end of one request whose messages share a channel with those of others, whatever it is."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from servers.protocol.revisions import BY_DATE
from servers.transports.conversation import Era
from servers.transports.exchange import Exchange, reaches
from servers.transports.host import Host
from servers.transports.pending import Item, Load, Pending


class Channel(Protocol):
    """What all messages to a client leave by, each whole, one after the other."""

    @property
    def load(self) -> Load | None:
        """What counts the bytes that wait for the client, None where nobody need."""
        ...

    def send(self, message: bytes, unwanted: Callable[[], bool] = ..., /) -> Awaitable[None]:
        """Send a message, and return when it has left; one that is `unwanted` by then is dropped.

        Returns also when nobody reads any more.
        """
        ...


class SharedExchange(Exchange):
    """One request's way back to its client."""

    served = BY_DATE
    tells_refusals = True
    silenced = False
    """Whether the client wants to hear nothing more of it."""
    _sending: asyncio.Task[None] | None = None
    _level: str | None = None

    def __init__(
        self,
        host: Host,
        out: Channel,
        era: Era,
        params: dict[str, Any],
        id_json: bytes = b"",
        address: str = "",
    ) -> None:
        """Begin; `id_json` is the request's encoded id, empty for what is no request.

        `address` is the client's IP address, empty if there is none.
        """
        super().__init__(era, params)
        self._host, self._out, self.id_json, self._address = host, out, id_json, address
        self._pending = Pending(out.load)

    @property
    def address(self) -> str:
        """The client's IP address, empty if there is none."""
        return self._address

    # --- what is said before the answer ---

    def emit(self, message: bytes, level: str = "") -> None:
        """Queue a message, which gives way to newer ones if the client does not read."""
        self._pending.put_loose(Item(message, level))
        self._wake()

    def emit_once(self, message: bytes, event_id: bytes = b"") -> None:
        """Queue a message that gives way to none, unless the same one waits already."""
        if self._pending.put_once(message):
            self._wake()

    def emit_question(self, message: bytes, id_json: bytes) -> bool:
        """Queue a request of the hub's, which gives way to none; False if too many wait."""
        taken = self._pending.put_question(message, id_json)
        if taken:
            self._wake()
        return taken

    def _wake(self) -> None:
        if self._sending is None or self._sending.done():
            self._sending = self.loop.create_task(self._send_queued())

    async def drained(self) -> None:
        """Wait until everything that was queued has left."""
        while self._sending is not None and not self._sending.done():
            await asyncio.wait({self._sending})

    async def _send_queued(self) -> None:
        while self._pending and not self.silenced:
            item = self._pending.take()
            if not item.level or await self._wants(item.level):
                await self._send(item.message)

    async def _wants(self, level: str) -> bool:
        """Return whether the client wants messages of a level: it said so once, for its session."""
        session = self.era.session
        if self.era.revision.stateless or session is None:
            return True  # a stateless request was asked when the message was made
        if self._level is None:
            self._level = await self._host.log_level(session)
        return reaches(level, self._level)

    async def _send(self, message: bytes) -> None:
        await self._out.send(message, lambda: self.silenced)

    # --- the end ---

    async def finish(self, *messages: bytes) -> None:
        """Send the last messages; from here on there is no work to stop, only silence to be kept."""
        self._task, self.over = None, True
        await self.drained()
        for message in messages:
            await self._send(message)

    def silence(self, reason: str = "client") -> None:
        """Stop the work and say nothing more: the client cancelled the request, or is gone."""
        self.silenced = True
        self._pending.clear()
        self.stop(reason)
