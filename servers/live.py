"""The snapshot a process serves from, and how it follows the catalog.

An announcement or a poll starts a rebuild off the loop; announcements that come meanwhile cause one
more. Requests go on with the snapshot they began with.
"""

import asyncio
import logging
from collections.abc import Callable

from django.db import DatabaseError

from catalog.selectors import catalog_number
from servers.offload import Offload
from servers.snapshot import Snapshot, build
from servers.snapshot_rows import read_rows

log = logging.getLogger(__name__)


class LiveSnapshot:
    """Holds the current snapshot; used from one event loop.

    `prepare` sees each snapshot off the loop before it is served, to have ready what its calls need.
    """

    def __init__(
        self,
        offload: Offload,
        version: str,
        prepare: Callable[[Snapshot], None] = lambda _snapshot: None,
    ) -> None:
        self._offload, self._version, self._prepare = offload, version, prepare
        self._rebuilding: asyncio.Task[None] | None = None
        self._again = False
        self.current = Snapshot()
        self.on_change: Callable[[], None] = _nothing

    def stale(self) -> None:
        """Begin a rebuild: something that is served changed."""
        self._again = True
        if self._rebuilding is None or self._rebuilding.done():
            self._rebuilding = asyncio.get_running_loop().create_task(self._rebuild())

    async def refresh(self) -> None:
        """Rebuild and wait for it; raises the database's error, for a start that cannot serve."""
        last = self.current
        self.current = await self._offload(self._read, last)
        self.on_change()

    async def check(self) -> None:
        """Rebuild if the catalog's number moved without an announcement that was heard."""
        try:
            number = await self._offload(catalog_number)
        except DatabaseError as error:
            log.warning("the catalog's version could not be read: %s", error)
            return
        if number != self.current.number:
            self.stale()

    async def _rebuild(self) -> None:
        """Rebuild until nothing was announced meanwhile; a database that is down leaves the old one."""
        while self._again:
            self._again = False
            try:
                await self.refresh()
            except DatabaseError as error:
                log.warning("the catalog could not be read, serving what was read last: %s", error)

    def _read(self, last: Snapshot) -> Snapshot:
        """Return the snapshot of what the database says now."""
        snapshot = build(read_rows(last.definitions.keys()), last, self._version)
        try:
            self._prepare(snapshot)
        except Exception:  # a door: what was revoked must be so, whatever else fails
            log.exception("not all that is served could be prepared")
        return snapshot


def _nothing() -> None:
    """Do nothing: nobody follows yet."""
