"""uvicorn's exchange of one request, with a short way for a complete JSON answer.

Relies on uvicorn's inner names, so its minor version is pinned. Everything else (a stream, an error,
a page) goes uvicorn's own way, unchanged.
"""

from collections.abc import Sequence
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from mcphub.serving.lean import Signal
from servers.transports.http_exchange import CUT

Headers = Sequence[tuple[bytes, bytes]]
ANSWER = "mcphub.answer"
"""Name of the scope's entry that holds the short way (`servers.transports.conversation.Answer`)."""
MOST_JOINED = 16 * 1024
"""Bytes of a body that are copied behind its head, which costs less than a second piece."""


class AnsweringCycle(RequestResponseCycle):
    """An exchange whose application may answer in one call, without waiting."""

    _event: Signal | None = None

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.scope[ANSWER] = self.answer  # type: ignore[literal-required]
        self.scope[CUT] = self.transport.abort  # type: ignore[literal-required]

    async def run_asgi(self, app: Any) -> None:
        """Run the application; after that nothing holds on to what the request brought."""
        try:
            await super().run_asgi(app)
        finally:
            del self.scope[ANSWER]  # type: ignore[misc]

    def answer(self, headers: Headers, body: bytes) -> bool:
        """Write a complete JSON answer with status 200 and these headers besides.

        False, and nothing is written, where the connection needs uvicorn's own way.
        """
        if (
            self.response_started
            or self.disconnected
            or not self.keep_alive
            or self.flow.write_paused
            or self.access_log
        ):
            return False
        head = _always.encoded(self.default_headers)
        if headers:
            head += encoded(headers)
        head = b"%bcontent-length: %d\r\n\r\n" % (head, len(body))
        if len(body) <= MOST_JOINED:
            self.transport.write(head + body)
        else:
            self.transport.write(head)
            self.transport.write(body)
        self.response_started = self.response_complete = True
        if self._event is not None:
            self._event.set()
        self.on_response()
        return True

    # Most requests are answered before anybody waits for an event: it is made when one does, and light.

    @property
    def message_event(self) -> Any:
        """What is set when something comes from the client, or the answer is complete."""
        if self._event is None:
            self._event = Signal()
        return self._event

    @message_event.setter
    def message_event(self, _event: Any) -> None:
        """Take none of uvicorn's."""


class ArrivedCycle(AnsweringCycle):
    """The exchange of a request that has arrived whole, on a connection that is kept."""

    disconnected = False
    keep_alive = True
    waiting_for_100_continue = False
    more_body = False
    response_started = False
    response_complete = False
    chunked_encoding = None
    expected_content_length = 0
    _given = False

    def __init__(self, connection: dict[str, Any], scope: Any, body: bytes) -> None:
        """Take over what is the same for all requests of a connection."""
        self.__dict__.update(connection)
        self.scope, self.body = scope, body  # type: ignore[assignment]
        scope[ANSWER] = self.answer

    async def receive(self) -> Any:
        """Give the body, and after that what uvicorn gives."""
        if self._given:
            return await super().receive()
        self._given, body = True, self.body
        self.body = b""  # type: ignore[assignment]
        return {"type": "http.request", "body": body, "more_body": False}


class _Always:
    """What every answer begins with, encoded once: uvicorn makes a new list each second."""

    def __init__(self) -> None:
        self._headers: Headers | None = None
        self._block = b""

    def encoded(self, headers: Headers) -> bytes:
        """Return the status line, these headers, and what the body is."""
        if headers is not self._headers:
            block = b"%b%bcontent-type: application/json\r\n" % (STATUS_LINE[200], encoded(headers))
            self._headers, self._block = headers, block
        return self._block


def encoded(headers: Headers) -> bytes:
    """Return headers as lines; a line break inside one is refused."""
    block = b"".join([b"%b: %b\r\n" % header for header in headers])
    if block.count(b"\n") != len(headers) or block.count(b"\r") != len(headers):
        raise RuntimeError("Invalid HTTP header value.")
    return block


_always = _Always()
