"""Twisted's connection, with a time for each request to arrive (`mcphub.serving.arrival`).

Twisted renews its one time-out with every byte. Here the same timer says when a head or a body must be
whole; what is late is told 408, if nothing was answered yet, and the connection closed. Relies on a few of
Twisted's inner names, which have stood for long; tests/mcphub/test_slow_requests.py holds it to them.
"""

from enum import Enum
from typing import Any

from twisted.web.http import HTTPChannel

from mcphub.serving import arrival
from mcphub.serving.reserve import may_keep


class Awaited(Enum):
    """What a connection waits for."""

    HEAD = "head"
    BODY = "body"
    NOTHING = "nothing"
    """A request is whole; after its answer the connection is idle until another begins."""


class TimedChannel(HTTPChannel):  # type: ignore[misc]
    """A connection whose requests have to arrive in time."""

    _awaited = Awaited.HEAD

    def connectionMade(self) -> None:
        """Begin a connection, with the time of its first head."""
        self.timeOut = arrival.SECONDS
        super().connectionMade()
        if not may_keep(self.transport.getHandle().fileno()):
            self.transport.abortConnection()

    def resetTimeout(self) -> None:
        """Leave the time as it is: Twisted asks with every byte for a new one."""

    def dataReceived(self, data: bytes) -> None:
        """Take what came, and give what began with it its time."""
        super().dataReceived(data)
        if self._handlingRequest:
            return
        awaited = Awaited.HEAD if self.line_mode else Awaited.BODY
        if awaited is not self._awaited and self._has_begun():
            self._awaited = awaited
            self.setTimeout(arrival.SECONDS)

    def allContentReceived(self) -> None:
        """Have a request answered that is whole; what follows is idleness."""
        self._awaited, self.timeOut = Awaited.NOTHING, arrival.IDLE_SECONDS
        super().allContentReceived()

    def timeoutConnection(self) -> None:
        """Close, and say why where a request has begun and nothing was answered to it."""
        answered = self.transport.disconnecting or (self.requests and self.requests[-1].refused)
        if self._has_begun() and not answered:
            path = self.path if self._awaited is Awaited.BODY else b""
            self.transport.write(arrival.refusal(408, arrival.TOO_SLOW, path))
        super().timeoutConnection()

    @property
    def path(self) -> bytes:
        """The path of the request whose head is whole and whose body is not."""
        return origin_form(self._path)

    def _has_begun(self) -> bool:
        """Return whether some of a request is there."""
        return bool(self._buffer or self.requests)

    def _send100Continue(self) -> None:
        """Ask for the body, unless the request is refused already."""
        if not self.requests[-1].refused:
            super()._send100Continue()


def origin_form(target: bytes) -> bytes:
    """Return a request's target without scheme and host, which clients may give (RFC 9112 section 3.2.2)."""
    scheme, mark, rest = target.partition(b"://")
    if not mark or scheme.lower() not in {b"http", b"https"}:
        return target
    return b"/" + rest.partition(b"/")[2]


def timed(_factory: Any) -> TimedChannel:
    """Return the channel of a new connection: what Twisted's factory calls for each."""
    return TimedChannel()
