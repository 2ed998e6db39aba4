"""Streams that clients come back for: events are kept while a client is away, and sent on by any process.

The rows are the truth; announcements only say that there is something new, or that a client has come
back and the connections it had may end. A process renews the lease of its streams whose clients are
away; once that has run out, the process is gone, and whoever waits for the rest is told so.
"""

import asyncio
import contextlib
import json
import logging
import secrets
import time
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from typing import NamedTuple

from django.db import DatabaseError

from monitoring import bus
from servers.kept import events
from servers.kept.events import Kept
from servers.offload import Offload, within
from servers.protocol.errors import INTERNAL_ERROR, ProtocolError, no_such_stream, restarting
from servers.protocol.handshake import Session
from servers.protocol.jsonrpc import error_message

log = logging.getLogger(__name__)
KEPT, BACK = bus.chatter("kept"), bus.chatter("back")
"""Topics: events of a stream were kept; the client of a stream is back."""
EVENT_SECONDS = 600.0
"""How long events wait."""
LOOK_SECONDS, SELDOM_SECONDS = 1.0, 5.0
"""How often a stream is looked for, and how often one that was found is looked at besides."""
MOST_MISSES = 3
"""Looks after which a stream that nobody knows is taken for none."""
LEASE_SECONDS, RENEW_SECONDS = 30.0, 5.0
LINGER_SECONDS = 60.0
"""How long a stream that ended is remembered, in case its end did not reach its client."""
MOST_LINGERING, MOST_LINGERING_BYTES = 1_000, 16 * 1024 * 1024
LOST = "The process that worked on this is gone; what it began may have happened, or may still."
Key = tuple[str, str]
"""Session and name of a stream."""


class Lingering(NamedTuple):
    """A stream that ended: how to have it kept after all, how large it is, since when."""

    leave: Callable[[], None]
    size: int
    since: float


class Waiting:
    """A client that has come back for a stream, since when and where; the newest one gets the rest."""

    def __init__(self, turn: tuple[float, str]) -> None:
        self.turn, self.bell, self.over = turn, asyncio.Event(), False

    def end(self) -> None:
        """Let it go: the client is elsewhere, or must go there."""
        self.over = True
        self.bell.set()


class Streams:
    """The streams of this process that can be resumed, and those that are waited for here."""

    def __init__(self, offload: Offload) -> None:
        self._offload = offload
        self._name = secrets.token_hex(8)
        self._open: dict[Key, Callable[[], None]] = {}
        self._away: set[Key] = set()
        self._lingering: OrderedDict[Key, Lingering] = OrderedDict()
        self._lingering_bytes = 0
        self._waiting: dict[Key, Waiting] = {}
        self._closing = False

    def __len__(self) -> int:
        """How many there are, the ended ones aside."""
        return len(self._open) + len(self._waiting)

    # --- streams of this process ---

    def begin(self, session: str, name: str, leave: Callable[[], None]) -> None:
        """Remember a stream; `leave` ends its connection."""
        self._open[session, name] = leave

    def end(self, session: str, name: str, missable: int) -> None:
        """Forget a stream, a while later if its client may have missed some bytes of it."""
        key = session, name
        leave = self._open.pop(key, None)
        self._away.discard(key)
        if missable and leave is not None:
            self._lingering[key] = Lingering(leave, missable, time.monotonic())
            self._lingering_bytes += missable
        while self._lingers_too_much():
            self._forget_oldest()

    def _lingers_too_much(self) -> bool:
        if not self._lingering:
            return False
        oldest = next(iter(self._lingering.values()))
        return (
            len(self._lingering) > MOST_LINGERING
            or self._lingering_bytes > MOST_LINGERING_BYTES
            or time.monotonic() - oldest.since > LINGER_SECONDS
        )

    def _forget_oldest(self) -> None:
        _key, oldest = self._lingering.popitem(last=False)
        self._lingering_bytes -= oldest.size

    async def keep(self, session: Session, stream: str, found: Sequence[Kept]) -> bool:
        """Keep events, and say so; return whether they are kept."""
        key = session.nonce, stream
        if key in self._open:
            self._away.add(key)
        try:
            await self._offload(events.keep, *key, list(found), EVENT_SECONDS, LEASE_SECONDS)
        except DatabaseError as error:
            log.warning("events of a stream could not be kept: %s", error)
            return False
        await self._offload(bus.publish, KEPT, json.dumps(key))
        return True

    async def renew(self) -> None:
        """Say that the streams whose clients are away are still worked on."""
        if not self._away:
            return
        try:
            await self._offload(events.renew, sorted(self._away), LEASE_SECONDS)
        except DatabaseError as error:
            log.warning("streams could not be renewed: %s", error)

    # --- clients that are back ---

    def end_all(self) -> None:
        """Let all who wait go elsewhere, and those who come: the process stops."""
        self._closing = True
        for waiting in self._waiting.values():
            waiting.end()

    def kept(self, payload: str) -> None:
        """Wake whoever waits for a stream's events."""
        waiting = self._waiting.get(_key(json.loads(payload)))
        if waiting is not None:
            waiting.bell.set()

    def client_is_back(self, payload: str) -> None:
        """Let go of the connections that a client had: it has come back, here or elsewhere."""
        *named, at, process = json.loads(payload)
        key = _key(named)
        leave = self._open.get(key)
        if leave is None and key in self._lingering:
            ended = self._lingering.pop(key)
            self._lingering_bytes -= ended.size
            leave = ended.leave
        if leave is not None:
            leave()
        waiting = self._waiting.get(key)
        if waiting is not None and waiting.turn < (at, process):
            waiting.end()

    async def replay(
        self, session: Session, stream: str, position: int
    ) -> AsyncGenerator[Sequence[Kept], None]:
        """Yield a session's events of a stream after a place, as they come, to its last one.

        The first, if only none yet, come when the stream is found; raises ProtocolError for one that
        is not there.
        """
        key, known, misses = (session.nonce, stream), False, 0
        with self._waits(key) as waiting:
            await self._offload(bus.publish, BACK, json.dumps([*key, *waiting.turn]))
            while not waiting.over and misses < MOST_MISSES:
                waiting.bell.clear()
                found = await self._offload(events.kept_after, *key, position)
                if found is not None:
                    known, misses = True, 0
                    if found.is_lost:
                        found = await self._offload(self._bury, key, found)
                    yield found.events
                    position = found.events[-1].position if found.events else position
                    if found.is_over:
                        return
                    if found.events:
                        continue
                misses += found is None
                await within(waiting.bell, LOOK_SECONDS if found is None else SELDOM_SECONDS)
        if self._closing and not known:
            raise restarting()
        if misses == MOST_MISSES and not known:
            raise no_such_stream()

    @contextlib.contextmanager
    def _waits(self, key: Key) -> Iterator[Waiting]:
        """Let a client wait for a stream, instead of any that did before."""
        waiting = Waiting((time.time(), self._name))
        before = self._waiting.get(key)
        if before is not None:
            before.end()
        self._waiting[key] = waiting
        if self._closing:
            waiting.end()
        try:
            yield waiting
        finally:
            if self._waiting.get(key) is waiting:
                del self._waiting[key]

    def _bury(self, key: Key, found: events.Found) -> events.Found:
        """Give a stream that nobody works on any more its end; off the loop."""
        error = error_message(found.request_id, ProtocolError(INTERNAL_ERROR, LOST))
        last = Kept(found.newest + 1, error.decode(), True)
        events.keep(*key, [last], EVENT_SECONDS, LEASE_SECONDS)
        return found._replace(events=[last], is_over=True, is_lost=False)


def _key(named: Sequence[str]) -> Key:
    """Return what an announcement names."""
    session, stream = named
    return session, stream
