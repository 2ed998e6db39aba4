"""What a process hears of the others, and what it looks for itself in case it did not hear.

A worker hears what its jobs depend on, a process that answers clients everything.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from django.db import DatabaseError

from accounts.services.announcing import TOPIC as PRINCIPALS
from accounts.tokens import EVERYBODY
from catalog.services.announcing import TOPIC as CATALOG
from monitoring import bus
from monitoring.recorded import names as masked_names
from servers.bell import TOPIC as CHANGED
from servers.dialogue.replies import TOPIC as ANSWER
from servers.host import Hub
from servers.jobs.events import TOPIC as JOBS
from servers.limits import TOPIC as LIMITS
from servers.limits import Limits
from servers.offload import Offload
from servers.places import TOPIC as PLACES
from servers.posting import TOPIC as POSTED
from servers.replaying import BACK, KEPT
from servers.running import TOPIC as CANCEL
from servers.running import from_payload
from servers.sessions import TOPIC as SESSIONS
from servers.turns import TOPIC as TAKEN
from servers.turns import from_payload as taken_from

log = logging.getLogger(__name__)
Listener = Callable[[str], Any]


class Hearing:
    """One process's ears; used from one event loop. `begin` does something beside."""

    def __init__(
        self,
        hub: Hub,
        limits: Limits,
        offload: Offload,
        begin: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._hub, self._limits, self._offload, self._begin = hub, limits, offload, begin
        self._ends: list[Callable[[], None]] = []
        self._unheard = False
        """Whether sessions may have ended without this process knowing."""
        self._unread = False
        """Whether leave may have been taken back that requests still run by."""

    def start(self, *, clients: bool) -> None:
        """Hear what other processes, and this one's other threads, announce."""
        loop = asyncio.get_running_loop()
        topics = {**self._for_all(), **(self._for_clients() if clients else {})}
        for topic, listener in topics.items():
            self._ends.append(bus.subscribe(topic, _on(loop, listener)))

    def stop(self) -> None:
        """Hear nothing more."""
        for end in self._ends:
            end()
        self._ends.clear()

    def _for_all(self) -> dict[str, Listener]:
        hub = self._hub
        return {
            CATALOG: lambda _number: hub.live.stale(),
            PRINCIPALS: lambda keys: self._forget(keys.split()),
            JOBS: hub.jobs.watches.heard,
            masked_names.TOPIC: lambda _none: self._begin(self.learn_masked_names()),
            bus.CONNECTED: lambda _none: self._distrust(),
        }

    def _for_clients(self) -> dict[str, Listener]:
        hub = self._hub
        return {
            SESSIONS: hub.session_ended,
            TAKEN: lambda payload: _taken(hub, payload),
            CHANGED: hub.listeners.heard,
            ANSWER: hub.desk.replies.heard,
            KEPT: hub.streams.kept,
            BACK: hub.streams.client_is_back,
            POSTED: hub.posting.heard,
            LIMITS: self._limits.heard,
            PLACES: hub.places.heard,
            CANCEL: lambda payload: hub.running.stop(from_payload(payload)),
        }

    # --- principals ---

    def _forget(self, keys: list[str]) -> None:
        """Take changed principals into account, for those who listen too, and for what runs."""
        self._hub.principals.forget(keys)
        if self._hub.running.all:
            self._begin(self.take_back(keys))
        if len(self._hub.listeners):
            self._begin(self._hub.listeners.recheck(keys))

    async def take_back(self, keys: Iterable[str]) -> None:
        """Stop what runs by a leave that was taken back; if the database is away, with the next check."""
        if not await self._hub.take_back(keys):
            self._unread = True

    async def take_back_unheard(self) -> None:
        """Look at all that runs where announcements do not come, or one could not be followed."""
        if self._unread or not bus.alive():
            self._unread = False
            await self.take_back((EVERYBODY,))

    # --- after a gap ---

    def _distrust(self) -> None:
        """Read everything again: what was announced lately is unknown."""
        self._hub.principals.forget_all()
        self._hub.live.stale()
        self._hub.streams.look()
        self._unheard = True
        self._begin(self.learn_ended())
        self._begin(self.learn_masked_names())
        self._begin(self.take_back((EVERYBODY,)))

    async def learn_ended(self) -> None:
        """Learn which sessions ended unheard; if the database is away, with the next check."""
        if not self._unheard:
            return
        self._unheard = False
        try:
            await self._hub.learn_ended()
        except DatabaseError as error:
            self._unheard = True
            log.warning("the sessions that ended could not be read: %s", error)

    async def learn_masked_names(self) -> None:
        """Read which names are masked; if the database is away, with the next check."""
        try:
            await self._offload(masked_names.refresh)
        except DatabaseError as error:
            log.warning("the masked names could not be read: %s", error)

    # --- said to the others ---

    def share_limits(self) -> None:
        """Tell the other processes what callers were let through here.

        Not while the bus is away: told late, it would be taken from what callers may use then.
        """
        announcements = self._limits.spent()
        if bus.alive():
            for each in announcements:
                bus.publish(LIMITS, each)

    def share_places(self) -> None:
        """Tell the other processes whose streams are open here.

        Not while the bus is away: all of it is told anew every few seconds.
        """
        announcements = self._hub.places.said()
        if bus.alive():
            for each in announcements:
                bus.publish(PLACES, each)


def _on(loop: asyncio.AbstractEventLoop, listener: Listener) -> Callable[[str], None]:
    """Return a listener for any thread that acts on the loop."""

    def heard(payload: str) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended: nobody needs to know
            loop.call_soon_threadsafe(listener, payload)

    return heard


def _taken(hub: Hub, payload: str) -> None:
    """End the streams of sessions that are older than those just opened."""
    for session, turn in taken_from(payload):
        hub.listeners.end_session(session, turn)
