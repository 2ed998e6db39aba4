"""Lines of bytes in and out, over whatever the descriptors are: pipes, files, sockets, terminals.

A thread reads and a thread writes, as the event loop cannot wait for every kind of descriptor.
Promises: of a line no more than LONGEST_LINE bytes are held, however long it is; few lines wait to be
taken, so that who writes too fast has to wait; a line leaves whole or not at all, one after the other.
Neither thread keeps the process from ending.
"""

import asyncio
import contextlib
import os
import threading
from collections.abc import AsyncIterator, Callable
from queue import SimpleQueue
from typing import NamedTuple

from servers.transports.guards import LARGEST_BODY

LONGEST_LINE = LARGEST_BODY
"""Bytes of a line, its end not counted."""
MOST_WAITING = 8
"""Lines that were read and not yet taken."""
_PIECE = 64 * 1024


class Line(NamedTuple):
    """One line without its end; of one that is too long only that it was there."""

    body: bytes
    too_long: bool = False


class Splitter:
    """Bytes to lines, in bounded memory."""

    def __init__(self, longest: int = LONGEST_LINE) -> None:
        self._longest, self._held, self._over = longest, bytearray(), False

    def feed(self, piece: bytes) -> list[Line]:
        """Return the lines that a piece completes."""
        *ends, rest = piece.split(b"\n")
        lines = [self._line(end) for end in ends]
        self._hold(rest)
        return lines

    def end(self) -> list[Line]:
        """Return what came after the last line's end, if anything did."""
        return [self._line(b"")] if self._held or self._over else []

    def _line(self, end: bytes) -> Line:
        self._hold(end)
        line = Line(bytes(self._held), self._over)
        self._held, self._over = bytearray(), False
        return line

    def _hold(self, part: bytes) -> None:
        if self._over or len(self._held) + len(part) > self._longest:
            self._held, self._over = bytearray(), True
        else:
            self._held += part


class LinesIn:
    """The lines that come from a descriptor, to be iterated once, on the loop it was made on."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._loop = descriptor, asyncio.get_running_loop()
        self._read: asyncio.Queue[Line | None] = asyncio.Queue()
        self._room = threading.Semaphore(MOST_WAITING)

    async def __aiter__(self) -> AsyncIterator[Line]:
        """Yield each line, until there are no more."""
        threading.Thread(target=self._run, name="lines-in", daemon=True).start()
        while (line := await self._read.get()) is not None:
            self._room.release()
            yield line

    def _run(self) -> None:
        splitter = Splitter()
        while piece := self._piece():
            self._give(*splitter.feed(piece))
        self._give(*splitter.end(), None)

    def _piece(self) -> bytes:
        """Return some bytes; none at the end, or when the descriptor gives no more."""
        try:
            return os.read(self._descriptor, _PIECE)
        except OSError:
            return b""

    def _give(self, *lines: Line | None) -> None:
        """Hand lines over to the loop, as it takes them."""
        for line in lines:
            self._room.acquire()
            _on(self._loop, self._read.put_nowait, line)


class _Sending(NamedTuple):
    """A line that waits to be written, unless it is no longer wanted when its turn comes."""

    line: bytes
    unwanted: Callable[[], bool]
    done: "asyncio.Future[None]"


class LinesOut:
    """Lines to a descriptor; used from the loop it was made on. `broken` is set if nobody reads them."""

    load = None
    """Nobody counts what waits: the client is the only one, and started the process."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._loop = descriptor, asyncio.get_running_loop()
        self._waiting: SimpleQueue[_Sending] = SimpleQueue()
        self.broken = asyncio.Event()
        threading.Thread(target=self._run, name="lines-out", daemon=True).start()

    async def send(self, line: bytes, unwanted: Callable[[], bool] = bool) -> None:
        """Write a line, and return when it has left; one that is `unwanted` by then is dropped.

        `unwanted` is asked by the thread that writes. Returns also when nobody reads any more.
        """
        done = self._loop.create_future()
        self._waiting.put(_Sending(line, unwanted, done))
        await done

    def _run(self) -> None:
        broken = False
        while True:
            sending = self._waiting.get()
            if not broken and not sending.unwanted():
                broken = not self._write(sending.line + b"\n")
                if broken:
                    _on(self._loop, self.broken.set)
            _on(self._loop, _settle, sending.done)

    def _write(self, line: bytes) -> bool:
        """Write all of a line; return whether that was possible."""
        rest = memoryview(line)
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except OSError:
            return False
        return True


def _settle(done: "asyncio.Future[None]") -> None:
    """Let go on who waits, if anybody still does."""
    if not done.done():
        done.set_result(None)


def _on(loop: asyncio.AbstractEventLoop, act: Callable[..., object], *arguments: object) -> None:
    """Do something on the loop; one that has ended needs nothing any more."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(act, *arguments)
