"""What all requests of a process share when they have jobs done, watched or ended."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from django.db import DatabaseError

from servers.jobs.events import Watches
from servers.jobs.ringing import Ringer
from servers.offload import Offload

log = logging.getLogger(__name__)


class JobDesk:
    """One process's way to its jobs; used from one event loop."""

    def __init__(self, offload: Offload) -> None:
        self.offload, self.watches, self.ringer = offload, Watches(), Ringer()
        self._tasks: set[asyncio.Task[None]] = set()

    def soon(self, act: Callable[..., Any], *given: Any) -> None:
        """Act off the loop, for nobody who waits: a request that ends has something to leave."""
        task = asyncio.get_running_loop().create_task(self._act(act, *given))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _act(self, act: Callable[..., Any], *given: Any) -> None:
        try:
            await self.offload(act, *given)
        except DatabaseError as error:
            log.warning("a job could not be changed: %s", error)
