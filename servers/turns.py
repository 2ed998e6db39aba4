"""Whose turn it is to hear: the newest stream of a session, wherever it was opened.

A message goes to one stream of a session only (2025-11-25 basic/transports, Multiple Connections), so each
process tells the others which sessions it took over. What was taken in a moment is told together: after a
restart thousands of clients come back at once.
"""

import asyncio
import json
from collections.abc import Iterable

from monitoring import bus
from servers.offload import Offload

TOPIC = bus.chatter("taken")
MOST_TOLD = 80
"""Sessions in one announcement: some 90 bytes each, where the bus takes 7,900 in all."""
Turn = tuple[float, str]
"""Since when a stream is open, in seconds of the epoch, and on which process."""
Taken = tuple[str, Turn]
"""A session, and the turn of its newest stream."""


class Turns:
    """What one process has taken over and not told yet; used from one event loop."""

    def __init__(self, offload: Offload) -> None:
        self._offload = offload
        self._untold: dict[str, Turn] = {}
        self._telling: asyncio.Task[None] | None = None

    def take(self, session: str, turn: Turn) -> None:
        """Tell the others soon that the session is heard here from now on."""
        self._untold[session] = turn
        if self._telling is None or self._telling.done():
            self._telling = asyncio.get_running_loop().create_task(self._tell())

    async def _tell(self) -> None:
        """Announce until nothing was taken meanwhile."""
        while self._untold:
            taken = list(self._untold.items())
            self._untold.clear()
            for start in range(0, len(taken), MOST_TOLD):
                part = taken[start : start + MOST_TOLD]
                await self._offload(bus.publish, TOPIC, to_payload(part))


def to_payload(taken: Iterable[Taken]) -> str:
    """Return the announcement of sessions that were taken over."""
    return json.dumps([[session, *turn] for session, turn in taken])


def from_payload(payload: str) -> list[Taken]:
    """Return what an announcement says."""
    return [(session, (at, process)) for session, at, process in json.loads(payload)]
