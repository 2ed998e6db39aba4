"""Where the Python programs here are called back: a port, and who came there. Standard library alone."""

import asyncio
import webbrowser
from urllib.parse import parse_qsl, urlsplit

PAGE = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\nDone"


class Landing:
    """A callback address; each who comes is kept until it is asked for."""

    def __init__(self) -> None:
        self._came: asyncio.Queue[dict[str, str]] = asyncio.Queue()
        self.address = ""

    async def listen(self) -> "Landing":
        """Begin to listen."""
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        self.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/callback"
        return self

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        target = urlsplit(head.split(b" ")[1].decode())
        if target.path == "/callback":
            self._came.put_nowait(dict(parse_qsl(target.query)))
        writer.write(PAGE)
        writer.close()

    async def send(self, address: str) -> None:
        """Send the person to an address."""
        webbrowser.open(address)

    async def came(self) -> dict[str, str]:
        """Return the parameters of who comes next."""
        async with asyncio.timeout(60):
            return await self._came.get()
