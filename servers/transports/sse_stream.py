"""One client of HTTP+SSE: its stream, and the conversation over it.

Promises: the revision is 2024-11-05 whatever initialize asks for; nothing but answers comes before the
client is ready; the stream ends when its client may hear no more, after what runs has been answered,
and with it what runs when the client leaves. Source: 2024-11-05 basic/transports (HTTP with SSE).
"""

import asyncio
import random
from typing import Any

from servers.protocol.errors import ProtocolError, Stopped, invalid_request
from servers.protocol.handshake import LIFETIME, Session, read_initialize
from servers.protocol.jsonrpc import read_message
from servers.protocol.revisions import OVER_SSE
from servers.running import was_stopped
from servers.transports.conversation import Conversation, Era
from servers.transports.event_channel import EventChannel
from servers.transports.http_exchange import CUT, KEEP_ALIVE_SECONDS
from servers.transports.responses import agent
from servers.transports.shared_conversation import SharedConversation, read_value
from servers.transports.shared_exchange import SharedExchange


class Hearing(SharedExchange):
    """What holds a stream: as long as its client may hear, it is told what changes once it is ready."""

    ready = False

    def tell(self, method: str, params: dict[str, Any], event_id: bytes = b"") -> None:
        """Send a notification to a client that is ready for it."""
        if self.ready:
            super().tell(method, params, event_id)


class SseStream(SharedConversation):
    """A stream that is open, and whose messages come by POST."""

    most_open = 200
    _out: EventChannel
    _is_initialized = False

    def __init__(self, talk: Conversation, session: Session) -> None:
        """Begin, in the task that holds the stream."""
        super().__init__(talk.host, talk.slug, EventChannel(talk.send, talk.extra, self._cut))
        self._talk, self._session, self.address = talk, session, talk.address
        self._gone = asyncio.Event()
        era = Era(session.revision, session)
        self._hearing = Hearing(self._host, self._out, era, {}, b"", self.address)
        self._hearing.session_until = session.issued_at + LIFETIME

    # --- the stream ---

    async def hold(self, address: str) -> None:
        """Hold the stream until its client leaves or may hear no more; `address` takes its messages."""
        self._watching = asyncio.get_running_loop().create_task(self._watch())
        try:
            await self._out.open(address)
            await self._host.listen(self._talk.admission, self._hearing)
        except (Stopped, ProtocolError):
            return
        except asyncio.CancelledError:
            if not was_stopped(self._hearing):
                raise

    async def finish(self) -> None:
        """Answer what still runs, and end the stream; at once if its client is gone."""
        try:
            await self._answered()
            await self._out.end()
        finally:
            self._watching.cancel()
            self._out.closed()

    async def _answered(self) -> None:
        """Wait until all is said, or nobody is there any more."""
        loop = asyncio.get_running_loop()
        ends = [loop.create_task(each) for each in (self._hearing.finish(), self._gone.wait())]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        ends.append(loop.create_task(self.finished()))
        await asyncio.wait(ends[1:], return_when=asyncio.FIRST_COMPLETED)
        for task in ends:
            task.cancel()

    async def _watch(self) -> None:
        """Keep the stream alive until its client leaves."""
        while True:
            try:
                async with asyncio.timeout(KEEP_ALIVE_SECONDS * random.uniform(0.8, 1.0)):
                    message = await self._talk.receive()
            except TimeoutError:
                await self._out.keep_alive()
            else:
                if message["type"] == "http.disconnect":
                    return self._left()

    def _cut(self) -> None:
        """Cut off a client that does not read."""
        if self._gone.is_set():
            return
        self._left()
        cut = self._talk.scope.get(CUT)
        if cut is not None:
            cut()

    def _left(self) -> None:
        """Take note that the client is gone: nobody can be answered any more."""
        self._out.broken = True
        self._gone.set()
        for exchange in tuple(self._open):
            exchange.silence("left")
        self._hearing.stop("client")

    def _exchange(self, era: Era, params: dict[str, Any], id_json: bytes = b"") -> SharedExchange:
        """Return one request's way back; of one that was taken too late nothing is done."""
        exchange = super()._exchange(era, params, id_json)
        if self._gone.is_set():
            exchange.silence("left")
        return exchange

    # --- what comes in ---

    async def posted(self, body: str, token: str | None) -> None:
        """Take a message that another process took, and judged; those after it wait in their rows."""
        while self.overrun:
            await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        await self.take(read_message(await read_value(body.encode())), token)

    async def _initialized(self, params: dict[str, Any], token: str | None) -> Era:
        """Take what the client can do."""
        if self._is_initialized:
            raise invalid_request("This stream has a session already; open another one.")
        opening = read_initialize(params, OVER_SSE)
        assert self._session is not None  # since the stream was opened
        self._is_initialized = True
        self._session = self._session._replace(capabilities=opening.capabilities)
        self._host.spoke_sse(
            self._talk.admission, self.address, agent(self._talk.head.fields), opening.client
        )
        return Era(opening.revision)

    def _hear(self) -> None:
        """Tell the client what changes from now on, if it is ready.

        One that asks and never said initialize has come back to a stream that broke, and is.
        """
        self._hearing.ready = self._ready or not self._is_initialized
