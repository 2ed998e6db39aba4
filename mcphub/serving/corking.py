"""uvicorn's HTTP protocol, writing once a loop iteration instead of twice an answer.

An answer is written in two pieces, and each write to a client that waits wakes its processor. Put
off to the end of the iteration, the pieces of all answers that were ready leave together: one write
each, and one waking for all. Measured on 2 cores with 32 connections, this saves a third of the
CPU of a short answer; nothing waits longer than for the iteration that computed it.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http import httptools_impl
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)


class Cork:
    """The connections of one event loop that have something to write."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: list[CorkedTransport] = []

    def add(self, transport: "CorkedTransport") -> None:
        """Have a connection written to at the end of this iteration."""
        if not self._waiting:
            self._loop.call_soon(self._release)
        self._waiting.append(transport)

    def _release(self) -> None:
        """Write what waits."""
        waiting, self._waiting = self._waiting, []
        for transport in waiting:
            transport.flush()


class CorkedTransport:
    """A transport whose writes wait for the end of the iteration; all else goes straight through."""

    def __init__(self, transport: Any, cork: Cork) -> None:
        self._transport, self._cork = transport, cork
        self._pending: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Write at the end of this iteration."""
        if not self._pending:
            self._cork.add(self)
        self._pending.append(data)

    def flush(self) -> None:
        """Write now what waits."""
        pending, self._pending = self._pending, []
        if len(pending) == 1:
            self._transport.write(pending[0])
        elif pending:
            self._transport.writelines(pending)

    def close(self) -> None:
        """Write what waits, then close."""
        self.flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class WholeAnswerCycle(RequestResponseCycle):
    """uvicorn's answer to one request, put together at once where head and body come at once.

    The head waits for the first piece of the body; only an answer that is complete then takes the
    short way, every other goes uvicorn's own, unchanged.
    """

    _head: Any = None

    async def send(self, message: Any) -> None:
        """Take one ASGI message of the answer; a new head takes the place of one not yet sent."""
        if message["type"] == "http.response.start" and not self.response_started:
            self._head = message
            return
        head, self._head = self._head, None
        if head is not None:
            if self._is_whole(head, message):
                return self._write_whole(head, message["body"])
            await super().send(head)
        await super().send(message)

    def _is_whole(self, head: Any, message: Any) -> bool:
        """Return whether the body is complete and nothing about the connection is special."""
        return (
            message["type"] == "http.response.body"
            and not message.get("more_body")
            and "body" in message
            and self.keep_alive
            and not self.disconnected
            and not self.flow.write_paused
            and not self.access_log
            and self.scope["method"] == "POST"
            and head["status"] == 200
            and (b"content-length", b"%d" % len(message["body"])) in head["headers"]
        )

    def _write_whole(self, head: Any, body: bytes) -> None:
        """Write the answer and end the exchange."""
        lines = [b"%b: %b\r\n" % header for header in (*self.default_headers, *head["headers"])]
        block = b"".join(lines)
        if block.count(b"\n") != len(lines):
            raise RuntimeError("Invalid HTTP header value.")
        self.transport.write(b"%b%b\r\n" % (STATUS_LINE[200], block))
        self.transport.write(body)
        self.response_started = self.response_complete = True
        self.message_event.set()
        self.on_response()


class CorkedProtocol(HttpToolsProtocol):
    """uvicorn's protocol on a corked transport."""

    def connection_made(self, transport: Any) -> None:
        """Begin a connection."""
        cork = _corks.get(self.loop)
        if cork is None:
            cork = _corks[self.loop] = Cork(self.loop)
        super().connection_made(CorkedTransport(transport, cork))  # type: ignore[arg-type]


httptools_impl.RequestResponseCycle = WholeAnswerCycle  # type: ignore[misc]
_corks: dict[asyncio.AbstractEventLoop, Cork] = {}
