"""Telling every process that what it holds about a principal is no longer true."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial

from django.db import transaction

from accounts.tokens import EVERYBODY
from monitoring import bus

__all__ = [
    "EVERYBODY",
    "POLICY",
    "TOPIC",
    "announce_policy",
    "announce_principals",
    "announced_as",
]

TOPIC = "principals"
POLICY = "client-policy"
KEYS_AT_ONCE = 100  # of at most 71 characters: the bus takes 7,900 bytes
_covered: ContextVar[bool] = ContextVar("covered", default=False)


def announce_principals(*keys: str) -> None:
    """Publish the keys once the transaction is committed; nothing is told of one rolled back.

    A key is `token:<sha256 hex>`, `family:<pk>`, `user:<pk>`, `client:<pk>`, `team:<pk>`,
    `server:<public id>`, or EVERYBODY.
    """
    if _covered.get():
        return
    for start in range(0, len(keys), KEYS_AT_ONCE):
        payload = " ".join(keys[start : start + KEYS_AT_ONCE])
        transaction.on_commit(partial(bus.publish, TOPIC, payload))


def announce_policy() -> None:
    """Tell, once the transaction is committed, that how clients become known has changed."""
    transaction.on_commit(partial(bus.publish, POLICY, ""))


@contextmanager
def announced_as(*keys: str) -> Iterator[None]:
    """Publish these keys instead of whatever is announced within, all of which they must cover.

    Ten thousand tokens of a client that end together are one message, not ten thousand.
    """
    outer = _covered.set(True)
    try:
        yield
    finally:
        _covered.reset(outer)
    announce_principals(*keys)
