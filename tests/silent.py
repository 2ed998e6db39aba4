"""A way to a broker whose connections can go silent: no end is told, nothing arrives any more.

That is what is left of a connection after a failover, or when a NAT or a machine in between forgot it.
New connections go through, unless nothing is to.
"""

import contextlib
import socket
import threading
from collections.abc import Iterator

PIECE = 65_536


class Way:
    """The way to a port of loopback; `port` is its own."""

    def __init__(self, upstream: int) -> None:
        self._upstream = upstream
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._open: list[socket.socket] = []
        self._silent = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def hush(self, *, to_come: bool = False) -> None:
        """Let the connections that there are say nothing more, and those too that are to come."""
        self._silent.set()
        if not to_come:
            self._silent = threading.Event()

    def close(self) -> None:
        """End it, with all that went through it."""
        for each in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._upstream))
                self._open += [near, far]
                for ends in ((near, far), (far, near)):
                    act, given = self._pass_on, (*ends, self._silent)
                    threading.Thread(target=act, args=given, daemon=True).start()

    def _pass_on(self, here: socket.socket, there: socket.socket, silent: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while piece := here.recv(PIECE):
                if silent.is_set():
                    return
                there.sendall(piece)
        if not silent.is_set():
            with contextlib.suppress(OSError):
                there.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def way(upstream: int) -> Iterator[Way]:
    """Open a way to a port; close it at the end."""
    opened = Way(upstream)
    try:
        yield opened
    finally:
        opened.close()
