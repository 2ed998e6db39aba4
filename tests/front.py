"""A front before hubs: one address, each request to the next process, with TLS if it is given some.

What stands before a hub in life, and no more: it passes bytes on as they come, tells the hub by which
scheme it was reached, and closes each connection after its answer, so that requests alternate.
"""

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Coroutine, Iterator, Sequence
from concurrent.futures import Future
from itertools import cycle

MOST_HEAD = 64 * 1024
CLOSED = b"connection: close\r\nx-forwarded-proto: %s\r\n"
DROPPED = (b"connection:", b"x-forwarded-proto:")
PIECE = 65536
SECONDS = 20.0

Reader, Writer = asyncio.StreamReader, asyncio.StreamWriter


class Front:
    """A listening address before the ports that are given to it later: hubs start after their front."""

    def __init__(self, name: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> None:
        self._tls, self.asked = tls, list[str]()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.address = f"{'https' if tls else 'http'}://{name}:{self.port}"
        self._ports: Iterator[int] = iter(())
        self._loop: asyncio.AbstractEventLoop | None = None
        self._open = set[Writer]()

    def leads_to(self, ports: Sequence[int]) -> None:
        """Send each request to the next of these ports of loopback."""
        self._ports = cycle(ports)

    def cut(self) -> None:
        """Drop every connection that is open now, as a network does; from another thread."""
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(self._drop(), self._loop).result(SECONDS)

    async def _drop(self) -> None:
        for writer in tuple(self._open):
            writer.transport.abort()

    async def serve(self, begun: "Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]]") -> None:
        """Pass on until the event is set that `begun` is given, with the loop it belongs to."""
        options = {"limit": MOST_HEAD, **({"ssl": self._tls} if self._tls else {})}
        over, self._loop = asyncio.Event(), asyncio.get_running_loop()
        async with await asyncio.start_server(self._pass, sock=self._socket, **options):
            begun.set_result((self._loop, over))
            await over.wait()

    async def _pass(self, reader: Reader, writer: Writer) -> None:
        """Pass one request on, and its answer back, until one of both sides is gone."""
        writers = [writer]
        self._open.add(writer)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            head = await reader.readuntil(b"\r\n\r\n")
            self.asked.append(head.partition(b" HTTP/")[0].decode())
            hub, to_hub = await asyncio.open_connection("127.0.0.1", next(self._ports))
            writers.append(to_hub)
            to_hub.write(self._closing(head))
            await _first(_copied(reader, to_hub), _copied(hub, writer))
        self._open.discard(writer)
        for each in writers:
            each.close()
        for each in writers:
            with contextlib.suppress(OSError):
                await each.wait_closed()

    def _closing(self, head: bytes) -> bytes:
        """Return a head that ends the connection with its answer."""
        first, *lines = head[:-2].splitlines(keepends=True)
        kept = [line for line in lines if not line.lower().startswith(DROPPED)]
        return b"".join((first, *kept, CLOSED % (b"https" if self._tls else b"http"), b"\r\n"))


async def _copied(source: Reader, target: Writer) -> None:
    """Pass on what comes, until nothing does."""
    with contextlib.suppress(OSError):
        while piece := await source.read(PIECE):
            target.write(piece)
            await target.drain()


async def _first(*both: Coroutine[None, None, None]) -> None:
    """Do both until one is done."""
    tasks = [asyncio.create_task(each) for each in both]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@contextlib.contextmanager
def standing(name: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> Iterator[Front]:
    """A front in a thread of its own."""
    front, begun = Front(name, tls), Future()
    thread = threading.Thread(target=lambda: asyncio.run(front.serve(begun)), daemon=True)
    thread.start()
    loop, over = begun.result(SECONDS)
    try:
        yield front
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(SECONDS)
