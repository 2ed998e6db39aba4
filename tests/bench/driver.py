"""A closed loop: C keep-alive connections, each asks again as soon as it has its answer."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.bench.requests import Asking

LONGEST_PROBLEM = 200
MOST_PROBLEMS = 50
"""Wrong answers after which a round is given up."""


@dataclass(slots=True)
class Heard:
    """What came back in one round: seconds of each right answer, and what was wrong with others."""

    seconds: list[float] = field(default_factory=list)
    problems: Counter[str] = field(default_factory=Counter)
    asked: int = 0
    wall: float = 0.0


class Connection(asyncio.Protocol):
    """One HTTP/1.1 connection that waits for one answer at a time."""

    def __init__(self) -> None:
        self.closed = False
        self._transport: asyncio.WriteTransport
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._buffer, self._whole, self._body_at = b"", 0, 0

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionError("closed"))

    def ask(self, data: bytes) -> "asyncio.Future[tuple[int, bytes]]":
        """Send a request; the result is status and body."""
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(data)
        return self._answer

    def close(self) -> None:
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        """Collect until the answer is whole."""
        self._buffer += data
        if not self._whole and not self._read_head():
            return
        chunked = self._whole < 0
        if not self._buffer.endswith(b"0\r\n\r\n") if chunked else len(self._buffer) < self._whole:
            return
        whole, self._buffer, self._whole = self._buffer, b"", 0
        if self._answer is not None and not self._answer.done():
            self._answer.set_result((int(whole[9:12]), whole[self._body_at :]))

    def _read_head(self) -> bool:
        """Learn where the answer ends: by its length, or by its last chunk."""
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        head, self._body_at = self._buffer[:end].lower() + b"\r\n", end + 4
        at = head.find(b"\r\ncontent-length:")
        if at >= 0:
            self._whole = end + 4 + int(head[at + 17 : head.index(b"\r\n", at + 2)])
        else:
            self._whole = -1 if b"transfer-encoding: chunked" in head else end + 4
        return True


async def drive(asking: Asking, port: int, *, connections: int, seconds: float) -> Heard:
    """Ask for so many seconds and return what was heard; every answer is checked."""
    loop = asyncio.get_running_loop()
    opened = [
        (await loop.create_connection(Connection, "127.0.0.1", port))[1] for _ in range(connections)
    ]
    heard = Heard()
    begun = time.perf_counter()
    await asyncio.gather(*(_ask(c, asking, begun + seconds, heard) for c in opened))
    heard.wall = time.perf_counter() - begun
    for connection in opened:
        connection.close()
    return heard


async def _ask(connection: Connection, asking: Asking, until: float, heard: Heard) -> None:
    """Ask on one connection until the time is over."""
    clock = time.perf_counter
    while (begun := clock()) < until and heard.problems.total() < MOST_PROBLEMS:
        data, identifier, holds = asking.request()
        heard.asked += 1
        try:
            status, body = await connection.ask(data)
        except ConnectionError as error:
            heard.problems[str(error)] += 1
            return
        if status == 200 and identifier in body and holds in body:
            heard.seconds.append(clock() - begun)
        else:
            heard.problems[f"{status} {body[:LONGEST_PROBLEM]!r}"] += 1
