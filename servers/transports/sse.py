"""Server-sent events as bytes. Source: WHATWG HTML, server-sent events; JSON holds no line breaks."""

KEEP_ALIVE = b": keep-alive\n\n"
RETRY_MS = 1_000
"""How long a client whose stream was closed early waits before it comes back, in milliseconds."""
FIELD = b"retry: %d\n\n" % RETRY_MS


def frame(message: bytes, event_id: bytes = b"") -> bytes:
    """Return one event that carries an encoded JSON-RPC message."""
    if event_id:
        return b"id: %b\nevent: message\ndata: %b\n\n" % (event_id, message)
    return b"event: message\ndata: %b\n\n" % message


def priming(event_id: bytes) -> bytes:
    """Return the event a stream that can be resumed begins with (2025-11-25 basic/transports)."""
    return b"id: %b\nretry: %d\ndata: \n\n" % (event_id, RETRY_MS)


def event_id(stream: str, position: int) -> bytes:
    """Return the id of an event: which stream, and where in it."""
    return b"%b-%d" % (stream.encode("ascii"), position)


def read_event_id(text: str) -> tuple[str, int] | None:
    """Return the stream and position that an id names, or None if it is none of ours."""
    stream, _, position = text.partition("-")
    fits = len(text) <= 64 and stream.isascii() and stream.isalnum()
    if not fits or not position.isascii() or not position.isdigit() or len(position) > 9:
        return None
    return stream, int(position)
