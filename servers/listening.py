"""Who listens to what in this process: streams that tell their clients what changes.

A list is told as changed when what the listener itself may see in it has: each listener remembers marks
of its lists and compares them whenever the snapshot, or who it is, changes. What a listener may hear is
judged when it is told, and its token is looked at again while it lasts.

There may be thousands: a session's listener and a server's are found without a look at the others, and
what concerns many is done in slices, so that calls are answered in between.
"""

import asyncio
import logging
import time
from binascii import crc32
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from django.db import DatabaseError

from accounts.caller import Caller
from accounts.tokens import EVERYBODY, Principals
from servers.bell import RESOURCE, Change
from servers.bell import from_payload as change_from
from servers.crowd import Crowd, Listener, Marks, Place
from servers.kept import wishes
from servers.live import LiveSnapshot
from servers.offload import Offload
from servers.published import Access, PublishedServer
from servers.turns import Turn, Turns

log = logging.getLogger(__name__)
# what a list is called -> the kinds of entries in it
LISTS: dict[str, tuple[str, ...]] = {
    "tools": ("tool",),
    "prompts": ("prompt",),
    "resources": ("resource", "template"),
}
UPDATED = "notifications/resources/updated"
SLICE = 100
"""Listeners that are told or looked at without a pause."""


def list_changed(name: str) -> str:
    """Return the notification that a list has changed."""
    return f"notifications/{name}/list_changed"


class Listeners:
    """The listeners of this process; used from one event loop.

    `shared`: other processes serve the same sessions.
    """

    def __init__(
        self, live: LiveSnapshot, principals: Principals, offload: Offload, *, shared: bool
    ) -> None:
        self._live, self._principals, self._offload = live, principals, offload
        self.shared, self._turns = shared, Turns(offload)
        self._crowd = Crowd()
        self._marks: dict[Access, Marks] = {}
        """Of the groups that somebody listens in."""
        self._following: asyncio.Task[None] | None = None
        self._again = self._closing = False
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        """How many there are."""
        return len(self._crowd)

    def added(self, listener: Listener) -> Place:
        """Let a listener hear from now on; one of a session instead of those before it."""
        return Place(listener, self._begin, self._forget)

    def _begin(self, listener: Listener) -> None:
        server = self.server_of(listener)
        if server is None or self._closing:
            listener.end()
        else:
            listener.marks = self._known_marks(server.access_of(listener.caller))
        before = self._crowd.of_session(listener.session)
        if before is not None:
            before.end()
        self._crowd.add(listener)
        if listener.session and self.shared:
            self._turns.take(listener.session, listener.turn)

    def _forget(self, listener: Listener) -> None:
        self._crowd.remove(listener)
        if not self._crowd:
            self._marks = {}  # nobody would let go of the snapshot they are of

    def _known_marks(self, access: Access) -> Marks:
        """Return the marks of all lists of a group, the same value for all who listen in it."""
        marks = self._marks.get(access)
        if marks is None:
            marks = self._marks[access] = _marks(access)
        return marks

    def end_all(self) -> None:
        """End every listener, and those to come: the process stops."""
        self._closing = True
        for listener in self._crowd:
            listener.end()

    def end_session(self, session: str, before: Turn = (float("inf"), "")) -> None:
        """End the listeners of a session: it is over, or heard by a newer one since a turn."""
        listener = self._crowd.of_session(session)
        if listener is not None and listener.turn < before:
            listener.end()

    # --- when something changes ---

    def follow(self) -> None:
        """Compare what listeners see with what they saw; the snapshot, or one of them, changed."""
        self._again = bool(self._crowd)
        if self._again and (self._following is None or self._following.done()):
            self._following = asyncio.get_running_loop().create_task(self._follow())

    async def _follow(self) -> None:
        while self._again:
            self._again = False
            seen = {listener: self._access_of(listener) for listener in self._crowd}
            accesses = {access for access in seen.values() if access is not None}
            self._marks = await self._offload(_marks_of, accesses)
            await self._each(tuple(seen), partial(_look, seen, self._marks))

    async def _each(self, listeners: Sequence[Listener], act: Callable[[Listener], object]) -> None:
        """Do something with each listener that is still there, letting others go on in between."""
        for number, listener in enumerate(listeners, start=1):
            if listener in self._crowd:
                act(listener)
            if number % SLICE == 0:
                await asyncio.sleep(0)

    def _access_of(self, listener: Listener) -> Access | None:
        """Return what a listener may see, None if it may not listen any more."""
        server = self.server_of(listener)
        return None if server is None else server.access_of(listener.caller)

    def server_of(self, listener: Listener) -> PublishedServer | None:
        """Return the server a listener listens to, None if it may not any more."""
        server = self._live.current.servers.get(listener.slug)
        if server is None or server.public_id != listener.server:
            return None
        return server if server.lets_in(listener.caller) else None

    def heard(self, payload: str) -> None:
        """Tell whoever listens what was announced."""
        task = asyncio.get_running_loop().create_task(self._tell(change_from(payload)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self, change: Change) -> None:
        here = self._crowd.of_server(change.server)
        if change.what == RESOURCE:
            subscribers = await self._subscribers(here, change.uri)
            return await self._each(subscribers, lambda one: self._tell_updated(one, change.uri))
        wanting = [one for one in here if change.what in one.wants]
        await self._each(wanting, lambda one: self._tell_changed(one, change.what))

    def _tell_changed(self, listener: Listener, name: str) -> None:
        if self.server_of(listener):
            listener.tell(list_changed(name), {})

    def _tell_updated(self, listener: Listener, uri: str) -> None:
        server = self.server_of(listener)
        if server and server.may_read(server.access_of(listener.caller), uri):
            listener.tell(UPDATED, {"uri": uri})

    async def _subscribers(self, listeners: Sequence[Listener], uri: str) -> list[Listener]:
        """Return who wants to hear of a resource."""
        found = [one for one in listeners if one.uris is not None and uri in one.uris]
        by_session = {one.session: one for one in listeners if one.uris is None}
        if by_session:
            try:
                names = await self._offload(wishes.subscribed, uri, by_session)
            except DatabaseError as error:
                log.warning("the subscriptions could not be read: %s", error)
                return found
            found += [by_session[name] for name in names]
        return found

    # --- whether they still may ---

    async def recheck(self, keys: Iterable[str] = (EVERYBODY,)) -> None:
        """Look again at who the listeners are whom some keys are about; end those that may hear no more."""
        told = frozenset(keys)
        touched = [one for one in self._crowd if EVERYBODY in told or one.is_about(told)]
        changed = False
        for start in range(0, len(touched), SLICE):
            part = touched[start : start + SLICE]
            tokens = {one.token for one in part if one.token is not None}
            try:
                callers = await self._principals.find_all(tokens)
            except DatabaseError as error:
                log.warning("the listeners' tokens could not be looked at: %s", error)
                break
            for listener in part:
                changed |= _recheck(listener, callers.get(listener.token or "", listener.caller))
            await asyncio.sleep(0)
        if changed:
            self.follow()

    async def recheck_one(self, listener: Listener) -> None:
        """Look again at who a listener is that has just begun, and end it if need be."""
        token = listener.token
        _recheck(listener, await self._principals.find(token) if token else listener.caller)


def _recheck(listener: Listener, caller: Caller | None) -> bool:
    """Take in who a listener is now, and end it if need be; return whether that changed."""
    if listener.until <= time.time():
        listener.end()
    if listener.token is None:
        return False
    if not _holds(caller, listener):
        listener.end()
    if caller is None or caller == listener.caller:
        return False
    listener.caller = caller
    return True


def _holds(caller: Caller | None, listener: Listener) -> bool:
    """Return whether a token still opens what is listened to."""
    return (
        caller is not None and caller.server == listener.server and caller.expires_at > time.time()
    )


def _marks(access: Access) -> Marks:
    """Return what changes whenever one of the lists does, for a group of callers."""
    return {
        name: crc32(repr([access.mark(kind) for kind in kinds]).encode())
        for name, kinds in LISTS.items()
    }


def _marks_of(accesses: Iterable[Access]) -> dict[Access, Marks]:
    """Return the marks of several groups; in a thread, as it looks at every entry."""
    return {access: _marks(access) for access in accesses}


def _look(
    seen: Mapping[Listener, Access | None], known: Mapping[Access, Marks], listener: Listener
) -> None:
    """Tell a listener which of its lists have changed; end one that may see none any more."""
    access = seen[listener]
    if access is None:
        return listener.end()
    before, listener.marks = listener.marks, known[access]
    for name in listener.wants:
        if before.get(name) != listener.marks[name]:
            listener.tell(list_changed(name), {})
