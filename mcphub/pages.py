"""Django's pages, with a bound on what a request may bring.

Django's handler puts the whole body on the disk before anything looks at it, for addresses that are not
there too, and uvicorn sets no bound: anybody could fill the disk. daphne is bounded where bytes come in.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from servers.transports.guards import LARGEST_BODY, Message, Receive, Refused, Send, check_length
from servers.transports.responses import respond

PLAIN = (b"content-type", b"text/plain; charset=utf-8")


class Pages:
    """An ASGI application that hands requests to Django, and refuses those that are too large."""

    def __init__(self, django: Callable[..., Awaitable[None]]) -> None:
        self._django = django

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Serve one request; 413 as soon as its body is known to be too large."""
        try:
            check_length(dict(scope["headers"]))
            await self._django(scope, _bounded(receive), send)
        except Refused as refusal:
            await respond(send, refusal.status, (PLAIN,), refusal.text.encode())


def _bounded(receive: Receive) -> Receive:
    """Return what receives the same, as long as it is not too large; then it raises Refused."""
    size = 0

    async def receive_some() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > LARGEST_BODY:
            raise Refused(413, f"The body is larger than {LARGEST_BODY} bytes.")
        return message

    return receive_some
