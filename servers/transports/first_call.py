"""How a call is answered that may be the first to get through on its connection: for the doctor.

Only such calls are watched, until one went well; every other pays one comparison. A call went well if
its answer begins with no error, whatever the tool makes of it.
"""

from collections.abc import Callable

from servers.protocol.errors import (
    HEADER_MISMATCH,
    INVALID_PARAMS,
    METHOD_NOT_FOUND,
    MISSING_CAPABILITY,
    PARSE_ERROR,
    RESOURCE_NOT_FOUND,
    UNSUPPORTED_VERSION,
    InsufficientScope,
    ProtocolError,
    RateLimited,
    StoppedByAdmin,
)
from servers.transports.guards import Message, Send

OF_TYPES: tuple[tuple[type[ProtocolError], str], ...] = (
    (RateLimited, "call_limited"),
    (StoppedByAdmin, "call_stopped"),
)
OF_CODES = {
    PARSE_ERROR: "not_json",
    METHOD_NOT_FOUND: "method_unknown",
    INVALID_PARAMS: "params_unfit",
    RESOURCE_NOT_FOUND: "params_unfit",
    HEADER_MISMATCH: "headers_differ",
    MISSING_CAPABILITY: "ability_missing",
    UNSUPPORTED_VERSION: "version_unknown",
}
OF_STATUSES = {
    400: "not_a_call",
    404: "session_over",
    405: "verb_unknown",
    406: "not_acceptable",
    413: "call_too_large",
    415: "not_json",
    429: "call_limited",
    500: "server_error",
    503: "hub_busy",
}
"""Error, JSON-RPC code or HTTP status, in this order -> the reason in `accounts.oauth.reasons`."""


class FirstCall:
    """One call that is watched; `tell` is given the reason it failed for, once, or nothing."""

    def __init__(self, send: Send, tell: Callable[[str], None]) -> None:
        self._send, self._tell, self._told = send, tell, False

    def failed(self, error: ProtocolError) -> None:
        """Tell of an error, before its answer leaves; a scope that lacks is noted of every call."""
        if isinstance(error, InsufficientScope):
            self._told = True
        else:
            self._end(reason_of(error))

    async def send(self, message: Message) -> None:
        """Pass on what is sent, and tell by its status unless that was told; 401 is no call."""
        if message["type"] == "http.response.start" and message["status"] != 401:
            self._end(reason_of_status(message["status"]))
        await self._send(message)

    def _end(self, reason: str) -> None:
        if not self._told:
            self._told = True
            self._tell(reason)


def reason_of(error: ProtocolError) -> str:
    """Return the reason of a call that ended with an error."""
    named = (reason for kind, reason in OF_TYPES if isinstance(error, kind))
    found = next(named, None) or OF_CODES.get(error.code)
    return found or reason_of_status(error.status) or "call_refused"


def reason_of_status(status: int) -> str:
    """Return the reason of a call that was answered with a status, empty if that is none."""
    return OF_STATUSES.get(status, "call_refused") if status >= 400 else ""
