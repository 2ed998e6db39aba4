"""The initialize-based revisions: the handshake's request, and the session it leaves.

Sessions are self-contained: the id carries what the server must know, signed, so that any process
serves any request. Source: <revision>/basic/lifecycle and basic/transports (Session Management).
"""

import base64
import binascii
import hashlib
import hmac
import struct
import uuid
from collections.abc import Mapping
from typing import Any, NamedTuple

from servers.protocol.abilities import capability_bits
from servers.protocol.errors import invalid_params
from servers.protocol.revisions import HANDSHAKE, REVISIONS, Revision, negotiated

LIFETIME = 24 * 3600
"""Seconds a session id is accepted for."""
LONGEST_SESSION_ID = 512
_LAYOUT = struct.Struct(">BBIH16s16s16s8s")
_VERSION = 1
_MAC_BYTES = 16
_NOBODY = uuid.UUID(int=0)


class Opening(NamedTuple):
    """What a client asked for in initialize."""

    revision: Revision
    capabilities: int
    client: str


class Session(NamedTuple):
    """What a session id says."""

    nonce: str
    revision: Revision
    issued_at: int
    capabilities: int
    server: uuid.UUID
    user: uuid.UUID
    client: bytes

    @property
    def owner(self) -> str:
        """Name the user whose session it is, empty for one that nobody vouches for."""
        return "" if self.user == _NOBODY else str(self.user)

    def belongs_to(self, server: uuid.UUID, user: uuid.UUID | None, client: str) -> bool:
        """Return whether this is a session of that user with that client on that server."""
        return (
            self.server == server
            and self.user == (user or _NOBODY)
            and self.client == _client_digest(client)
        )


def read_initialize(
    params: Mapping[str, Any], served: Mapping[str, Revision] = HANDSHAKE
) -> Opening:
    """Return the checked parameters of initialize; `served` is what the transport can speak."""
    if not isinstance(params.get("protocolVersion"), str):
        raise invalid_params("protocolVersion is not a string.")
    capabilities, info = params.get("capabilities"), params.get("clientInfo")
    if not isinstance(capabilities, dict) or not isinstance(info, dict):
        raise invalid_params("capabilities and clientInfo must be objects.")
    name = info.get("name")
    client = name[:80] if isinstance(name, str) else ""
    revision = negotiated(params["protocolVersion"], served)
    return Opening(revision, capability_bits(capabilities), client)


def make_session_id(
    opening: Opening,
    *,
    server: uuid.UUID,
    user: uuid.UUID | None,
    client: str,
    nonce: bytes,
    now: float,
    key: bytes,
) -> str:
    """Return a signed session id of visible ASCII; `nonce` is 16 random bytes, `now` epoch seconds."""
    payload = _LAYOUT.pack(
        _VERSION,
        opening.revision.number,
        int(now),
        opening.capabilities,
        nonce,
        server.bytes,
        (user or _NOBODY).bytes,
        _client_digest(client),
    )
    return f"{_key_id(key)}.{_text(payload)}.{_text(_mac(key, payload))}"


def read_session_id(text: str, *, now: float, keys: list[bytes]) -> Session | None:
    """Return what a session id says, or None if it is not ours, was altered or is too old."""
    parts = text.split(".") if len(text) <= LONGEST_SESSION_ID else []
    if len(parts) != 3:
        return None
    key = next((key for key in keys if _key_id(key) == parts[0]), None)
    payload, mac = _bytes(parts[1]), _bytes(parts[2])
    if key is None or len(payload) != _LAYOUT.size:
        return None
    if not hmac.compare_digest(mac, _mac(key, payload)):
        return None
    version, number, issued, bits, nonce, server, user, client = _LAYOUT.unpack(payload)
    current = version == _VERSION and REVISIONS[number].date in HANDSHAKE
    if not current or now - issued > LIFETIME:
        return None
    return Session(
        nonce.hex(),
        REVISIONS[number],
        issued,
        bits,
        uuid.UUID(bytes=server),
        uuid.UUID(bytes=user),
        client,
    )


def _client_digest(client: str) -> bytes:
    """Return a short name for an OAuth client."""
    return hashlib.sha256(client.encode()).digest()[:8]


def _mac(key: bytes, payload: bytes) -> bytes:
    """Return the signature, cut to 128 bits."""
    return hmac.digest(key, payload, "sha256")[:_MAC_BYTES]


def _key_id(key: bytes) -> str:
    """Return a short name for a key, so that it can be rotated."""
    return hashlib.sha256(b"key id" + key).hexdigest()[:8]


def _text(value: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    """Return the bytes of base64url without padding; what is none gives nothing."""
    try:
        return base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (binascii.Error, UnicodeEncodeError):
        return b""
