"""Small HTTP answers that carry no MCP result: refusals, challenges, acknowledgements."""

import json
from collections.abc import Iterable, Mapping

from accounts.oauth.cross_origin import PREFLIGHT, READABLE
from accounts.scopes import least
from accounts.words import words_of
from servers.protocol.errors import InsufficientScope, ProtocolError
from servers.protocol.jsonrpc import error_message
from servers.transports.guards import Send
from servers.transports.host import Unauthorized

Headers = Iterable[tuple[bytes, bytes]]
JSON = (b"content-type", b"application/json")
NO_STORE = (b"cache-control", b"no-store")
LONGEST_AGENT = 120

CORS_METHODS = b"GET, POST, DELETE, OPTIONS"
CORS_HEADERS = (
    b"authorization, content-type, accept, last-event-id, mcp-protocol-version, mcp-session-id, "
    b"mcp-method, mcp-name, traceparent, tracestate, baggage"
)


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


ANYONE = _encoded(READABLE)
"""What lets any page read an answer that no credential is needed for."""
ANYONE_ASKS = _encoded(PREFLIGHT)


async def respond(send: Send, status: int, headers: Headers, body: bytes = b"") -> None:
    """Send a whole answer."""
    complete = [*headers, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": complete})
    await send({"type": "http.response.body", "body": body})


async def respond_error(
    send: Send, error: ProtocolError, id_json: bytes | None, headers: Headers
) -> None:
    """Send a JSON-RPC error with its HTTP status."""
    await respond(send, error.status, (JSON, *headers), error_message(id_json, error))


def cors(origin: bytes | None) -> list[tuple[bytes, bytes]]:
    """Return what lets a page of this origin read the answer; nothing for no origin."""
    if origin is None:
        return []
    return [
        (b"access-control-allow-origin", origin),
        (b"access-control-expose-headers", b"Mcp-Session-Id, WWW-Authenticate, Retry-After"),
        (b"vary", b"Origin"),
    ]


def preflight(headers: dict[bytes, bytes]) -> list[tuple[bytes, bytes]]:
    """Return what a page may send, its own Mcp-Param-* headers included (Fetch, CORS preflight)."""
    asked = headers.get(b"access-control-request-headers", b"")[:2048].lower()
    params = [
        name
        for part in asked.split(b",")
        if (name := part.strip()).startswith(b"mcp-param-") and name.replace(b"-", b"").isalnum()
    ]
    return [
        (b"access-control-allow-methods", CORS_METHODS),
        (b"access-control-allow-headers", b", ".join([CORS_HEADERS, *params])),
        (b"access-control-max-age", b"600"),
    ]


def challenge(refusal: Unauthorized, metadata: str) -> tuple[bytes, bytes]:
    """Return the WWW-Authenticate header of a 401 (RFC 9728 section 5.1, RFC 6750 section 3)."""
    value = f'Bearer resource_metadata="{metadata}", scope="{" ".join(refusal.scopes)}"'
    if refusal.error:
        value += f', error="{refusal.error}", error_description="{refusal.description}"'
    return b"www-authenticate", value.encode()


def scope_challenge(refusal: InsufficientScope, metadata: str) -> tuple[bytes, bytes]:
    """Return the WWW-Authenticate header of a 403 (RFC 6750 section 3.1).

    Its scope is all that a client should ask for now: what it needs together with what it has.
    """
    scope = " ".join(least({*refusal.held, *refusal.lacking}))
    words = "; ".join(f"{each.scope} ({each.detail})" for each in words_of(refusal.lacking))
    value = (
        f'Bearer error="insufficient_scope", scope="{scope}", resource_metadata="{metadata}", '
        f'error_description="The token lacks {words}."'
    )
    return b"www-authenticate", value.encode()


def oauth_error(error: str, description: str) -> bytes:
    """Return an error as OAuth clients print it."""
    return json.dumps({"error": error, "error_description": description}).encode()


def agent(fields: Mapping[bytes, bytes]) -> str:
    """Return what a client calls itself in its User-Agent, the beginning of it."""
    return fields.get(b"user-agent", b"")[:LONGEST_AGENT].decode("latin-1")
