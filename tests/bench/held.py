"""Streams that stay open: how they are asked for, and how many have opened or heard something."""

import asyncio
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.bench.requests import REVISION, SESSION_REVISION, opening
from tests.bench.targets import Target

AT_ONCE = 100
OPEN_SECONDS = 60.0
LISTEN = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "subscriptions/listen",
    "params": {
        "notifications": {"toolsListChanged": True},
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": REVISION,
            "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": {},
        },
    },
}
CHANGED = b"notifications/tools/list_changed"
SESSION = re.compile(rb"(?im)^mcp-session-id:\s*(\S+)")


class Held(asyncio.Protocol):
    """One connection whose answer is a stream, or is to become one."""

    def __init__(self) -> None:
        self.opened = asyncio.get_running_loop().create_future()
        self.answered = asyncio.get_running_loop().create_future()
        self.heard = 0
        self._transport: asyncio.WriteTransport
        self._seen = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def send(self, data: bytes) -> None:
        self._transport.write(data)

    def data_received(self, data: bytes) -> None:
        """Take note of the head, of the first event, and of each change that is told."""
        self.heard += data.count(CHANGED)
        if self.opened.done():
            return
        self._seen += data
        head, whole, rest = self._seen.partition(b"\r\n\r\n")
        if whole and not self.answered.done():
            self.answered.set_result(head)
        if whole and b"event-stream" in head.lower() and b"\n\n" in rest:
            self.opened.set_result(b" 200 " in head[:16])
            self._seen = b""
        elif whole and b"event-stream" not in head.lower():
            self.opened.set_result(False)

    def connection_lost(self, exc: Exception | None) -> None:
        for future in (self.opened, self.answered):
            if not future.done():
                future.set_exception(ConnectionError("closed"))
                future.exception()

    def close(self) -> None:
        self._transport.close()


@dataclass(frozen=True, slots=True)
class Way:
    """One kind of stream of one address, and the tokens it is asked for with, in turn."""

    target: Target
    kind: str
    tokens: Sequence[str] = ("",)

    def request(self, number: int, session: bytes) -> bytes:
        """Return what asks for the stream with this number."""
        token = self.tokens[number % len(self.tokens)]
        lines = [
            f"Host: 127.0.0.1:{self.target.port}",
            *([f"Authorization: Bearer {token}"] if token else []),
        ]
        if self.kind == "listen":
            body = json.dumps({**LISTEN, "id": number}).encode()
            lines += [
                "Content-Type: application/json",
                "Accept: application/json, text/event-stream",
                f"MCP-Protocol-Version: {REVISION}",
                "Mcp-Method: subscriptions/listen",
                f"Content-Length: {len(body)}",
            ]
            return self._head("POST", lines) + body
        lines += ["Accept: text/event-stream"]
        if session:
            lines += [
                f"Mcp-Session-Id: {session.decode()}",
                f"MCP-Protocol-Version: {SESSION_REVISION}",
            ]
        return self._head("GET", lines)

    def opening(self, number: int) -> bytes:
        """Return what opens a session for the stream with this number."""
        token, body = self.tokens[number % len(self.tokens)], opening()
        lines = [
            f"Host: 127.0.0.1:{self.target.port}",
            "Content-Type: application/json",
            "Accept: application/json, text/event-stream",
            *([f"Authorization: Bearer {token}"] if token else []),
            f"Content-Length: {len(body)}",
        ]
        return self._head("POST", lines) + body

    def _head(self, verb: str, lines: Sequence[str]) -> bytes:
        return "\r\n".join([f"{verb} {self.target.path} HTTP/1.1", *lines, "", ""]).encode()


async def sessions(way: Way, count: int) -> list[bytes]:
    """Open so many sessions, and return their ids; of a kind that needs none, empty ones."""
    if way.kind != "session":
        return [b""] * count

    async def one(number: int) -> bytes:
        held = await _connected(way)
        held.send(way.opening(number))
        head = await asyncio.wait_for(held.answered, OPEN_SECONDS)
        held.close()
        found = SESSION.search(head)
        if found is None:
            raise RuntimeError(f"no session was opened: {head[:200]!r}")
        return found[1]

    return await _in_turns(one, count)


async def hold(way: Way, count: int, known: Sequence[bytes] | None = None) -> list[Held]:
    """Open so many streams, some at a time; raises RuntimeError if one is refused."""
    known = known if known is not None else await sessions(way, count)
    return await _in_turns(lambda number: one_held(way, number, known[number]), count)


async def one_held(way: Way, number: int, session: bytes) -> Held:
    """Open one stream, and return it when its first event has come."""
    held = await _connected(way)
    held.send(way.request(number, session))
    if not await asyncio.wait_for(held.opened, OPEN_SECONDS):
        raise RuntimeError(f"a stream was refused: {held._seen[:200]!r}")
    return held


async def _connected(way: Way) -> Held:
    loop = asyncio.get_running_loop()
    return (await loop.create_connection(Held, "127.0.0.1", way.target.port))[1]


async def _in_turns(act: Any, count: int) -> list[Any]:
    found = []
    for start in range(0, count, AT_ONCE):
        numbers = range(start, min(count, start + AT_ONCE))
        found += await asyncio.gather(*(act(number) for number in numbers))
    return found
