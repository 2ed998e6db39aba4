"""Telling every process that what it holds about a principal is no longer true."""

from functools import partial

from django.db import transaction

from monitoring import bus

TOPIC = "principals"
POLICY = "client-policy"
KEYS_AT_ONCE = 100  # of at most 71 characters: the bus takes 7,900 bytes


def announce_principals(*keys: str) -> None:
    """Publish the keys once the transaction is committed; nothing is told of one rolled back.

    A key is `token:<sha256 hex>`, `user:<pk>`, `client:<pk>` or `team:<pk>`.
    """
    for start in range(0, len(keys), KEYS_AT_ONCE):
        payload = " ".join(keys[start : start + KEYS_AT_ONCE])
        transaction.on_commit(partial(bus.publish, TOPIC, payload))


def announce_policy() -> None:
    """Tell, once the transaction is committed, that how clients become known has changed."""
    transaction.on_commit(partial(bus.publish, POLICY, ""))
