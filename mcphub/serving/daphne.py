"""Serving with daphne: the default, on Twisted's reactor over asyncio.

daphne has no start and stop events of its own, no limit for a request's body, and buffers it whole
before the application sees it; the guard below counts while the bytes come in, and
`mcphub.serving.channel` how long they take. Nor does it wait for a
client to read: what an application sends would pile up; here a stream waits for room.
"""

import asyncio
import socket
import sys
from io import BytesIO
from typing import Any

import daphne.http_protocol
import daphne.server
from twisted.internet import defer, reactor
from twisted.internet.endpoints import AdoptedStreamServerEndpoint

from mcphub.asgi import application
from mcphub.runtime import runtime
from mcphub.serving.arrival import refusal
from mcphub.serving.channel import origin_form, timed
from mcphub.serving.lean import Signal
from servers.transports.guards import LARGEST_BODY
from servers.transports.http_exchange import CUT

MOST_DISCARDED = 64 * 1024 * 1024
"""Bytes of a refused body that are read and dropped before the connection is cut."""
CLOSE_SECONDS = 3600
"""How long work may go on after its client left: revisions before 2026-07-28 do not cancel by it."""


class Room:
    """Whether a connection takes more; Twisted says so, as to any push producer."""

    def __init__(self) -> None:
        self._free = Signal(is_set=True)

    def pauseProducing(self) -> None:
        """Take note that the connection is full."""
        self._free.clear()

    def resumeProducing(self) -> None:
        """Take note that there is room again."""
        self._free.set()

    stopProducing = resumeProducing
    """The connection is gone: there is nothing to wait for."""

    async def wait(self) -> None:
        """Wait until there is room."""
        await self._free.wait()


class BoundedRequest(daphne.http_protocol.WebRequest):  # type: ignore[misc]
    """A request whose body is refused as soon as it is known to be larger than the hub takes.

    What still comes after the refusal is dropped, so that a client that sends its whole request
    before it reads comes to read it; the connection is cut when too much comes. Forms are left to
    Django.
    """

    refused = False
    """Whether it was answered before it was whole."""
    _size = 0
    _room: Room | None = None

    def __init__(self, *given: Any, **options: Any) -> None:
        # Twisted would read forms on the reactor, before any check, and Django reads them again.
        super().__init__(*given, parsePOSTFormSubmission=False, **options)

    def gotLength(self, length: int | None) -> None:
        """Refuse by the announced length."""
        self.content = BytesIO()  # Twisted would open a file for a body of unknown length
        if length is not None and length > LARGEST_BODY:
            self._refuse()

    def handleContentChunk(self, data: bytes) -> None:
        """Keep what fits, refuse the rest."""
        self._size += len(data)
        if self._size > LARGEST_BODY:
            self._refuse()
        if self._size > LARGEST_BODY + MOST_DISCARDED:
            self.channel.transport.loseConnection()
        elif not self.refused:
            super().handleContentChunk(data)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        """Take the line a request began with, its target by the path alone."""
        super().requestReceived(command, origin_form(path), version)

    def process(self) -> None:
        """Hand a whole request to the application, or close after one that was refused."""
        if self.refused:
            self.channel.transport.loseConnection()
        else:
            super().process()

    async def room(self) -> None:
        """Wait until the client has taken most of what it was sent, or is gone."""
        if self.finished or self.channel is None:
            return
        if self._room is None:
            self._room = Room()
            self.registerProducer(self._room, True)
        await self._room.wait()

    def cut(self) -> None:
        """End the connection at once, whatever waits in it: closing it would wait for its client."""
        if not self.finished and self.channel is not None:
            self.channel.transport.abortConnection()

    def finish(self) -> None:
        """End the answer; nobody waits for room any more."""
        if self._room is not None and self.channel is not None:
            self.unregisterProducer()
        super().finish()

    def connectionLost(self, reason: Any) -> None:
        """Let nobody wait for a client that is gone."""
        if self._room is not None:
            self._room.stopProducing()
        super().connectionLost(reason)

    def _refuse(self) -> None:
        """Answer 413, once."""
        if not self.refused:
            self.refused = True
            text = "The body is too large."
            self.channel.transport.write(refusal(413, text, self.channel.path))


def guard_requests() -> None:
    """Have daphne use the bounded request, on a connection that sets it a time."""
    daphne.http_protocol.WebRequest = BoundedRequest
    daphne.http_protocol.HTTPFactory.protocol = timed


class Server(daphne.server.Server):  # type: ignore[misc]
    """daphne, with the hub's memory started before requests and drained before the end."""

    def __init__(self, listener: socket.socket, ready: str, **options: Any) -> None:
        super().__init__(application, endpoints=[listener], **options)
        self.endpoints: list[Any] = []  # its own way to take over a socket takes each for IPv4
        self._listener, self._ready = listener, ready

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        """Begin a request; its application may cut the connection."""
        if isinstance(protocol, BoundedRequest):
            scope[CUT] = protocol.cut
        return super().create_application(protocol, scope)

    async def handle_reply(self, protocol: Any, message: Any) -> None:
        """Hand on a part of an answer; of a stream, wait until there is room for more."""
        await super().handle_reply(protocol, message)
        if message.get("more_body") and isinstance(protocol, BoundedRequest):
            await protocol.room()

    def run(self) -> None:
        """Serve until told to stop."""
        reactor.callWhenRunning(self._listen)
        reactor.callWhenRunning(lambda: _deferred(self._start()))
        super().run()

    def _listen(self) -> None:
        """Listen on the socket by its own family: read as IPv4, the addresses of IPv6 peers are nobody's."""
        family = self._listener.family
        endpoint = AdoptedStreamServerEndpoint(reactor, self._listener.fileno(), family)
        listening = endpoint.listen(self.http_factory)
        listening.addCallbacks(self.listen_success, self.listen_error)
        self.listeners.append(listening)

    async def _start(self) -> None:
        """Start the memory; a hub that cannot read its database does not serve."""
        try:
            await runtime.start()
        except Exception as error:  # noqa: BLE001  a door: whatever went wrong, say it and stop
            print(f"mcphub: {error}", file=sys.stderr)  # noqa: T201
            reactor.stop()
            return
        print(self._ready, flush=True)  # noqa: T201

    def kill_all_applications(self) -> "defer.Deferred[Any]":
        """Drain before daphne cancels what still runs."""
        drained = _deferred(runtime.drain())
        drained.addBoth(lambda _none: self._kill())
        drained.addBoth(lambda _none: _deferred(runtime.stop()))
        return drained

    def _kill(self) -> "defer.Deferred[Any]":
        """Cancel what still runs; daphne trips over requests that have not arrived yet."""
        nothing = asyncio.get_running_loop().create_future()
        nothing.set_result(None)
        for details in self.connections.values():
            details.setdefault("application_instance", nothing)
        return super().kill_all_applications()


def serve(*, listener: socket.socket, ready: str, signals: bool = True) -> None:
    """Serve on a listening socket until told to stop."""
    guard_requests()
    Server(
        listener,
        ready,
        signal_handlers=signals,
        server_name="",
        verbosity=0,
        application_close_timeout=CLOSE_SECONDS,
    ).run()


def _deferred(work: Any) -> "defer.Deferred[Any]":
    """Return a coroutine of asyncio as a Deferred."""
    return defer.Deferred.fromFuture(asyncio.ensure_future(work))
