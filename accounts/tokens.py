"""Bearer token -> Caller, from memory.

Promises: a token whose row, user, client or team changed is re-read before it is accepted again, on
every process that hears the announcement; where the bus is down, within `DEAF_SECONDS`. A row that
changed while it was being read is not kept. Unknown tokens are remembered too, briefly and few, so
that a flood of guesses reaches no database. Tokens that are asked for while others are being read are
read together: thousands of clients that come back at once cost a few queries. Nothing here holds a token's
text, only its SHA-256.
"""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple

from accounts.caller import Caller

MOST_KNOWN = 50_000
MOST_UNKNOWN = 10_000
HEARING_SECONDS = 60.0
"""How long a row is believed while the bus delivers announcements."""
DEAF_SECONDS = 5.0
"""How long a row is believed without a bus; re-read ahead from half of it on."""
LISTENING_SECONDS = 600.0
"""How long a row is believed, with the bus, of somebody who only listens: there may be thousands."""
UNKNOWN_SECONDS = 5.0
MOST_TOGETHER = 100
"""Tokens that are read at once."""
MOST_READINGS = 2
"""Readings at a time: who comes meanwhile is read with the next."""
EVERYBODY = "all"
"""The key that makes every principal stale."""

Offload = Callable[..., Awaitable[Any]]
Read = Callable[[Collection[str]], Mapping[str, "Principal"]]
"""Reads the principals of some digests, those left out that open nothing."""


class Principal(NamedTuple):
    """A caller as read, and the keys whose announcement makes it stale.

    `first`: the connection is new, and no call of it had got through.
    """

    caller: Caller
    keys: tuple[str, ...]
    first: bool = False


class _Known(NamedTuple):
    principal: Principal
    read_at: float


def digest(token: str | bytes) -> str:
    """Return the name a token is stored under."""
    return hashlib.sha256(token if isinstance(token, bytes) else token.encode()).hexdigest()


class Principals:
    """The process's memory of who its tokens belong to; used from one event loop.

    `generation` counts what was announced: who was let in under an older one is looked at again.
    `fresh` are the remembered tokens whose next call may be the first to get through; whoever sees it
    get through takes them out.
    """

    def __init__(
        self,
        read: Read,
        offload: Offload,
        hears: Callable[[], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read, self._offload, self._hears, self._clock = read, offload, hears, clock
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._unknown: OrderedDict[str, float] = OrderedDict()
        self._by_key: dict[str, set[str]] = {}
        self._reading: dict[str, asyncio.Future[Principal | None]] = {}
        self._waiting: list[str] = []
        self._readings: set[asyncio.Task[Mapping[str, Principal]]] = set()
        self.generation = 0
        self.fresh: set[str] = set()

    def remembered(self, name: str) -> Caller | None:
        """Return the caller of a token digest if memory still vouches for it, without waiting."""
        known = self._known.get(name)
        if known is None:
            return None
        age = self._clock() - known.read_at
        limit = HEARING_SECONDS if self._hears() else DEAF_SECONDS
        if age > limit:
            return None
        if age > limit / 2:
            self._start_reading(name)
        return known.principal.caller

    async def find(self, name: str) -> Caller | None:
        """Return the caller of a token digest, read if memory does not have it; None if unknown."""
        caller = self.remembered(name)
        if caller is not None:
            return caller
        if self._clock() - self._unknown.get(name, float("-inf")) < UNKNOWN_SECONDS:
            return None
        principal = await asyncio.shield(self._start_reading(name))
        return principal.caller if principal else None

    async def find_all(self, names: Iterable[str]) -> dict[str, Caller | None]:
        """Return the callers of digests that somebody listens by, None for those unknown.

        With the bus a row is believed for LISTENING_SECONDS; without it each look reads it again.
        """
        seconds = LISTENING_SECONDS if self._hears() else DEAF_SECONDS / 2
        oldest = self._clock() - seconds
        known = {name: self._known.get(name) for name in names}
        reading = {
            name: self._start_reading(name)
            for name, row in known.items()
            if row is None or row.read_at < oldest
        }
        found: dict[str, Caller | None] = {
            name: row.principal.caller if row is not None else None for name, row in known.items()
        }
        for name, future in reading.items():
            principal = await asyncio.shield(future)
            found[name] = principal.caller if principal else None
        return found

    def forget(self, keys: Iterable[str]) -> None:
        """Drop what the announced keys made stale: accounts/services/announcing.py says which there are."""
        keys = frozenset(keys)
        if EVERYBODY in keys:
            return self.forget_all()
        self.generation += 1
        if any(key.startswith("client:") for key in keys):
            self._unknown.clear()  # one that is let in again has tokens that nobody remembers
        for key in keys:
            name = key.removeprefix("token:")
            self._unknown.pop(name, None)
            for stale in (*self._by_key.get(key, ()), name):
                self._drop(stale)

    def forget_all(self) -> None:
        """Drop everything: some announcements may have been missed."""
        self.generation += 1
        self._known.clear()
        self._unknown.clear()
        self._by_key.clear()
        self.fresh.clear()

    def _start_reading(self, name: str) -> "asyncio.Future[Principal | None]":
        """Return what a row will be read as; one future for all who wait for it."""
        future = self._reading.get(name)
        if future is None:
            future = self._reading[name] = asyncio.get_running_loop().create_future()
            self._waiting.append(name)
            self._read_next()
        return future

    def _read_next(self) -> None:
        """Begin to read those who wait, together, unless enough are being read."""
        if not self._waiting or len(self._readings) >= MOST_READINGS:
            return
        names, self._waiting = self._waiting[:MOST_TOGETHER], self._waiting[MOST_TOGETHER:]
        task = asyncio.get_running_loop().create_task(self._read_rows(names))
        self._readings.add(task)
        task.add_done_callback(partial(self._finish_reading, names))

    def _finish_reading(self, names: Iterable[str], task: "asyncio.Task[Any]") -> None:
        """Tell those who wait what was read, or the error, and go on with the next."""
        self._readings.discard(task)
        for name in names:
            future = self._reading.pop(name)
            if task.cancelled():
                future.cancel()
            elif (error := task.exception()) is not None:
                future.set_exception(error)
                future.exception()  # it belongs to those who wait, if anybody does
            else:
                future.set_result(task.result().get(name))
        if not task.cancelled():
            self._read_next()

    async def _read_rows(self, names: Collection[str]) -> Mapping[str, Principal]:
        """Read rows, again if an announcement came meanwhile, and keep what they said."""
        for _attempt in range(3):
            generation, started = self.generation, self._clock()
            found: Mapping[str, Principal] = await self._offload(self._read, names)
            if generation == self.generation:
                for name in names:
                    self._keep(name, found.get(name), started)
                break
        return found

    def _keep(self, name: str, principal: Principal | None, read_at: float) -> None:
        """Remember what a row said, within the bounds."""
        self._drop(name)
        if principal is None:
            self._unknown[name] = read_at
            if len(self._unknown) > MOST_UNKNOWN:
                self._unknown.popitem(last=False)
            return
        self._unknown.pop(name, None)
        self._known[name] = _Known(principal, read_at)
        if principal.first:
            self.fresh.add(name)
        for key in principal.keys:
            self._by_key.setdefault(key, set()).add(name)
        if len(self._known) > MOST_KNOWN:
            self._drop(next(iter(self._known)))

    def _drop(self, name: str) -> None:
        """Forget one token, in the index of keys too."""
        known = self._known.pop(name, None)
        self.fresh.discard(name)
        if known is None:
            return
        for key in known.principal.keys:
            names = self._by_key.get(key)
            if names is not None:
                names.discard(name)
                if not names:
                    del self._by_key[key]
