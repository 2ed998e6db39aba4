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
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Iterator, Sequence
from typing import Any, NamedTuple

from django.db import DatabaseError

from monitoring import bus
from monitoring.rollup import source_of
from servers.kept import events
from servers.kept.events import Kept
from servers.offload import Offload, within
from servers.protocol.batch import unanswered
from servers.protocol.errors import (
    INTERNAL_ERROR,
    ProtocolError,
    no_such_stream,
    restarting,
    stream_is_over,
)
from servers.protocol.handshake import Session
from servers.protocol.jsonrpc import error_message
from servers.shares import AN_EVENT, Bounds, Key, Shares

log = logging.getLogger(__name__)
KEPT, BACK = bus.chatter("kept"), bus.chatter("back")
"""Topics: events of a stream were kept; the client of a stream is back."""
EVENT_SECONDS = 600.0
"""How long events wait."""
LOOK_SECONDS, SELDOM_SECONDS, RARELY_SECONDS = 1.0, 5.0, 15.0
"""How often a stream is looked for, and how often one that was found is looked at besides: the last while
this process hears the others, who say what is new."""
MOST_MISSES = 3
"""Looks after which a stream that nobody knows is taken for none."""
LEASE_SECONDS, RENEW_SECONDS = 30.0, 5.0
KEPT_BOUNDS = Bounds(2_000, 256 * 1024**2, 100, 32 * 1024**2, EVENT_SECONDS)
"""What a process keeps in rows for clients that are away: of all, and of one user or address."""
ENDED_BOUNDS = Bounds(1_000, 32 * 1024**2, 100, 8 * 1024**2, 60.0)
"""What it remembers of streams that ended, in case their end did not reach their clients."""
LOST = "The process that worked on this is gone; what it began may have happened, or may still."
Work = Callable[[], Coroutine[Any, Any, bytes]]
"""Waits for the answer of a request whose process is gone, and returns it."""
Find = Callable[[], Awaitable[Work | None]]
"""Returns that work, None where nobody does any."""


class Opened(NamedTuple):
    """A stream of this process: whose it is, and how to end its connection."""

    owner: str
    leave: Callable[[], None]


class Waiting:
    """A client that has come back for a stream, since when and where; the newest one gets the rest.

    `leave` ends its connection, which may take nothing any more.
    """

    def __init__(self, turn: tuple[float, str], leave: Callable[[], None]) -> None:
        self.turn, self.bell, self.over = turn, asyncio.Event(), False
        self._leave = leave

    def end(self) -> None:
        """Let it go: the client is elsewhere, or must go there."""
        self.over = True
        self.bell.set()
        self._leave()


class Streams:
    """The streams of this process that can be resumed, and those that are waited for here."""

    def __init__(self, offload: Offload) -> None:
        self._offload = offload
        self._name = secrets.token_hex(8)
        self._open: dict[Key, Opened] = {}
        self._away: set[Key] = set()
        self._unkept: set[Key] = set()
        """Those of which something could not be kept, as the database was away."""
        self._ended: dict[Key, Opened] = {}
        self._kept_shares, self._ended_shares = Shares(KEPT_BOUNDS), Shares(ENDED_BOUNDS)
        self._waiting: dict[Key, Waiting] = {}
        self._closing = False

    def __len__(self) -> int:
        """How many there are, the ended ones aside."""
        return len(self._open) + len(self._waiting)

    # --- streams of this process ---

    def begin(self, session: Session, address: str, name: str, leave: Callable[[], None]) -> None:
        """Remember a stream for a client at an address; `leave` ends its connection."""
        self._open[session.nonce, name] = Opened(_owner(session, address), leave)

    def end(self, session: str, name: str, missable: int) -> None:
        """Forget a stream, a while later if its client may have missed some bytes of it."""
        key = session, name
        opened = self._open.pop(key, None)
        if missable and opened is not None:
            self._ended[key] = opened
            for gone in self._ended_shares.add(key, opened.owner, missable):
                del self._ended[gone]
        if key not in self._unkept:
            self._away.discard(key)

    async def keep(
        self, session: Session, address: str, stream: str, found: Sequence[Kept]
    ) -> bool:
        """Keep events, and say so, forgetting others beyond what may be kept; tell whether that worked."""
        key = session.nonce, stream
        if key in self._open:
            self._away.add(key)
        owner, size = _owner(session, address), sum(AN_EVENT + len(event.body) for event in found)
        gone = self._kept_shares.add(key, owner, size)
        try:
            await self._offload(events.keep, *key, list(found), EVENT_SECONDS, LEASE_SECONDS, gone)
        except DatabaseError as error:
            log.warning("events of a stream could not be kept: %s", error)
            self._kept_shares.less(key, size)
            self._unkept.add(key)
            self._away.add(key)
            return False
        self._unkept.discard(key)
        if key not in self._open:
            self._forget(key)
        await self._offload(bus.publish, KEPT, json.dumps(key))
        return True

    async def renew(self) -> None:
        """Say that the streams whose clients are away are still worked on; keep what could not be kept."""
        if not self._away:
            return
        try:
            await self._offload(events.renew, sorted(self._away), LEASE_SECONDS)
        except DatabaseError as error:
            log.warning("streams could not be renewed: %s", error)
            return
        for key in tuple(self._unkept):  # the database is back
            opened = self._known(key)
            if opened is None:
                self._forget(key)
            else:
                opened.leave()

    def _known(self, key: Key) -> Opened | None:
        """Return a stream of this process, one that ended lately too."""
        return self._open.get(key) or self._ended.get(key)

    def _forget(self, key: Key) -> None:
        """Remember no more of a stream that ended: it is kept, or can be kept no more."""
        self._away.discard(key)
        self._unkept.discard(key)
        if self._ended.pop(key, None) is not None:
            self._ended_shares.drop(key)

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

    def look(self) -> None:
        """Have all who wait look: what was announced lately is unknown."""
        for waiting in self._waiting.values():
            waiting.bell.set()

    def client_is_back(self, payload: str) -> None:
        """Let go of the connections that a client had: it has come back, here or elsewhere."""
        *named, at, process = json.loads(payload)
        key = _key(named)
        opened = self._known(key)
        if opened is not None:
            opened.leave()
        waiting = self._waiting.get(key)
        if waiting is not None and waiting.turn < (at, process):
            waiting.end()

    async def replay(
        self, key: Key, position: int, leave: Callable[[], None], find: Find
    ) -> AsyncGenerator[Sequence[Kept], None]:
        """Yield the events of a stream after a place, as they come, to its last one.

        `leave` ends the connection they are for, if the client comes back elsewhere; `find` is asked for
        what may still answer a request whose process is gone. The first events, if only none yet, come
        when the stream is found; raises ProtocolError for one that is not there, or of which nothing is
        left to send.
        """
        known, lost, misses = False, False, 0
        with self._waits(key, leave) as waiting:
            await self._offload(bus.publish, BACK, json.dumps([*key, *waiting.turn]))
            while not waiting.over and misses < MOST_MISSES:
                waiting.bell.clear()
                found = await self._offload(events.kept_after, *key, position)
                misses = misses + 1 if found is None else 0
                is_nobodys = lost and found is not None and found.is_lost
                if (is_nobodys or misses == MOST_MISSES) and (work := await find()) is not None:
                    known, lost, misses = True, False, 0
                    yield ()
                    answer = await _unless_rung(waiting, work)
                    if answer is not None:
                        yield await self._offload(self._close, key, position, answer)
                        return
                    continue
                if found is not None:
                    if found.is_over and not found.events and not known:
                        raise stream_is_over()
                    known = True
                    if found.is_lost and lost:
                        found = await self._offload(self._bury, key, found)
                    lost = found.is_lost
                    yield found.events
                    position = found.events[-1].position if found.events else position
                    if found.is_over:
                        return
                    if found.events:
                        continue
                await within(waiting.bell, _pause(found))
        if self._closing and not known:
            raise restarting()
        if misses == MOST_MISSES and not known:
            raise no_such_stream()

    @contextlib.contextmanager
    def _waits(self, key: Key, leave: Callable[[], None]) -> Iterator[Waiting]:
        """Let a client wait for a stream, instead of any that did before."""
        waiting = Waiting((time.time(), self._name), leave)
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

    def _close(self, key: Key, position: int, answer: bytes) -> Sequence[Kept]:
        """Give a stream whose process is gone the answer of its request; off the loop."""
        last = [Kept(position + 1, answer.decode(), True)]
        events.keep(*key, last, EVENT_SECONDS, LEASE_SECONDS)
        return last

    def _bury(self, key: Key, found: events.Found) -> events.Found:
        """Give a stream that nobody works on any more its end; off the loop."""
        error = ProtocolError(INTERNAL_ERROR, LOST)
        ids = unanswered(found.request_id, events.bodies(*key))
        said = [error_message(id_json, error).decode() for id_json in ids] or [""]
        last = [Kept(found.newest + n, body, n == len(said)) for n, body in enumerate(said, 1)]
        events.keep(*key, last, EVENT_SECONDS, LEASE_SECONDS)
        return found._replace(events=last, is_over=True, is_lost=False)


async def _unless_rung(waiting: Waiting, work: Work) -> bytes | None:
    """Return what work gives, None if there is news of its stream, or its client goes, before that."""
    doing, bell = asyncio.ensure_future(work()), asyncio.ensure_future(waiting.bell.wait())
    try:
        await asyncio.wait({doing, bell}, return_when=asyncio.FIRST_COMPLETED)
        return doing.result() if doing.done() else None
    finally:
        doing.cancel()
        bell.cancel()
        await asyncio.gather(doing, bell, return_exceptions=True)


def _pause(found: events.Found | None) -> float:
    """Return how long to wait before a stream is looked at again that was found so."""
    if found is None:
        return LOOK_SECONDS
    if found.is_lost:  # whoever works on it may not have been able to say so, and has by then
        return RENEW_SECONDS + LOOK_SECONDS
    return RARELY_SECONDS if bus.alive() else SELDOM_SECONDS


def _owner(session: Session, address: str) -> str:
    """Return whose streams those of a session count as: its user's, or those of an address."""
    return session.owner or source_of(address)


def _key(named: Sequence[str]) -> Key:
    """Return what an announcement names."""
    session, stream = named
    return session, stream
