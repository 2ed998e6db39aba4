"""Connections to a hub whose requests do not arrive: whole rows of them, read until the hub ends them."""

import contextlib
import re
import selectors
import socket
import time
from dataclasses import dataclass, field

from tests.live import LiveHub

PATIENCE = 60.0
"""Seconds after which a connection that is still open counts as held for ever."""
EVERY = 0.2
"""Seconds between two drips."""
SEEMLY = re.compile(rb"HTTP/1\.[01] [1-4]")
"""How answers begin; one of 5xx would be a fault of the hub's."""


@dataclass
class Slow:
    """One connection: what it sends at once, what it then sends again and again, what came back."""

    sent: bytes
    drip: bytes = b""
    received: bytes = b""
    ended: bool = False
    connection: socket.socket = field(init=False, repr=False)

    def open(self, hub: LiveHub) -> "Slow":
        """Connect and send the beginning."""
        self.connection = socket.create_connection(("127.0.0.1", hub.port), timeout=PATIENCE)
        self.connection.sendall(self.sent)
        return self

    def __enter__(self) -> "Slow":
        """Be used for a while."""
        return self

    def __exit__(self, *_given: object) -> None:
        """Close the connection."""
        self.connection.close()

    def until(self, mark: bytes) -> "Slow":
        """Read until these bytes have come."""
        while mark not in self.received:
            piece = self.connection.recv(65_536)
            assert piece, f"closed after {self.received!r}"
            self.received += piece
        return self

    def send(self, data: bytes) -> "Slow":
        """Send more."""
        self.connection.sendall(data)
        return self

    @property
    def answers(self) -> list[tuple[int, dict[bytes, bytes], bytes]]:
        """The answers that came: status, headers and body of each; an interim one has neither."""
        found, rest = [], self.received
        while rest:
            assert SEEMLY.match(rest), rest
            head, _, rest = rest.partition(b"\r\n\r\n")
            first, *lines = head.split(b"\r\n")
            headers = {
                name.lower(): value for name, _, value in (line.partition(b": ") for line in lines)
            }
            length = int(headers.get(b"content-length", b"0"))
            found.append((int(first.split()[1]), headers, rest[:length]))
            rest = rest[length:]
        return found

    @property
    def statuses(self) -> list[int]:
        """The status of each answer that came."""
        return [status for status, _headers, _body in self.answers]


def drip(row: list[Slow]) -> None:
    """Send each its drip, and read, until the hub has ended all of them."""
    until = time.monotonic() + PATIENCE
    with selectors.DefaultSelector() as selector:
        for slow in row:
            selector.register(slow.connection, selectors.EVENT_READ, slow)
        while selector.get_map():
            assert time.monotonic() < until, [slow.sent for slow in row if not slow.ended]
            for key, _events in selector.select(EVERY):
                if not _more(key.data):
                    selector.unregister(key.fileobj)
            for key in list(selector.get_map().values()):
                with contextlib.suppress(OSError):
                    key.data.connection.sendall(key.data.drip)


def _more(slow: Slow) -> bool:
    """Read what came; False, and the connection is closed, when the hub has ended it."""
    piece = b""
    with contextlib.suppress(ConnectionResetError):
        piece = slow.connection.recv(65_536)
    slow.received += piece
    if not piece:
        slow.ended = True
        slow.connection.close()
    return bool(piece)
