"""The arguments of a job in its row: sealed, since a row lies longer than a call lasts."""

import hashlib
import json
import secrets
from typing import Any

from django.conf import settings

from servers.protocol.jsonrpc import encode
from servers.protocol.sealing import NONCE_BYTES, seal, unseal

LONGEST = 16 * 1024 * 1024


class Unreadable(Exception):
    """Arguments were sealed with a key that this hub no longer has."""


def closed(arguments: dict[str, Any], bound_to: str) -> str:
    """Return arguments sealed for one job."""
    return seal(
        encode(arguments),
        bound_to=bound_to.encode(),
        nonce=secrets.token_bytes(NONCE_BYTES),
        key=_keys()[0],
    )


def opened(text: str, bound_to: str) -> dict[str, Any]:
    """Return the arguments of a job; raises Unreadable."""
    body = unseal(text, bound_to=bound_to.encode(), keys=_keys(), longest=LONGEST)
    if body is None:
        raise Unreadable("The job's arguments were sealed with a key that is gone.")
    arguments: dict[str, Any] = json.loads(body)
    return arguments


def _keys() -> list[bytes]:
    known = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return [hashlib.sha256(b"job arguments" + key.encode()).digest() for key in known]
