"""A proxy for https (CONNECT) that leads to one port of loopback by one name, and nowhere else."""

import contextlib
import socket
import threading
from collections.abc import Iterator

PIECE = 65536
MOST_HEAD = 16 * 1024


@contextlib.contextmanager
def tunnelling(name: str, port: int) -> Iterator[str]:
    """Lead who asks for `name` to the port; yield the proxy's address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_accept, args=(listener, name, port), daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def _accept(listener: socket.socket, name: str, port: int) -> None:
    with contextlib.suppress(OSError):
        while True:
            client, _ = listener.accept()
            threading.Thread(target=_tunnel, args=(client, name, port), daemon=True).start()


def _tunnel(client: socket.socket, name: str, port: int) -> None:
    """Read one request, and pass bytes on both ways if it asks for the name."""
    with contextlib.suppress(OSError), client:
        head = b""
        while b"\r\n\r\n" not in head and len(head) < MOST_HEAD:
            piece = client.recv(PIECE)
            if not piece:
                return
            head += piece
        if not head.startswith(f"CONNECT {name}:".encode()):
            client.sendall(b"HTTP/1.1 502 Nowhere\r\ncontent-length: 0\r\n\r\n")
            return
        with socket.create_connection(("127.0.0.1", port)) as server:
            client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            back = threading.Thread(target=_copy, args=(server, client), daemon=True)
            back.start()
            _copy(client, server)
            back.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    """Pass on what comes until nothing does, and say so."""
    with contextlib.suppress(OSError):
        while piece := source.recv(PIECE):
            target.sendall(piece)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
