"""The threads that blocking functions run in: bounded, and none lost to a function that does not end.

A thread cannot be stopped. Work whose caller has gone goes on behind everybody's back; another thread
then stands in for its own until it ends. So many may stand in as there are threads: beyond that, work
waits, or clients could fill the process by calling and cancelling.
"""

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, NamedTuple


class Piece(NamedTuple):
    """Work, and who is told what came of it."""

    told: "Future[Any]"
    act: Callable[[], Any]


class Threads:
    """At most so many at work for somebody. They are daemons: the end of the process waits for none."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._waiting: queue.SimpleQueue[Piece] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._idle = self._alive = 0
        self._left: set[Future[Any]] = set()

    async def run(self, act: Callable[[], Any]) -> Any:
        """Return what the work gives; if nobody waits for it any more, it goes on alone."""
        told: Future[Any] = Future()
        self._waiting.put(Piece(told, act))
        self._fill()
        try:
            return await asyncio.wrap_future(told)
        except asyncio.CancelledError:
            self._leave(told)
            raise

    def left(self) -> int:
        """Return how many functions run that nobody waits for."""
        with self._lock:
            return len(self._left)

    def _leave(self, told: "Future[Any]") -> None:
        with self._lock:
            if told.running():
                self._left.add(told)
                _left.add(told)
        self._fill()

    def _bound(self) -> int:
        return self._most + min(len(self._left), self._most)

    def _fill(self) -> None:
        """Start a thread if work waits and there may be one more."""
        with self._lock:
            if self._waiting.qsize() <= self._idle or self._alive >= self._bound():
                return
            self._alive += 1
        threading.Thread(target=self._work, name="tool", daemon=True).start()

    def _work(self) -> None:
        """Do one piece after another; end when a thread that stood in is one too many."""
        while True:
            with self._lock:
                self._idle += 1
            piece = self._waiting.get()
            with self._lock:
                self._idle -= 1
            _do(piece)
            with self._lock:
                self._left.discard(piece.told)
                _left.discard(piece.told)
                if self._alive > self._bound():
                    self._alive -= 1
                    return
            del piece  # what it gave is not to live as long as the thread


_left: set["Future[Any]"] = set()
"""What runs in this process that nobody waits for."""


def left_behind() -> bool:
    """Return whether a function runs in this process that nobody waits for."""
    return bool(_left)


def _do(piece: Piece) -> None:
    if not piece.told.set_running_or_notify_cancel():
        return
    try:
        found = piece.act()
    except BaseException as error:  # noqa: BLE001  it is raised where it is waited for
        piece.told.set_exception(error)
    else:
        piece.told.set_result(found)
