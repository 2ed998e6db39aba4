"""A relay between the suite and a server, for what the suite cannot be told.

It has `initialize` ask for the revision under test (the suite's client always asks for the same one)
and adds a bearer token. Everything else passes byte for byte, foreign Host and Origin included; only
the relay's own name is replaced by the server's. One connection carries one request.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

END = b"\r\n\r\n"
MOST = 1 << 20
"""Bytes of a head, and of a line; the suite's are far shorter."""
HOP = frozenset({b"connection", b"keep-alive", b"content-length", b"transfer-encoding"})
"""Headers of a connection, which the relay writes itself."""


@dataclass(frozen=True, slots=True)
class Relay:
    """Where requests go, and what is done to them; empty texts leave them as they are."""

    url: str
    revision: str = ""
    token: str = ""

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        """Listen on a free port of loopback; gives the address that stands for `url`."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=MOST)
        parts = urlsplit(self.url)
        mine = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server:
            yield urlunsplit(("http", mine, parts.path, parts.query, ""))

    async def _serve(self, client: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        """Pass one request on, and its answer back, until either side ends."""
        host, port = back.get_extra_info("sockname")[:2]
        with contextlib.suppress(OSError, asyncio.IncompleteReadError), _closing(back):
            head, body = await read_request(client)
            request = self.rewritten(head, body, f"{host}:{port}".encode())
            parts = urlsplit(self.url)
            secure = parts.scheme == "https"
            port = parts.port or (443 if secure else 80)
            server, out = await asyncio.open_connection(
                parts.hostname, port, ssl=secure or None, limit=MOST
            )
            with _closing(out):
                out.write(request)
                await _until_either(_answer(server, back), client.read(1))

    def rewritten(self, head: bytes, body: bytes, mine: bytes) -> bytes:
        """Return the request as the server gets it; `mine` is the relay's own host and port."""
        opening, body = self._opened(body)
        target = urlsplit(self.url)
        instead = {
            (b"host", mine): target.netloc,
            (b"origin", b"http://" + mine): f"{target.scheme}://{target.netloc}",
        }
        first, *lines = head.split(b"\r\n")
        kept = [first]
        for name, value, line in _headers(lines):
            said = instead.get((name, value))
            if opening and name == b"mcp-protocol-version":
                said = self.revision
            if name not in HOP:
                kept.append(line if said is None else name + b": " + said.encode())
        if self.token and b"authorization" not in {name for name, *_ in _headers(lines)}:
            kept.append(b"authorization: Bearer " + self.token.encode())
        if body:
            kept.append(b"content-length: %d" % len(body))
        return b"\r\n".join([*kept, b"connection: close"]) + END + body

    def _opened(self, body: bytes) -> tuple[bool, bytes]:
        """Tell whether the body opens a session, and return it asking for the revision under test."""
        with contextlib.suppress(ValueError, KeyError, TypeError):
            message = json.loads(body)
            if self.revision and message["method"] == "initialize":
                message["params"]["protocolVersion"] = self.revision
                return True, json.dumps(message).encode()
        return False, body


async def read_request(client: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """Return a request's head, without its end, and its body; chunks are put together."""
    head = (await client.readuntil(END)).removesuffix(END)
    values = {name: value for name, value, _ in _headers(head.split(b"\r\n"))}
    if b"transfer-encoding" not in values:
        return head, await client.readexactly(int(values.get(b"content-length", 0)))
    body = b""
    while size := int(await client.readuntil(b"\r\n"), 16):
        body += (await client.readexactly(size + 2))[:-2]
    await client.readuntil(b"\r\n")
    return head, body


def _headers(lines: list[bytes]) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Yield each header's name in lower case, its value, and the line as it came."""
    for line in lines:
        name, _, value = line.partition(b":")
        yield name.lower(), value.strip(), line


async def _answer(server: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
    """Pass the answer back as it comes; its connection is not used again."""
    head = (await server.readuntil(END)).removesuffix(END)
    own = {b"connection", b"keep-alive"}
    lines = [line for name, _, line in _headers(head.split(b"\r\n")) if name not in own]
    back.write(b"\r\n".join([*lines, b"connection: close"]) + END)
    while data := await server.read(1 << 16):
        back.write(data)
        await back.drain()


async def _until_either(*work: Awaitable[object]) -> None:
    """Run both until one ends; the other is cancelled."""
    tasks = [asyncio.ensure_future(each) for each in work]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@contextlib.contextmanager
def _closing(writer: asyncio.StreamWriter) -> Iterator[None]:
    try:
        yield
    finally:
        writer.close()
