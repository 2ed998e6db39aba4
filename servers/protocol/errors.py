"""JSON-RPC errors, and the one map from code to HTTP status.

ProtocolError
├── InsufficientScope   the token lacks a scope: 403 with a challenge
├── RateLimited         too many calls, nothing was run: 429 and when to come again
│   └── TooManyStreams  no place for another stream, nothing was run
├── StoppedByAdmin      an administrator has stopped it, and says why
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
STOPPED = 423
"""The hub's own codes, outside the range that JSON-RPC keeps: no revision has one for these."""

AFTER_STOP = {
    False: "Nothing was run; it can be used again when they lift the stop.",
    True: "What it began may have happened.",
}

FULL: dict[str, tuple[float, str]] = {
    "user": (5.0, "Too many of your streams are open on this server"),
    "address": (5.0, "Too many streams from your address are open on this server"),
    "process": (15.0, "The hub has as many streams open as it can hold"),
}
"""Whose streams are too many -> when to come again, in seconds, and why.

429 for the hub's own bound too: clients treat it and 503 alike, but what stands in front takes a 503
for a process that is ill, and would keep its calls away from it, which are served.
"""

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

    def __init__(self, seconds: float, why: str = "Too many calls.") -> None:
        self.retry_after = max(1, math.ceil(seconds))
        text = f"{why.rstrip('.;')}; try again in {self.retry_after} s."
        super().__init__(RATE_LIMITED, text, status=429)


class TooManyStreams(RateLimited):
    """No place is left for another stream; nothing was run. `reason` says whose are too many: see FULL."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(*FULL[reason])


class StoppedByAdmin(ProtocolError):
    """An administrator has stopped what this is about; `reason` is theirs.

    `begun`: it ran already. The status stays 200: nothing is wrong with the request or its token, and
    no client should log its person in again for it.
    """

    def __init__(self, reason: str, *, begun: bool = False) -> None:
        reason = reason.rstrip().rstrip(".")
        super().__init__(STOPPED, f"Stopped by an administrator: {reason}. {AFTER_STOP[begun]}")


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


def stream_gone() -> ProtocolError:
    """Return the error for a message to a stream that is gone, or was never its sender's (HTTP+SSE)."""
    return invalid_request("No such stream is open; begin again with GET.", status=404)


def stream_is_over() -> ProtocolError:
    """Return the error for an event id after which nothing will ever be sent.

    405 says that GET has no stream to offer, and clients stop asking: what else they are told, an empty
    stream too, they come back after.
    """
    text = "All of this stream was sent; nothing follows."
    return ProtocolError(INVALID_REQUEST, text, status=405)


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
