"""JSON-RPC errors, and the one map from code to HTTP status.

ProtocolError
├── InsufficientScope   the token lacks a scope: 403 with a challenge
├── RateLimited         too many calls, nothing was run: 429 and when to come again
└── Overloaded          nothing was run, the client may try again: 503
Stopped                 the client wants no answer any more

Sources: JSON-RPC 2.0 section 5.1; 2026-07-28 basic/index (error codes), basic/versioning.
"""

import math
from collections.abc import Iterable
from typing import Any

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
RESOURCE_NOT_FOUND = -32002
HEADER_MISMATCH = -32020
MISSING_CAPABILITY = -32021
UNSUPPORTED_VERSION = -32022
RATE_LIMITED = 429
"""The hub's own code, outside the range that JSON-RPC keeps: no revision has one for it."""

# Codes that say the whole request is wrong are told by HTTP too; a wrong name inside a well-formed
# request is not, so that dual-era clients do not take it for a sign of the other era.
STATUS: dict[int, int] = {
    PARSE_ERROR: 400,
    INVALID_REQUEST: 400,
    HEADER_MISMATCH: 400,
    MISSING_CAPABILITY: 400,
    UNSUPPORTED_VERSION: 400,
}


class ProtocolError(Exception):
    """A request that is wrong: a JSON-RPC error with the HTTP status that carries it."""

    def __init__(
        self, code: int, message: str, *, data: Any = None, status: int | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data
        self.status = STATUS.get(code, 200) if status is None else status


class InsufficientScope(ProtocolError):
    """The caller has access, but its token not the scopes (RFC 6750 section 3.1).

    `lacking` is what the operation needs besides `held`, which the token has: a client that steps
    up asks for both, or it would lose what it had.
    """

    def __init__(self, *lacking: str, held: Iterable[str] = ()) -> None:
        self.lacking, self.held = lacking, frozenset(held)
        named = f"scope{'s' if len(lacking) > 1 else ''} {', '.join(lacking)}"
        super().__init__(INVALID_REQUEST, f"This needs the {named}.", status=403)


class RateLimited(ProtocolError):
    """The caller has used up what the server grants; nothing was run.

    `retry_after` is when to try again, in whole seconds, at least 1 (RFC 9110 section 10.2.3).
    """

    def __init__(self, seconds: float) -> None:
        self.retry_after = max(1, math.ceil(seconds))
        text = f"Too many calls; try again in {self.retry_after} s."
        super().__init__(RATE_LIMITED, text, status=429)


class Overloaded(ProtocolError):
    """The hub takes no calls for a moment; nothing was run."""

    def __init__(self) -> None:
        text = "The hub is overloaded; nothing was run, try again shortly."
        super().__init__(INTERNAL_ERROR, text, status=503)


class Stopped(Exception):
    """The client cancelled the request: there is no answer."""


def restarting() -> ProtocolError:
    """Return the error of a request that the end of this process stops."""
    return ProtocolError(
        INTERNAL_ERROR, "The hub is restarting; try again in a moment.", status=503
    )


def revoked() -> ProtocolError:
    """Return the error of a request that ends because what it went by was taken back."""
    text = "The leave that this went by was taken back; what it began may have happened."
    return ProtocolError(INTERNAL_ERROR, text, status=403)


def unreadable(message: str) -> ProtocolError:
    """Return the error for a body that is no JSON."""
    return ProtocolError(PARSE_ERROR, message)


def invalid_request(message: str, *, status: int = 400) -> ProtocolError:
    """Return the error for JSON that is no request."""
    return ProtocolError(INVALID_REQUEST, message, status=status)


def no_such_stream() -> ProtocolError:
    """Return the error for an event id after which nothing can be sent again."""
    return invalid_request("Last-Event-ID names no stream of this session that can be resumed.")


def invalid_params(message: str, *, status: int = 200, data: Any = None) -> ProtocolError:
    """Return the error for parameters that do not fit, or a name that does not exist."""
    return ProtocolError(INVALID_PARAMS, message, status=status, data=data)


def method_not_found(method: str, *, status: int) -> ProtocolError:
    """Return the error for a method the revision does not have (404 on 2026-07-28, else 200)."""
    return ProtocolError(METHOD_NOT_FOUND, f"Method not found: {method[:100]}", status=status)


def missing_capability(message: str, required: dict[str, Any]) -> ProtocolError:
    """Return the error for a request whose client did not declare what it needs (2026-07-28).

    `required` has the form of ClientCapabilities.
    """
    return ProtocolError(MISSING_CAPABILITY, message, data={"requiredCapabilities": required})


def header_mismatch(message: str) -> ProtocolError:
    """Return the error for headers that do not say what the body says (2026-07-28)."""
    return ProtocolError(HEADER_MISMATCH, message)
