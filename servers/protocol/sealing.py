"""What a call must remember between two rounds, sealed so that only the hub can read and write it.

The client carries it (`requestState`), so it is AES-256-GCM: what it belongs to (the caller, server,
method, arguments and definition) is bound to it as associated data, and a state that is shown anywhere
else does not open. Source: 2026-07-28 basic/patterns/mrtr, Server Requirements.
"""

import base64
import hashlib
from collections.abc import Iterable, Sequence

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from servers.protocol.jsonrpc import encode

LONGEST_STATE = 256 * 1024
"""Characters of a requestState that is looked at."""
NONCE_BYTES = 12
_KEY_ID_BYTES = 4
_VERSION = b"\x01"


class State(msgspec.Struct, array_like=True, frozen=True):
    """A call between two rounds.

    `asked` holds the questions of the last round by key, each with its digest; `answers` those that
    were answered in earlier ones, with theirs. `expires` is epoch seconds. `kept` names
    answers that are too long to carry.
    """

    call: str
    round: int
    expires: int
    asked: dict[str, str]
    answers: dict[str, tuple[str, object]]
    kept: str = ""


# Clients may send an object's names in another order the next time: it is the same object.
_encode_ordered = msgspec.json.Encoder(order="deterministic").encode
_decode = msgspec.json.Decoder(State).decode


def write_state(state: State) -> bytes:
    """Return a state as bytes."""
    return encode(state)


def read_state(body: bytes) -> State | None:
    """Return the state that bytes are, or None."""
    try:
        return _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def belonging(parts: Iterable[object]) -> bytes:
    """Return a digest of what a state belongs to."""
    return hashlib.sha256(_encode_ordered([*parts])).digest()


def seal(body: bytes, *, bound_to: bytes, nonce: bytes, key: bytes) -> str:
    """Return bytes as a sealed text; `nonce` is NONCE_BYTES random bytes, `key` 32 secret ones."""
    sealed = AESGCM(key).encrypt(nonce, body, bound_to)
    return _text(_VERSION + _key_id(key) + nonce + sealed)


def unseal(
    text: str, *, bound_to: bytes, keys: Sequence[bytes], longest: int = LONGEST_STATE
) -> bytes | None:
    """Return what was sealed, or None if it is not ours, was altered or belongs elsewhere."""
    whole = _bytes(text) if len(text) <= longest else b""
    start = 1 + _KEY_ID_BYTES
    key = next((key for key in keys if _key_id(key) == whole[1:start]), None)
    if whole[:1] != _VERSION or key is None or len(whole) < start + NONCE_BYTES:
        return None
    nonce, sealed = whole[start : start + NONCE_BYTES], whole[start + NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, sealed, bound_to)
    except InvalidTag:
        return None


def _key_id(key: bytes) -> bytes:
    """Return a short name for a key, so that it can be rotated."""
    return hashlib.sha256(b"state key" + key).digest()[:_KEY_ID_BYTES]


def _text(whole: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(whole).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    """Return the bytes of a text that `_text` made; any other, however near, gives nothing."""
    try:
        whole = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except ValueError:  # also a base64 error, and a text that is not ASCII
        return b""
    return whole if _text(whole) == text else b""
