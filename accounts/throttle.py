"""Brakes on what anybody may try: so many attempts in a window, then a pause.

Counted in the cache: with Redis for all processes together, without it (or while it is away) by each
process for itself, which lets through as many times more as there are processes.
"""

import contextlib
import hashlib
import unicodedata
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.core.cache.backends.locmem import LocMemCache
from redis.exceptions import RedisError

from monitoring.rollup import source_of

WHOLE_HUB = ""
"""The key of a brake that counts everybody together."""


@dataclass(frozen=True, slots=True)
class Brake:
    """At most `most` attempts of one key in so many seconds."""

    name: str
    most: int
    seconds: int


LOGIN = Brake("login", 10, 300)
LOGIN_ADDRESS = Brake("login-address", 200, 300)
"""Failed tries of one address with whatever names: each costs the hub a slow hash."""
PASSWORD = Brake("password", 10, 300)
"""Tries of the password one has, to change it."""
WINDOW_SECONDS = LOGIN.seconds
REGISTER = Brake("register", 30, 600)
REGISTER_ALL = Brake("register-all", 300, 3600)
DOCUMENTS = Brake("documents", 300, 3600)
DOCUMENTS_OF = Brake("documents-of", 20, 600)
"""Documents that one address has the hub fetch for clients that nobody knew."""

MOST_KEPT = 20_000
"""Counters in one process; with Django's 300 a few hundred other keys would push one's own out."""
_alone = LocMemCache("brakes", {"OPTIONS": {"MAX_ENTRIES": MOST_KEPT}})
"""Counts while Redis is away: nobody is let through uncounted, or kept out for its sake."""


def passes(brake: Brake, key: str) -> bool:
    """Count an attempt before it is made; False once too many were, until the window ends.

    Counted first, and forgiven where success should cost nothing, so that attempts made at once
    cannot slip through.
    """
    try:
        return _count(cache, brake, key) <= brake.most
    except RedisError:
        return _count(_alone, brake, key) <= brake.most


def forget(brake: Brake, key: str) -> None:
    """Forget the attempts of a key."""
    _alone.delete(_name(brake, key))
    with contextlib.suppress(RedisError):
        cache.delete(_name(brake, key))


def take_back(brake: Brake, key: str) -> None:
    """Forget one attempt of a key, which was none after all."""
    for counts in (cache, _alone):
        with contextlib.suppress(RedisError, ValueError):
            counts.decr(_name(brake, key))


def of_address(address: str) -> str:
    """Return the key of an address: of IPv6 the /64, of which one host can use every address."""
    return source_of(address)


def attempt(username: str, address: str) -> bool:
    """Count an attempt to log in; False once too many were."""
    source = of_address(address)
    return passes(LOGIN, _of_login(username, source)) and passes(LOGIN_ADDRESS, source)


def forgive(username: str, address: str) -> None:
    """Forget the attempts of someone who got in; of others from there only this one is none."""
    source = of_address(address)
    forget(LOGIN, _of_login(username, source))
    take_back(LOGIN_ADDRESS, source)


def _count(counts: Any, brake: Brake, key: str) -> int:
    """Count an attempt and return how many there were in this window."""
    name = _name(brake, key)
    counts.add(name, 0, brake.seconds)
    try:
        count = int(counts.incr(name))
    except ValueError:  # the window ended between the two
        counts.set(name, 1, brake.seconds)
        return 1
    if count == 1:  # ended just now, the counter began anew in Redis, without an end
        counts.touch(name, brake.seconds)
    return count


def _of_login(username: str, source: str) -> str:
    """Return the key of a name tried from a source, one for all spellings that Django takes as one."""
    name = unicodedata.normalize("NFKC", username.strip()[:200]).casefold()
    return f"{name}\n{source}"


def _name(brake: Brake, key: str) -> str:
    """Return what a key's attempts are kept under, of fixed size for whatever was typed."""
    return f"{brake.name}:{hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()}"
