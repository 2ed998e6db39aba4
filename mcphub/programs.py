"""The addresses that programs ask often, served by Django in one step off the loop.

Django's own ASGI handler goes to a thread and back for each piece of middleware, on a thread and a
database connection made anew for each request. That is a millisecond and a half of a refresh that
takes five. Here the same middleware and views run through on a few threads that stay. And the body is
read no further than these endpoints take it: Django's handler would put all of it on the disk first.
Whoever asks by a name that is not the hub's is refused as at /.well-known/, in JSON that nobody keeps.
"""

import asyncio
import io
from concurrent.futures import ThreadPoolExecutor
from typing import cast

from django.core import signals
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.base import BaseHandler
from django.http import HttpResponse
from django.urls import set_script_prefix

from accounts.oauth.form_reading import LARGEST
from mcphub.making import guards
from servers.transports import responses
from servers.transports.guards import Message, Receive, Refused, Send, refuse_doubled

THREADS = 4
"""More would take turns on the interpreter's lock; each may hold a database connection."""

REFUSED = (responses.JSON, responses.NO_STORE, *responses.ANYONE)


class Programs(BaseHandler):
    """An ASGI application for views that answer whole, in no time."""

    def __init__(self) -> None:
        super().__init__()
        self.load_middleware()
        self._guards = guards()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="programs")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve a request that was sent to the hub's name."""
        try:
            refuse_doubled(scope["headers"])
            self._guards.check_host(dict(scope["headers"]).get(b"host"))
        except Refused as refusal:
            said = responses.oauth_error("invalid_request", refusal.text)
            await responses.respond(send, refusal.status, REFUSED, said)
        else:
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Message, receive: Receive, send: Send) -> None:
        """Read a request, answer it on a thread, send the answer."""
        body = await _read(receive)
        if body is None:
            return
        loop = asyncio.get_running_loop()
        answer = await loop.run_in_executor(self._threads, self._answer, scope, body)
        await send(
            {"type": "http.response.start", "status": answer.status_code, "headers": _head(answer)}
        )
        await send({"type": "http.response.body", "body": answer.content})

    def _answer(self, scope: Message, body: bytes) -> HttpResponse:
        """Have Django answer; what was opened for it, such as a connection, is given back."""
        set_script_prefix(scope.get("root_path", ""))
        signals.request_started.send(sender=self.__class__, scope=scope)
        response = cast(HttpResponse, self.get_response(ASGIRequest(scope, io.BytesIO(body))))
        response.close()
        return response


def _head(answer: HttpResponse) -> list[tuple[bytes, bytes]]:
    """Return the headers as ASGI sends them."""
    head = [
        (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answer.items()
    ]
    cookies = (morsel.OutputString().encode() for morsel in answer.cookies.values())
    return [*head, *((b"set-cookie", cookie) for cookie in cookies)]


async def _read(receive: Receive) -> bytes | None:
    """Return the body, or a little more of it than any of these views takes; None if the client left."""
    body = bytearray()
    while len(body) <= LARGEST:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    return bytes(body)
