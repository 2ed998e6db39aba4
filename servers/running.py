"""The requests a process is answering: for cancellation, for an orderly stop, and for what ends when the
leave it goes by is taken back.
"""

import asyncio
import json
from collections.abc import Iterable
from typing import Protocol

from accounts.caller import Caller
from accounts.tokens import EVERYBODY
from monitoring import bus

TOPIC = bus.chatter("cancel")
TICK_SECONDS = 0.05
Track = tuple[str, bytes]
"""What a client may cancel a request by: its session, or its connection, and the encoded id."""


class Stoppable(Protocol):
    """A request that can be stopped, and that is told the time now and then."""

    stopped: str
    caller: Caller | None

    def stop(self, reason: str) -> None:
        """Stop the work."""
        ...

    def tick(self, now: float) -> None:
        """Hear what the loop's clock says."""
        ...


def was_stopped(exchange: Stoppable) -> bool:
    """Return whether a cancellation of this task is the exchange's; the task may then go on."""
    task = asyncio.current_task()
    if exchange.stopped and task is not None:
        task.uncancel()
    return bool(exchange.stopped)


class RunningRequests:
    """Requests by session and id; used from one event loop."""

    def __init__(self) -> None:
        self._by_id: dict[Track, Stoppable] = {}
        self._ticking = False
        self.all: set[Stoppable] = set()

    def begin(self, exchange: Stoppable, track: Track | None) -> None:
        """Remember a request; `track` is the session and id the client may cancel it by."""
        self.all.add(exchange)
        if not self._ticking:
            self._tick()
        if track is not None:
            self._by_id[track] = exchange

    def end(self, exchange: Stoppable, track: Track | None) -> None:
        """Forget a request."""
        self.all.discard(exchange)
        if track is not None and self._by_id.get(track) is exchange:
            del self._by_id[track]

    def touched_by(self, keys: Iterable[str]) -> list[Stoppable]:
        """Return the requests of callers whom one of the announced keys is about."""
        told = frozenset(keys)
        known = [one for one in self.all if one.caller is not None and one.caller.keys]
        if EVERYBODY in told:
            return known
        return [one for one in known if one.caller and not told.isdisjoint(one.caller.keys)]

    def _tick(self) -> None:
        """Tell all requests the time, one timer for all: most are answered before it comes."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        for exchange in self.all:
            exchange.tick(now)
        self._ticking = bool(self.all)
        if self._ticking:
            loop.call_later(TICK_SECONDS, self._tick)

    def stop(self, track: Track) -> bool:
        """Stop a request if it runs here."""
        exchange = self._by_id.get(track)
        if exchange is not None:
            exchange.stop("client")
        return exchange is not None


def to_payload(track: Track) -> str:
    """Return the announcement of a cancellation."""
    return json.dumps([track[0], track[1].decode()])


def from_payload(payload: str) -> Track:
    """Return what an announcement says."""
    session, identifier = json.loads(payload)
    return session, identifier.encode()
