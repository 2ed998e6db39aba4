"""Server-sent events as bytes. Source: WHATWG HTML, server-sent events; JSON holds no line breaks."""

KEEP_ALIVE = b": keep-alive\n\n"


def frame(message: bytes) -> bytes:
    """Return one event that carries an encoded JSON-RPC message."""
    return b"event: message\ndata: %b\n\n" % message
