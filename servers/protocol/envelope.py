"""The 2026-07-28 request: is it one, and do headers, `_meta` and body say the same?

Source: 2026-07-28 basic/index (`_meta`), basic/versioning, basic/transports/streamable-http
(Server Validation). The checks run in a fixed order; each failure is one ProtocolError.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from servers.protocol.errors import (
    UNSUPPORTED_VERSION,
    ProtocolError,
    header_mismatch,
    invalid_params,
    method_not_found,
)
from servers.protocol.jsonrpc import Message
from servers.protocol.methods import NAMED_BY, has_method
from servers.protocol.revisions import HANDSHAKE_DATES, REVISIONS, V2026_07_28

PROTOCOL_VERSION = "io.modelcontextprotocol/protocolVersion"
CLIENT_CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"
LOG_LEVEL = "io.modelcontextprotocol/logLevel"
SERVER_INFO = "io.modelcontextprotocol/serverInfo"

LONGEST_HEADER = 8192
Headers = Mapping[bytes, bytes]
_STATELESS_DATES = frozenset(r.date for r in REVISIONS if r.stateless)
_SUPPORTED = [revision.date for revision in reversed(REVISIONS)]
_SENTINEL = re.compile(r"=\?base64\?([A-Za-z0-9+/]*={0,2})\?=\Z")
_UNSAFE = re.compile(rb"[^\x20-\x7e\t]")
_MISSING = "The header {} is missing or malformed."


class Claims(NamedTuple):
    """What a request's headers say of its era; None where one is missing or malformed.

    `stateless` tells whether the headers alone make it a 2026-07-28 request; `name` is decoded, and
    `name_fault` says what is wrong where it is None.
    """

    stateless: bool
    version: str | None
    method: str | None
    name: str | None
    name_fault: str


class Envelope(NamedTuple):
    """What the client said about itself in this request."""

    capabilities: dict[str, Any]
    log_level: str | None


def read_claims(headers: Headers) -> Claims:
    """Return what the headers say; it depends on nothing else."""
    version = _header(headers, b"mcp-protocol-version")
    foreign = b"mcp-protocol-version" in headers and version not in HANDSHAKE_DATES
    name, fault = _header(headers, b"mcp-name"), _MISSING.format("Mcp-Name")
    if name is not None:
        name, fault = _decoded_name(name), "Mcp-Name is not valid base64 of UTF-8."
    stateless = foreign or b"mcp-method" in headers
    return Claims(stateless, version, _header(headers, b"mcp-method"), name, fault)


def is_stateless(claims: Claims, params: Mapping[str, Any]) -> bool:
    """Return whether a request is of the stateless era; its method's name never decides."""
    if claims.stateless:
        return True
    meta = params.get("_meta")
    return isinstance(meta, dict) and PROTOCOL_VERSION in meta


def open_envelope(claims: Claims, message: Message) -> Envelope:
    """Check a request and return what the client said of itself; raises ProtocolError."""
    _stateless, version, named_method, name, name_fault = claims
    method, params = message.method, message.params
    named = NAMED_BY.get(method)
    if version is None:
        raise header_mismatch(_MISSING.format("MCP-Protocol-Version"))
    if named_method is None:
        raise header_mismatch(_MISSING.format("Mcp-Method"))
    if named and name is None:
        raise header_mismatch(name_fault)
    meta = _checked_meta(params)
    if version != meta[PROTOCOL_VERSION]:
        raise header_mismatch("MCP-Protocol-Version is not what _meta says.")
    if named_method != method:
        raise header_mismatch("Mcp-Method is not the method of the body.")
    if named and name != params.get(named):
        raise header_mismatch(f"Mcp-Name is not the {named} of the body.")
    if version not in _STATELESS_DATES:
        raise _unsupported(version)
    if not has_method(V2026_07_28, method):
        raise method_not_found(method, status=404)
    return Envelope(meta[CLIENT_CAPABILITIES], meta.get(LOG_LEVEL))


def _header(headers: Headers, name: bytes) -> str | None:
    """Return a header's value of visible ASCII without surrounding blanks, or None."""
    value = headers.get(name)
    if value is None or len(value) > LONGEST_HEADER:
        return None
    value = value.strip(b" \t")
    return None if not value or _UNSAFE.search(value) else value.decode("ascii")


def _checked_meta(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return `_meta` with its required keys."""
    meta = params.get("_meta")
    if not isinstance(meta, dict):
        raise invalid_params("params._meta is missing.", status=400)
    if not isinstance(meta.get(PROTOCOL_VERSION), str):
        raise invalid_params(f"params._meta lacks {PROTOCOL_VERSION}.", status=400)
    if not isinstance(meta.get(CLIENT_CAPABILITIES), dict):
        raise invalid_params(f"params._meta lacks {CLIENT_CAPABILITIES}.", status=400)
    return meta


def _decoded_name(value: str) -> str | None:
    """Return a name header decoded from its base64 form, if it has that form (SEP-2243)."""
    if not value.startswith("=?base64?"):
        return value
    match = _SENTINEL.match(value)
    try:
        return base64.b64decode(match[1], validate=True).decode() if match else None
    except (binascii.Error, ValueError):
        return None


def _unsupported(version: str) -> ProtocolError:
    """Return the error that names what is served instead."""
    return ProtocolError(
        UNSUPPORTED_VERSION,
        "Unsupported protocol version",
        data={"supported": _SUPPORTED, "requested": version},
    )
