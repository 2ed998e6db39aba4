"""The 2026-07-28 request: is it one, and do headers, `_meta` and body say the same?

Source: 2026-07-28 basic/index (`_meta`), basic/versioning, basic/transports/streamable-http
(Server Validation). The checks run in a fixed order; each failure is one ProtocolError.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from servers.protocol.errors import (
    UNSUPPORTED_VERSION,
    ProtocolError,
    header_mismatch,
    invalid_params,
    method_not_found,
)
from servers.protocol.headers import Headers, decoded, header_text
from servers.protocol.jsonrpc import Message
from servers.protocol.methods import NAMED_BY, has_method
from servers.protocol.revisions import (
    HANDSHAKE,
    OVER_HTTP,
    REVISIONS,
    V2026_07_28,
    Revision,
)

PROTOCOL_VERSION = "io.modelcontextprotocol/protocolVersion"
CLIENT_CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"
CLIENT_INFO = "io.modelcontextprotocol/clientInfo"
LOG_LEVEL = "io.modelcontextprotocol/logLevel"
LEVELS = ("debug", "info", "notice", "warning", "error", "critical", "alert", "emergency")
"""Levels of log messages, the least one first (server/utilities/logging)."""
SUBSCRIPTION_ID = "io.modelcontextprotocol/subscriptionId"
SERVER_INFO = "io.modelcontextprotocol/serverInfo"

_STATELESS_DATES = frozenset(r.date for r in REVISIONS if r.stateless)
_OF_ITSELF = frozenset({PROTOCOL_VERSION, CLIENT_CAPABILITIES, CLIENT_INFO})
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
    """Return what the headers say; it depends on nothing else.

    `Mcp-Method` alone makes no stateless request: bridges send it with an older one too.
    """
    version = header_text(headers, b"mcp-protocol-version")
    foreign = b"mcp-protocol-version" in headers and version not in HANDSHAKE
    name, fault = header_text(headers, b"mcp-name"), _MISSING.format("Mcp-Name")
    if name is not None:
        name, fault = decoded(name), "Mcp-Name is not valid base64 of UTF-8."
    return Claims(foreign, version, header_text(headers, b"mcp-method"), name, fault)


def is_stateless(claims: Claims, params: Mapping[str, Any]) -> bool:
    """Return whether a request is of the stateless era; its method's name never decides."""
    if claims.stateless:
        return True
    meta = params.get("_meta")
    return isinstance(meta, dict) and PROTOCOL_VERSION in meta


def speaks_for_itself(params: Mapping[str, Any]) -> bool:
    """Return whether a request without headers is of the stateless era: its `_meta` has some of its keys."""
    meta = params.get("_meta")
    return isinstance(meta, dict) and not _OF_ITSELF.isdisjoint(meta)


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
    return _envelope(meta, method, OVER_HTTP)


def open_bare_envelope(message: Message, served: Mapping[str, Revision]) -> Envelope:
    """Check a request of a transport without headers (2026-07-28 basic/transports/stdio)."""
    return _envelope(_checked_meta(message.params), message.method, served)


def _envelope(meta: dict[str, Any], method: str, served: Mapping[str, Revision]) -> Envelope:
    """Return what the client said, if its revision and the method are served."""
    if meta[PROTOCOL_VERSION] not in _STATELESS_DATES:
        raise _unsupported(meta[PROTOCOL_VERSION], served)
    if not has_method(V2026_07_28, method):
        raise method_not_found(method, status=404)
    if LOG_LEVEL in meta and meta[LOG_LEVEL] not in LEVELS:
        raise invalid_params(f"{LOG_LEVEL} is none of {', '.join(LEVELS)}.")
    return Envelope(meta[CLIENT_CAPABILITIES], meta.get(LOG_LEVEL))


def newest_first(served: Mapping[str, Revision]) -> list[str]:
    """Return the dates of revisions as a server lists them."""
    return sorted(served, reverse=True)


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


def _unsupported(version: str, served: Mapping[str, Revision]) -> ProtocolError:
    """Return the error that names what is served instead."""
    return ProtocolError(
        UNSUPPORTED_VERSION,
        "Unsupported protocol version",
        data={"supported": newest_first(served), "requested": version},
    )
