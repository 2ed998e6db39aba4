"""The client's end of one request over stdio: all messages share one channel, a line each."""

import asyncio
from collections import deque
from typing import Any, NamedTuple

from servers.protocol.revisions import BY_DATE
from servers.transports.conversation import Era
from servers.transports.exchange import Exchange, reaches
from servers.transports.host import Host
from servers.transports.lines import LinesOut
from servers.transports.stream import MOST_PENDING


class Saying(NamedTuple):
    """A message that waits to be sent, of a log level if it is one; a firm one gives way to none."""

    message: bytes
    level: str
    firm: bool = False


class StdioExchange(Exchange):
    """One request's way back to its client."""

    served = BY_DATE
    tells_refusals = True
    silenced = False
    """Whether the client wants to hear nothing more of it."""
    _sending: asyncio.Task[None] | None = None
    _level: str | None = None

    def __init__(
        self, host: Host, out: LinesOut, era: Era, params: dict[str, Any], id_json: bytes = b""
    ) -> None:
        """Begin; `id_json` is the request's encoded id, empty for what is no request."""
        super().__init__(era, params)
        self._host, self._out, self.id_json = host, out, id_json
        self._queue: deque[Saying] = deque()

    # --- what is said before the answer ---

    def emit(self, message: bytes, level: str = "") -> None:
        """Queue a message. If the client does not read, old ones go, but not the very first: a
        subscription begins with it."""
        loose = [place for place, saying in enumerate(self._queue) if not saying.firm]
        if len(loose) >= MOST_PENDING:
            del self._queue[loose[1]]
        self._say(Saying(message, level))

    def emit_once(self, message: bytes) -> None:
        """Queue a message, unless the same one waits already."""
        if Saying(message, "") not in self._queue:
            self.emit(message)

    def emit_question(self, message: bytes, id_json: bytes) -> bool:
        """Queue a request of the hub's, which no later message drives out; False for too many."""
        if len(self._queue) >= 2 * MOST_PENDING:
            return False
        self._say(Saying(message, "", True))
        return True

    def _say(self, saying: Saying) -> None:
        self._queue.append(saying)
        if self._sending is None or self._sending.done():
            self._sending = self.loop.create_task(self._send_queued())

    async def drained(self) -> None:
        """Wait until everything that was queued has left."""
        while self._sending is not None and not self._sending.done():
            await asyncio.wait({self._sending})

    async def _send_queued(self) -> None:
        while self._queue and not self.silenced:
            message, level, _firm = self._queue.popleft()
            if not level or await self._wants(level):
                await self._send(message)

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

    def silence(self) -> None:
        """Stop the work and say nothing more: the client cancelled the request."""
        self.silenced = True
        self.stop("client")
