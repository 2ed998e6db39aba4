"""The questions of one round: those that are asked at once, under `asyncio.gather` for example, leave
together.
"""

import asyncio
import contextlib
from collections.abc import Iterator

from catalog.authoring.asking import Paused, Question

QUIET_TURNS = 4
"""Turns of the event loop without a new question after which a round is complete."""


class Gathering:
    """What one run asks that has no answer yet; used from one event loop.

    `asked` are the questions by key, each with its digest; `over` once the round has ended, and
    everything that waits for an answer with it.
    """

    def __init__(self) -> None:
        self.asked: dict[str, tuple[str, Question]] = {}
        self.over = False
        self._waiting: list[asyncio.Future[None]] = []
        self._busy = 0
        self._quiet = 0

    async def leave_open(self, key: str, digest: str, question: Question) -> None:
        """Wait for the end of the round; always raises Paused."""
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.asked[key] = (digest, question)
        self._waiting.append(waiting)
        self._stir()
        await waiting

    @contextlib.contextmanager
    def busy(self) -> Iterator[None]:
        """Let no round end meanwhile: something is under way that must not be left half done."""
        self._busy += 1
        try:
            yield
        finally:
            self._busy -= 1
            if self._waiting:
                self._stir()

    def end(self) -> None:
        """End the round: whoever waits is told so."""
        self.over = True
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_exception(Paused())
                future.exception()  # whoever still waits gets it; nobody else misses it

    def _stir(self) -> None:
        """Give others some turns to ask something too."""
        if self._quiet == 0:
            asyncio.get_running_loop().call_soon(self._turn)
        self._quiet = QUIET_TURNS

    def _turn(self) -> None:
        """Let a turn of the loop pass; the round ends when some were quiet."""
        self._quiet -= 1
        if self._busy:
            self._quiet = 0  # its end stirs again
        elif self._quiet > 0:
            asyncio.get_running_loop().call_soon(self._turn)
        else:
            self.end()
