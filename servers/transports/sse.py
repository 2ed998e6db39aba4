"""Server-sent events as bytes. Source: WHATWG HTML, server-sent events; JSON holds no line breaks."""

KEEP_ALIVE = b": keep-alive\n\n"
KEEP_ALIVE_LINE = b": keep-alive\n"
"""For streams whose events have ids: after one, readers such as httpx-sse take a blank line for an event."""
RETRY_MS = 1_000
"""How long a client whose stream was closed early waits before it comes back, in milliseconds."""
FIELD = b"retry: %d\n\n" % RETRY_MS


def frame(message: bytes, event_id: bytes = b"", *, retry: bool = False) -> bytes:
    """Return one event that carries an encoded JSON-RPC message; `retry`: and says when to come back."""
    if not event_id:
        return b"event: message\ndata: %b\n\n" % message
    when = b"retry: %d\n" % RETRY_MS if retry else b""
    return b"id: %b\n%bevent: message\ndata: %b\n\n" % (event_id, when, message)


def message_endpoint(address: str) -> bytes:
    """Return the event that tells a client where its messages go (2024-11-05 basic/transports)."""
    return b"event: endpoint\ndata: %b\n\n" % address.encode("ascii")


def priming(event_id: bytes) -> bytes:
    """Return an event that only names a place to go on from (2025-11-25 basic/transports)."""
    return b"id: %b\nretry: %d\ndata: \n\n" % (event_id, RETRY_MS)
