"""Following a job from where somebody waits for it: its words as they come, its row when it changes.

Bells may be lost: who rings nobody for a while is looked for.
"""

import asyncio
import logging
import math
from collections.abc import Coroutine
from typing import Any, Protocol, TypeVar

from django.db import DatabaseError

from servers.jobs.desk import JobDesk
from servers.jobs.events import Log, Watch
from servers.jobs.facts import Progress, Seen
from servers.jobs.reading import seen_of
from servers.jobs.states import State
from servers.protocol.errors import INTERNAL_ERROR, ProtocolError

log = logging.getLogger(__name__)
FIRST_LOOK_SECONDS, LONGEST_LOOK_SECONDS = 1.0, 5.0
LAST_WORDS_SECONDS = 0.05
"""How long the last words of a job are waited for whose row was quicker than its bell."""
Value = TypeVar("Value")


def gone() -> ProtocolError:
    """Return the error of a job that was deleted, with whoever or whatever it was of."""
    return ProtocolError(INTERNAL_ERROR, "This job is not kept any more.")


class Hears(Protocol):
    """Who is told what a job says while it runs."""

    async def progress(self, progress: Progress) -> None:
        """Hear how far it is."""
        ...

    async def log(self, log: Log) -> None:
        """Hear what it logs."""
        ...


class Follower:
    """Follows one job for one who waits; `whole` where nothing was said before.

    `told` is progress that was told before: what is told is further.
    """

    def __init__(
        self,
        desk: JobDesk,
        name: str,
        watch: Watch,
        hears: Hears,
        *,
        whole: bool = False,
        told: float = -math.inf,
    ) -> None:
        self._desk, self._name, self._watch, self._hears = desk, name, watch, hears
        self._told = told
        self._heard_out = not whole
        """Whether nothing that was said before the row changed is still on its way."""

    async def until_it_rests(self, seconds: float = math.inf, *, new: bool = False) -> Seen | None:
        """Return the job once it has ended or waits for answers; None if it takes longer than that.

        A `new` one is not looked at before something is said: what is said was heard from its beginning.
        """
        clock = asyncio.get_running_loop().time
        over, pause = clock() + seconds, FIRST_LOOK_SECONDS
        if new:
            await self._listen(min(clock() + pause, over))
        while True:
            seen = await self._seen()
            rests = seen is not None and (seen.ended or seen.state == State.WAITING)
            if rests:
                await self._hear_out()
            await self._tell(seen.progress if seen is not None else None)
            if rests:
                return seen
            if clock() >= over:
                return None
            await self._listen(min(clock() + pause, over))
            pause = min(2 * pause, LONGEST_LOOK_SECONDS)

    async def while_it_waits(self, asking: Coroutine[Any, Any, Value]) -> Value | None:
        """Return what asking its client gave; None if the job moved on by itself meanwhile.

        Another client may answer, and anybody who may cancel it: then nobody is to be asked any more.
        """
        task = asyncio.ensure_future(asking)
        try:
            while not task.done():
                look = asyncio.ensure_future(self._watch.wait(LONGEST_LOOK_SECONDS))
                try:
                    await asyncio.wait({task, look}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    look.cancel()
                if not task.done() and not await self._waits():
                    return None
            return task.result()
        finally:
            task.cancel()

    async def _waits(self) -> bool:
        """Return whether the job still waits for answers."""
        self._watch.take()
        try:
            seen = await self._seen()
        except ProtocolError:  # it is kept no more
            return False
        return seen is None or seen.state == State.WAITING

    async def _seen(self) -> Seen | None:
        """Return the job; None if the database is away: it is looked for again. Raises ProtocolError."""
        try:
            seen = await self._desk.offload(seen_of, self._name)
        except DatabaseError as error:
            log.warning("a job that is waited for could not be read: %s", error)
            return None
        if seen is None:
            raise gone()
        return seen

    async def _listen(self, until: float) -> None:
        """Pass on what is said until the row is to be looked at, or until some moment."""
        clock = asyncio.get_running_loop().time
        while (left := until - clock()) > 0:
            await self._watch.wait(left)
            if await self._pass_on():
                self._heard_out = True
                return

    async def _hear_out(self) -> None:
        """Pass on what was said before the row changed: the bell of the change comes after it."""
        if not self._heard_out and not await self._pass_on():
            await self._listen(asyncio.get_running_loop().time() + LAST_WORDS_SECONDS)
        self._heard_out = False

    async def _pass_on(self) -> bool:
        """Pass on what was said, and return whether the row is to be looked at."""
        progress, logs, look = self._watch.take()
        for each in logs:
            await self._hears.log(each)
        await self._tell(progress)
        return look

    async def _tell(self, progress: Progress | None) -> None:
        """Tell progress that is one: an attempt that begins again starts lower."""
        if progress is not None and progress.value > self._told:
            self._told = progress.value
            await self._hears.progress(progress)
