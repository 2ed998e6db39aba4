"""A brake on guessing passwords: so many attempts for a name from an address, then a pause.

Each purpose (log-in, a new password) counts for itself.
"""

import hashlib

from django.core.cache import cache

ATTEMPTS = 10
WINDOW_SECONDS = 300


def attempt(username: str, address: str, *, purpose: str = "login") -> bool:
    """Count an attempt before it is made; False once too many were, until the window ends.

    Counted first and forgiven on success, so that attempts made at once cannot slip through.
    """
    key = _key(purpose, username, address)
    cache.add(key, 0, WINDOW_SECONDS)
    try:
        return cache.incr(key) <= ATTEMPTS
    except ValueError:  # the window ended between the two
        cache.set(key, 1, WINDOW_SECONDS)
        return True


def forgive(username: str, address: str, *, purpose: str = "login") -> None:
    """Forget the attempts of someone who got in."""
    cache.delete(_key(purpose, username, address))


def _key(purpose: str, username: str, address: str) -> str:
    """Return a key of fixed size for whatever was typed."""
    typed = f"{username.strip().casefold()[:200]}\n{address}"
    return f"{purpose}:{hashlib.sha256(typed.encode('utf-8', 'replace')).hexdigest()}"
