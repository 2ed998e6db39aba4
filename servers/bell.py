"""Tells every process that something a client may listen to has changed.

Announcements of a moment leave together, each once: a tool that says the same a thousand times rings
once. They are noted first, for sessions whose clients are away.
"""

import asyncio
import json
import logging
import uuid
from collections.abc import Sequence
from typing import NamedTuple

from django.db import DatabaseError

from monitoring import bus
from servers.kept import announcements
from servers.offload import Offload
from servers.protocol.handshake import LIFETIME

log = logging.getLogger(__name__)
TOPIC = bus.chatter("changed")
GATHER_SECONDS = 0.02
MOST_GATHERED = 1_000
"""Different announcements of a moment; what is beyond is dropped."""
RESOURCE = "resource"


class Change(NamedTuple):
    """What changed on a server: the list of tools, prompts or resources; or one resource."""

    server: uuid.UUID
    what: str
    uri: str = ""


class Bell:
    """One process's announcements; used from one event loop."""

    def __init__(self, offload: Offload) -> None:
        self._offload = offload
        self._gathered: dict[Change, None] = {}
        self._ringing: asyncio.Task[None] | None = None

    def ring(self, change: Change) -> None:
        """Announce a change soon."""
        if len(self._gathered) < MOST_GATHERED:
            self._gathered[change] = None
        elif change not in self._gathered:
            log.warning("too many changes at once; one was not announced: %.200s", change.uri)
        if self._ringing is None or self._ringing.done():
            self._ringing = asyncio.get_running_loop().create_task(self._ring())

    async def _ring(self) -> None:
        """Announce what was gathered, until nothing was meanwhile."""
        while self._gathered:
            await asyncio.sleep(GATHER_SECONDS)
            changes, self._gathered = tuple(self._gathered), {}
            await self._note(changes)
            for change in changes:
                try:
                    await self._offload(bus.publish, TOPIC, to_payload(change))
                except ValueError:  # longer than the bus carries
                    log.warning("a change was not announced: %.200s", change.uri)

    async def _note(self, changes: Sequence[Change]) -> None:
        """Keep it for sessions that come back later."""
        try:
            await self._offload(announcements.note, changes, LIFETIME)
        except DatabaseError as error:
            log.warning("changes could not be noted: %s", error)


def to_payload(change: Change) -> str:
    """Return the announcement of a change."""
    return json.dumps([str(change.server), change.what, change.uri])


def from_payload(payload: str) -> Change:
    """Return what an announcement says."""
    server, what, uri = json.loads(payload)
    return Change(uuid.UUID(server), what, uri)
