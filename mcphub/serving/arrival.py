"""How long a request may take to arrive, and what a server says that hands it to no application.

A head has its time from its first byte, the first one of a connection from when that was made; a body
from when its head was whole. Bytes that come renew nothing, so a connection is not kept by a drip. Where
earlier answers are still due it begins with the last of them. A connection on which nothing is due is
idle.
"""

from collections.abc import Iterable
from email.utils import formatdate
from http import HTTPStatus

from servers.protocol.errors import INVALID_REQUEST, ProtocolError
from servers.protocol.jsonrpc import error_message

SECONDS = 30.0
"""What a head has to arrive, and what a body has after it."""
IDLE_SECONDS = 75
"""How long a kept connection may be idle; more than the minute for which proxies commonly keep one."""
TOO_SLOW = "The request took too long to arrive."


def refusal(status: int, text: str, path: bytes = b"") -> bytes:
    """Return a whole answer, after which the connection is closed (RFC 9110 section 15.5.9 for 408).

    To a request under /mcp/ it is an error of JSON-RPC, like all that is refused there; without a path,
    and to others, a sentence.
    """
    if path.startswith(b"/mcp/"):
        kind = b"application/json"
        body = error_message(None, ProtocolError(INVALID_REQUEST, text, status=status))
    else:
        kind, body = b"text/plain; charset=utf-8", text.encode()
    lines: Iterable[bytes] = (
        b"HTTP/1.1 %d %b" % (status, HTTPStatus(status).phrase.encode()),
        b"date: " + formatdate(usegmt=True).encode(),
        b"content-type: " + kind,
        b"content-length: %d" % len(body),
        b"connection: close",
    )
    return b"\r\n".join((*lines, b"", body))
