"""One stream of events that all messages to a client leave by, each whole, one after the other.

Promises: what waits for a client that does not read is bounded in bytes, and nothing waits for ever:
such a client is cut off. Source: 2024-11-05 basic/transports (HTTP with SSE).
"""

import asyncio
from collections.abc import Callable, Sequence

from monitoring import metrics
from servers.transports.conversation import Header
from servers.transports.guards import Send
from servers.transports.pending import Load
from servers.transports.sse import KEEP_ALIVE, frame, message_endpoint
from servers.transports.stream import HEADERS

MOST_WAITING_BYTES = 32 * 1024 * 1024
"""Bytes that may wait for one client; one that reads slower than that has lost its place."""
STUCK_SECONDS = 60.0
"""How long a single message may take to leave."""


class EventChannel:
    """The stream; `cut` ends its connection, whatever waits there."""

    broken = False
    """Whether nothing more can be sent."""
    _counted = False

    def __init__(self, send: Send, headers: Sequence[Header], cut: Callable[[], object]) -> None:
        self._send, self._headers, self._cut = send, headers, cut
        self._turn = asyncio.Lock()
        self.load = Load(MOST_WAITING_BYTES, cut)

    async def open(self, address: str) -> None:
        """Begin the stream, and say where its client's messages go."""
        self._counted = True
        metrics.streams_open.inc()
        headers = [*HEADERS, *self._headers]
        await self._send({"type": "http.response.start", "status": 200, "headers": headers})
        async with self._turn:
            await self._body(message_endpoint(address))

    async def send(self, message: bytes, unwanted: Callable[[], bool] = bool) -> None:
        """Send a message, and return when it has left; one that is `unwanted` by then is dropped."""
        self.load.add(len(message))
        try:
            async with self._turn:
                if not self.broken and not unwanted():
                    await self._body(frame(message))
        finally:
            self.load.add(-len(message))

    async def keep_alive(self) -> None:
        """Send a comment, so that nobody on the way takes the stream for dead."""
        if not self._turn.locked():
            async with self._turn:
                await self._body(KEEP_ALIVE)

    async def end(self) -> None:
        """End the stream, after what was to be sent."""
        if self.broken:
            return
        async with self._turn:
            await self._body(b"", more=False)

    def closed(self) -> None:
        """Take the stream out of the count of open ones: it is over."""
        self.broken = True
        if self._counted:
            self._counted = False
            metrics.streams_open.dec()

    async def _body(self, body: bytes, *, more: bool = True) -> None:
        if self.broken:
            return
        try:
            async with asyncio.timeout(STUCK_SECONDS):
                await self._send({"type": "http.response.body", "body": body, "more_body": more})
        except TimeoutError:
            self._cut()
