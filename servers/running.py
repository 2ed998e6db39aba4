"""The requests a process is answering: for cancellation, for an orderly stop, and for what ends when the
leave it goes by is taken back.
"""

import asyncio
import json
from collections.abc import Iterable, Mapping
from typing import Protocol

from accounts.caller import Caller
from accounts.tokens import EVERYBODY
from monitoring import bus

TOPIC = bus.chatter("cancel")
TICK_SECONDS = 0.05
"""How exactly a request is told the time."""
ROUND_SECONDS = 1.0
"""How often it is looked whose moment comes next: there may be thousands, which have few a minute."""
Track = tuple[str, bytes]
"""What a client may cancel a request by: its session, or its connection, and the encoded id."""


class Stoppable(Protocol):
    """A request that can be stopped, and that is told the time now and then."""

    stopped: str
    caller: Caller | None

    def stop(self, reason: str, words: str = "") -> None:
        """Stop the work."""
        ...

    def tick(self, now: float) -> float:
        """Hear what the loop's clock says; return by when it has to be told again."""
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
        self._soon: dict[Stoppable, float] = {}
        self._later: dict[Stoppable, float] = {}
        """By when each has to be told the time: those to come before the next round, and the others."""
        self._round_at = 0.0
        self.all: set[Stoppable] = set()

    def begin(self, exchange: Stoppable, track: Track | None) -> None:
        """Remember a request; `track` is the session and id the client may cancel it by."""
        self.all.add(exchange)
        self._soon[exchange] = 0.0
        if not self._ticking:
            self._ticking = True
            asyncio.get_running_loop().call_later(TICK_SECONDS, self._tick)
        if track is not None:
            self._by_id[track] = exchange

    def end(self, exchange: Stoppable, track: Track | None) -> None:
        """Forget a request."""
        self.all.discard(exchange)
        self._soon.pop(exchange, None)
        self._later.pop(exchange, None)
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
        """Tell requests the time, one timer for all: most are answered before it comes."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        if now >= self._round_at:
            self._round_at = now + ROUND_SECONDS
            for exchange in _due(self._later, self._round_at):
                self._soon[exchange] = self._later.pop(exchange)
        for exchange in _due(self._soon, now):
            self._soon[exchange] = due = exchange.tick(now)
            if due > self._round_at:
                self._later[exchange] = self._soon.pop(exchange)
        self._ticking = bool(self.all)
        if self._ticking:
            loop.call_later(TICK_SECONDS, self._tick)

    def stop(self, track: Track) -> bool:
        """Stop a request if it runs here."""
        exchange = self._by_id.get(track)
        if exchange is not None:
            exchange.stop("client")
        return exchange is not None


def _due(moments: Mapping[Stoppable, float], now: float) -> list[Stoppable]:
    """Return the requests whose moment has come."""
    return [exchange for exchange, moment in moments.items() if moment <= now]


def to_payload(track: Track) -> str:
    """Return the announcement of a cancellation."""
    return json.dumps([track[0], track[1].decode()])


def from_payload(payload: str) -> Track:
    """Return what an announcement says."""
    session, identifier = json.loads(payload)
    return session, identifier.encode()
