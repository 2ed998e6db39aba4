"""How many calls a caller may make on a server: token buckets, in this process's memory.

Promises: `take` waits for nothing and asks nobody; memory is bounded; a limit that is changed holds
for the buckets in use. Several processes let through about what one would: each tells the others
what it let through (`spent`, `heard`), and until they hear, for about a second, each goes by what it
knows itself. Used from one event loop.
"""

import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv6Address

from accounts.caller import Caller
from monitoring import bus
from monitoring.addresses import ip_of
from servers.published import PublishedServer

TOPIC = bus.chatter("limits")
SHARE_SECONDS = 1.0
"""How often a process tells the others what it let through."""
MOST_BUCKETS = 50_000
"""Callers remembered; the one that was quiet for longest is forgotten, and begins afresh."""
A_PAYLOAD = 200
"""Callers in one announcement: 37 bytes each at most, where the bus takes 7,900 in all."""
CRUMB = 1e-6
"""Of a call: what a sum of fractions may be off without anybody being refused for it."""

Key = tuple[str, int | None, str, str]
"""The server, then the caller: a user with a client, or an address."""


class Bucket:
    """What one caller owes on one server: `debt` calls as of `at`, paid off as time goes by."""

    __slots__ = ("at", "debt", "fresh", "key", "name", "per_minute")

    def __init__(self, name: str, at: float) -> None:
        self.name, self.at, self.debt = name, at, 0.0
        self.key: Key | None = None
        self.fresh, self.per_minute = 0, 0

    def pay(self, now: float, per_second: float) -> float:
        """Take off what has been paid since the last time, and return what is still owed."""
        debt = self.debt - (now - self.at) * per_second
        self.at = now
        self.debt = debt if debt > 0.0 else 0.0
        return self.debt


class Limits:
    """All buckets of a process; `clock` gives seconds that never go back."""

    def __init__(self, clock: Callable[[], float], *, shared: bool) -> None:
        self._clock, self._shared = clock, shared
        self._me = secrets.token_hex(4)
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()
        self._by_key: dict[Key, Bucket] = {}
        self._spending: list[Bucket] = []

    def take(self, server: PublishedServer, caller: Caller, address: str) -> float:
        """Let a call through and return 0.0, or return for how many seconds to wait.

        `address` is the IP address of a caller who is nobody in particular, else empty.
        """
        limit = server.limit
        if limit is None:
            return 0.0
        key = limit.server, caller.user, caller.client, address and network(address)
        bucket = self._by_key.get(key) or self._introduce(key)
        self._buckets.move_to_end(bucket.name)
        over = bucket.pay(self._clock(), limit.per_second) + 1.0 - limit.burst
        if over > CRUMB:
            return over / limit.per_second
        bucket.debt += 1.0
        if self._shared:
            if not bucket.fresh:
                self._spending.append(bucket)
            bucket.fresh += 1
            bucket.per_minute = limit.per_minute
        return 0.0

    def spent(self) -> list[str]:
        """Return what was let through since the last time, as announcements; none for nothing."""
        spending, self._spending = self._spending, []
        told = [f"{each.name}:{each.fresh}:{each.per_minute}" for each in spending]
        for each in spending:
            each.fresh = 0
        starts = range(0, len(told), A_PAYLOAD)
        return [" ".join([self._me, *told[start : start + A_PAYLOAD]]) for start in starts]

    def heard(self, payload: str) -> None:
        """Take what another process let through from the buckets here; its own are left alone."""
        sender, *told = payload.split(" ")
        if sender == self._me:
            return
        now = self._clock()
        for each in told:
            name, count, per_minute = each.split(":")
            bucket = self._buckets.get(name) or self._open(name)
            self._buckets.move_to_end(name)
            bucket.pay(now, int(per_minute) / 60)
            bucket.debt += int(count)

    def _introduce(self, key: Key) -> Bucket:
        """Return the bucket of a caller who is new here, which others may have told of."""
        name = hashlib.blake2b(repr(key).encode(), digest_size=8).hexdigest()
        bucket = self._buckets.get(name) or self._open(name)
        bucket.key = key
        self._by_key[key] = bucket
        return bucket

    def _open(self, name: str) -> Bucket:
        """Return a new bucket, in the place of one that was quiet if there are too many."""
        bucket = self._buckets[name] = Bucket(name, self._clock())
        if len(self._buckets) > MOST_BUCKETS:
            _, quiet = self._buckets.popitem(last=False)
            if quiet.key is not None:
                del self._by_key[quiet.key]
        return bucket


@lru_cache(maxsize=10_000)
def network(address: str) -> str:
    """Return what stands for an anonymous caller: an IPv4 address, of an IPv6 one the /64.

    A household has a whole /64 and could take a new address for every call.
    """
    found = ip_of(address)
    if isinstance(found, IPv6Address):
        return found.packed[:8].hex()
    return str(found or address[:64])
