"""Who listens to what in this process: streams that tell their clients what changes.

A list is told as changed when what the listener itself may see in it has: each listener remembers marks
of its lists and compares them whenever the snapshot, or who it is, changes. What a listener may hear is
judged when it is told, and its token is looked at again while it lasts.
"""

import asyncio
import contextlib
import logging
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import DatabaseError

from accounts.caller import Caller
from accounts.tokens import Principals
from servers.bell import RESOURCE, Change
from servers.bell import from_payload as change_from
from servers.kept import wishes
from servers.live import LiveSnapshot
from servers.offload import Offload
from servers.published import Access, PublishedServer

log = logging.getLogger(__name__)
# what a list is called -> the kinds of entries in it, and the notification that it changed
LISTS: dict[str, tuple[str, ...]] = {
    "tools": ("tool",),
    "prompts": ("prompt",),
    "resources": ("resource", "template"),
}
UPDATED = "notifications/resources/updated"
Marks = dict[str, int]


def list_changed(name: str) -> str:
    """Return the notification that a list has changed."""
    return f"notifications/{name}/list_changed"


@dataclass(eq=False, slots=True)
class Listener:
    """One stream: whose, on which server, what it wants to hear, and how to tell it.

    `uris` are the resources it asked for; None means those its `session` subscribed to. `end` is
    called when it may hear no more.
    """

    slug: str
    server: uuid.UUID
    token: str | None
    caller: Caller
    wants: frozenset[str]
    uris: frozenset[str] | None
    session: str
    tell: Callable[[str, dict[str, Any]], object]
    end: Callable[[], None]
    marks: Marks = field(default_factory=dict)


class Listeners:
    """The listeners of this process; used from one event loop."""

    def __init__(self, live: LiveSnapshot, principals: Principals, offload: Offload) -> None:
        self._live, self._principals, self._offload = live, principals, offload
        self._all: set[Listener] = set()
        self._following: asyncio.Task[None] | None = None
        self._again = False
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        """How many there are."""
        return len(self._all)

    @contextlib.contextmanager
    def added(self, listener: Listener) -> Iterator[None]:
        """Let a listener hear from now on."""
        server = self._live.current.servers.get(listener.slug)
        if server is not None:
            listener.marks = _marks(server.access_of(listener.caller), listener.wants)
        self._all.add(listener)
        try:
            yield
        finally:
            self._all.discard(listener)

    def end_all(self) -> None:
        """End every listener: the process stops."""
        for listener in tuple(self._all):
            listener.end()

    def end_session(self, session: str, besides: Listener | None = None) -> None:
        """End the listeners of a session, all or all but one: it is over, or heard elsewhere."""
        for listener in tuple(self._all):
            if listener.session == session and listener is not besides:
                listener.end()

    # --- when something changes ---

    def follow(self) -> None:
        """Compare what listeners see with what they saw; the snapshot, or one of them, changed."""
        self._again = bool(self._all)
        if self._again and (self._following is None or self._following.done()):
            self._following = asyncio.get_running_loop().create_task(self._follow())

    async def _follow(self) -> None:
        while self._again:
            self._again = False
            seen = [(listener, self._server_of(listener)) for listener in self._all]
            accesses = {server.access_of(one.caller) for one, server in seen if server}
            marks = await self._offload(_marks_of, accesses)
            for listener, server in seen:
                if server is None:
                    listener.end()
                else:
                    _compare(listener, marks[server.access_of(listener.caller)])

    def _server_of(self, listener: Listener) -> PublishedServer | None:
        """Return the server a listener listens to, None if it may not any more."""
        server = self._live.current.servers.get(listener.slug)
        if server is None or server.public_id != listener.server:
            return None
        return server if server.public or listener.token is not None else None

    def heard(self, payload: str) -> None:
        """Tell whoever listens what was announced."""
        task = asyncio.get_running_loop().create_task(self._tell(change_from(payload)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self, change: Change) -> None:
        here = [one for one in self._all if one.server == change.server]
        if change.what != RESOURCE:
            for listener in here:
                if change.what in listener.wants:
                    listener.tell(list_changed(change.what), {})
            return
        for listener in await self._subscribers(here, change.uri):
            server = self._server_of(listener)
            if server and server.may_read(server.access_of(listener.caller), change.uri):
                listener.tell(UPDATED, {"uri": change.uri})

    async def _subscribers(self, listeners: Iterable[Listener], uri: str) -> list[Listener]:
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

    async def recheck(self) -> None:
        """Look again at who the listeners are; end those whose token holds no longer."""
        changed = False
        for listener in tuple(self._all):
            if listener.token is None:
                continue
            try:
                caller = await self._principals.find(listener.token)
            except DatabaseError as error:
                log.warning("a listener's token could not be looked at: %s", error)
                continue
            if not _holds(caller, listener):
                listener.end()
            elif caller is not None and caller != listener.caller:
                listener.caller, changed = caller, True
        if changed:
            self.follow()


def _holds(caller: Caller | None, listener: Listener) -> bool:
    """Return whether a token still opens what is listened to."""
    return (
        caller is not None and caller.server == listener.server and caller.expires_at > time.time()
    )


def _marks(access: Access, names: Iterable[str]) -> Marks:
    """Return what changes whenever one of the lists does, for a group of callers."""
    return {name: hash(tuple(access.mark(kind) for kind in LISTS[name])) for name in names}


def _marks_of(accesses: Iterable[Access]) -> dict[Access, Marks]:
    """Return the marks of all lists of several groups; in a thread, as it looks at every entry."""
    return {access: _marks(access, LISTS) for access in accesses}


def _compare(listener: Listener, marks: Marks) -> None:
    """Tell a listener which of its lists have changed."""
    for name in listener.wants:
        if listener.marks.get(name) != marks[name]:
            listener.tell(list_changed(name), {})
    listener.marks = marks
