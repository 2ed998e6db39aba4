"""The HMAC chain: each event's MAC covers the one before it.

The key is derived from SECRET_KEY and never stored beside the rows, so whoever can write the
database cannot forge a chain. A key's id tells which SECRET_KEY made it, for after a rotation.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from django.conf import settings

from .row import Row, canonical

_PURPOSE = b"mcphub audit chain, version 1"
_PADS = tuple(bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))


@dataclass(frozen=True, slots=True)
class Key:
    """A signing key and the public name it is known by."""

    id: str
    secret: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """The newest event of one chain; seq 0 and no MAC before the first."""

    chain: str
    seq: int = 0
    mac: str = ""


class Linked(NamedTuple):
    """A row with its place in a chain, ready to be stored."""

    chain: str
    seq: int
    row: Row
    key_id: str
    mac: str


@lru_cache(maxsize=16)
def _derive(secret: str | bytes) -> Key:
    raw = secret.encode() if isinstance(secret, str) else secret
    key = hmac.digest(raw, _PURPOSE, "sha256")
    return Key(hashlib.sha256(key).hexdigest()[:16], key)


def signing_key() -> Key:
    """Derive the key that signs now."""
    return _derive(settings.SECRET_KEY)


def known_keys() -> dict[str, bytes]:
    """Give every key that may have signed, by id: the present one and the fallbacks."""
    keys = map(_derive, (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))
    return {key.id: key.secret for key in keys}


def new_chain() -> Head:
    """Begin a chain; one a process, so that processes need not wait for each other."""
    return Head(secrets.token_hex(16))


def sign(secret: bytes, previous: str, message: str) -> str:
    """Compute the MAC of a message that follows `previous`."""
    return _signer(secret)(f"{previous}\0{message}")


@lru_cache(maxsize=16)
def _signer(secret: bytes) -> Callable[[str], str]:
    """Return HMAC-SHA-256 (RFC 2104) with this key, as hex digits.

    The key's two blocks are hashed once and copied after that: half the cost of `hmac.digest`.
    """
    inner, outer = (hashlib.sha256(secret.ljust(64, b"\0").translate(pad)) for pad in _PADS)

    def mac(text: str) -> str:
        within, around = inner.copy(), outer.copy()
        within.update(text.encode("utf-8", "surrogatepass"))
        around.update(within.digest())
        return around.hexdigest()

    return mac


def link(head: Head, rows: Iterable[Row], key: Key) -> list[Linked]:
    """Give rows their places after `head`."""
    linked = []
    signer = _signer(key.secret)
    chain, seq, mac = head.chain, head.seq, head.mac
    for row in rows:
        seq += 1
        mac = signer(f"{mac}\0{canonical(chain, seq, row, key.id)}")
        linked.append(Linked(chain, seq, row, key.id, mac))
    return linked
