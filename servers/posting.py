"""Messages for streams of HTTP+SSE: whichever process takes one, the process with the stream gets it.

The rows are the truth; announcements only say that there is something new, so a process also looks for
itself, with the lease that it renews. Once a lease has run out its process is gone, and the streams it
had with it. Where one process is all there is, none of this is kept.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable

from django.db import DatabaseError

from monitoring import bus
from servers.kept import posts
from servers.offload import Offload
from servers.protocol.errors import RateLimited, stream_gone
from servers.protocol.handshake import LIFETIME

log = logging.getLogger(__name__)
TOPIC = bus.chatter("posted")
"""Topic: a message waits for the stream of a session."""
LEASE_SECONDS, RENEW_SECONDS = 15.0, 4.0
"""How long a process has its streams without saying so again, and how soon it does."""
FULL_SECONDS = 1.0
Take = Callable[[str, str | None], Awaitable[None]]
"""Takes a message: its body, and the digest of the token it came with."""


class Stream:
    """A stream of this process: what takes its messages, and until when it may last."""

    looking, again = False, False

    def __init__(self, take: Take) -> None:
        self.take, self.until = take, time.monotonic() + LIFETIME


class Posting:
    """The streams of this process, for messages that others take; used from one event loop.

    `shared` tells whether there are others.
    """

    def __init__(self, offload: Offload, shared: Callable[[], bool]) -> None:
        self._offload, self._shared = offload, shared
        self._name = secrets.token_hex(8)
        self._open: dict[str, Stream] = {}
        self._ending: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        """How many streams there are."""
        return len(self._open)

    async def open(self, session: str, take: Take) -> None:
        """Let every process know of a stream, before its client does; raises DatabaseError."""
        if self._shared():
            await self._offload(posts.begin, self._name, session, LEASE_SECONDS, LIFETIME)
        self._open[session] = Stream(take)

    async def close(self, session: str) -> None:
        """Let every process know that a stream is gone."""
        self._open.pop(session, None)
        self._ending.add(session)
        try:
            if self._shared():
                await self._offload(posts.end, session)
        finally:
            self._ending.discard(session)

    async def leave(self, session: str, body: bytes, token: str | None) -> None:
        """Have a message taken by the process with its stream; raises ProtocolError if there is none."""
        said = posts.GONE
        if self._shared() and session not in self._ending:
            said = await self._offload(posts.leave, session, body, token)
        if said == posts.GONE:
            raise stream_gone()
        if said == posts.FULL:
            raise RateLimited(FULL_SECONDS, "Too many messages wait for this stream.")
        await self._offload(bus.publish, TOPIC, session)

    def heard(self, session: str) -> None:
        """Look for messages that were announced."""
        stream = self._open.get(session)
        if stream is None:
            return
        stream.again = True
        if not stream.looking:
            stream.looking = True
            task = asyncio.get_running_loop().create_task(self._look(session, stream))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def renew(self) -> None:
        """Say that this process is there, and look for messages that were announced unheard."""
        if not self._open or not self._shared():
            return
        now = time.monotonic()
        left = {session: max(0.0, each.until - now) for session, each in self._open.items()}
        try:
            await self._offload(posts.renew, self._name, LEASE_SECONDS, left)
            for session in await self._offload(posts.waited_for, self._name):
                self.heard(session)
        except DatabaseError as error:
            log.warning("the streams of this process could not be renewed: %s", error)

    async def _look(self, session: str, stream: Stream) -> None:
        """Hand over what waits for a stream, in order."""
        try:
            while stream.again and session in self._open:
                stream.again = False
                found = await self._offload(posts.take, session)
                stream.again = stream.again or len(found) == posts.A_READ
                for posted in found:
                    await stream.take(*posted)
        except DatabaseError as error:
            log.warning("the messages for a stream could not be read: %s", error)
        finally:
            stream.looking = False
