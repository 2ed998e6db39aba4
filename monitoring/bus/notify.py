"""The bus over PostgreSQL's LISTEN and NOTIFY, on one connection of its own.

One thread both listens and sends on it: it waits for the server's socket and for a pipe that wakes
it. The connection is outside the pool, because a LISTEN lives as long as its connection.
"""

import contextlib
import selectors
import socket
from typing import Any

import psycopg
from django.db import Error, connection

from .line import Line

CHANNEL = "mcphub_bus"
_SEND = "SELECT pg_notify(%s, %s)"
_CONNECT = {
    "connect_timeout": 5,
    # A server that vanished without a word is noticed after about half a minute.
    "keepalives": 1,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}


class NotifyBackend:
    """LISTEN/NOTIFY; messages reach the processes that listen at that moment."""

    faults: tuple[type[Exception], ...] = (psycopg.Error, Error, OSError)

    def __init__(self) -> None:
        self._mouth: socket.socket | None = None

    def session(self, line: Line) -> None:
        """Listen on a fresh connection until the line stops or the connection breaks."""
        params: dict[str, Any] = {**_CONNECT, **connection.get_connection_params()}
        ear, mouth = socket.socketpair()
        with ear, mouth, psycopg.connect(**params, autocommit=True) as link:
            ear.setblocking(False)
            mouth.setblocking(False)
            self._mouth = mouth
            try:
                link.execute(f"LISTEN {CHANNEL}")
                line.up()
                _serve(line, link, ear)
            finally:
                self._mouth = None

    def wake(self) -> None:
        """Write a byte for the session; full or closed, it needs none: it looks before it waits."""
        mouth = self._mouth
        if mouth is not None:
            with contextlib.suppress(OSError):
                mouth.send(b"!")

    def send_once(self, text: str) -> None:
        """Send over the caller's connection; inside a transaction it goes out with the commit."""
        with connection.cursor() as cursor:
            cursor.execute(_SEND, [CHANNEL, text])


def _serve(line: Line, link: "psycopg.Connection[Any]", ear: socket.socket) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(link.fileno(), selectors.EVENT_READ)
        selector.register(ear, selectors.EVENT_READ)
        while True:
            line.drain(lambda text: _notify(link, text))
            for notice in link.notifies(timeout=0):
                line.deliver(notice.payload)
            if line.stopping.is_set():
                return
            selector.select()
            with contextlib.suppress(BlockingIOError):
                ear.recv(4096)


def _notify(link: "psycopg.Connection[Any]", text: str) -> None:
    link.execute(_SEND, [CHANNEL, text])
