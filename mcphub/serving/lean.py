"""What a connection holds while nothing happens on it: pieces of uvicorn's, made of less.

Thousands of streams are thousands of connections that mostly wait. An asyncio.Event, and a deque, take some
700 bytes each though nobody waits and nothing is in them.
"""

import asyncio
from typing import Any


class Signal:
    """An asyncio.Event as servers use it; what is waited with is made when somebody waits."""

    __slots__ = ("_is_set", "_waiting")

    def __init__(self, *, is_set: bool = False) -> None:
        self._is_set = is_set
        self._waiting: tuple[asyncio.Future[None], ...] = ()

    def is_set(self) -> bool:
        """Return whether nobody has to wait."""
        return self._is_set

    def set(self) -> None:
        """Let those go on who wait, and those who come."""
        self._is_set = True
        waiting, self._waiting = self._waiting, ()
        for future in waiting:
            if not future.done():
                future.set_result(None)

    def clear(self) -> None:
        """Let those wait who come from now on."""
        self._is_set = False

    def wait(self) -> "asyncio.Future[None]":
        """Return what is done once it is set."""
        future = asyncio.get_running_loop().create_future()
        if self._is_set:
            future.set_result(None)
        else:
            self._waiting = (*(one for one in self._waiting if not one.done()), future)
        return future


class Flow:
    """uvicorn's FlowControl: whether a connection is read, and whether it takes more."""

    __slots__ = ("_room", "_transport", "read_paused", "write_paused")

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self._room: Signal | None = None
        self.read_paused = self.write_paused = False

    async def drain(self) -> None:
        """Wait until the connection takes more, or is gone."""
        if self._room is not None:
            await self._room.wait()

    def pause_reading(self) -> None:
        """Read no more for now."""
        if not self.read_paused:
            self.read_paused = True
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Read again."""
        if self.read_paused:
            self.read_paused = False
            self._transport.resume_reading()

    def pause_writing(self) -> None:
        """Take note that the connection is full."""
        if not self.write_paused:
            self.write_paused, self._room = True, Signal()

    def resume_writing(self) -> None:
        """Take note that there is room again, or nothing to wait for."""
        if self._room is not None:
            room, self._room = self._room, None
            self.write_paused = False
            room.set()


class Ahead(list[Any]):
    """Requests sent ahead of an answer: uvicorn puts the newest first and takes the last."""

    __slots__ = ()

    def appendleft(self, request: Any) -> None:
        """Put a request behind those that wait."""
        self.insert(0, request)
