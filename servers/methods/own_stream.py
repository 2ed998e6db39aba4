"""A session's own stream: its messages have ids, and a client that comes back hears what it missed.

No message is kept for that: an id says how the lists were told last, and when, and that is compared with how
they are now and what tools announced since. Many changes of a thing are told as one.
Source: 2025-11-25 basic/transports (Resumability and Redelivery; "via POST or GET").
"""

import logging
import time
from typing import Any

from django.db import DatabaseError

from servers.crowd import Listener
from servers.kept import announcements
from servers.kept.announcements import Missed
from servers.listening import LISTS, UPDATED, list_changed
from servers.methods.request import Request
from servers.protocol.event_ids import Heard, Point
from servers.transports.exchange import Exchange

log = logging.getLogger(__name__)
_TOLD = {list_changed(name): name for name in LISTS}


class OwnStream:
    """One connection of it; `since` is the place its client comes back to."""

    def __init__(self, exchange: Exchange, name: str, since: Point | None) -> None:
        self._exchange, self._name, self._since = exchange, name, since
        self._position = -1
        self._at: int | None = None
        """How far the client has surely heard, while it catches up; then that is now."""
        self._lists: dict[str, int] = {}
        self._listener: Listener | None = None

    def begin(self, listener: Listener) -> None:
        """Begin with what a listener sees now, or where the client was, and name the place."""
        self._listener = listener
        heard = self._since.heard if self._since else None
        self._lists = dict(listener.marks)
        if heard is not None:
            self._at, self._lists = heard.at, dict(zip(LISTS, heard.lists, strict=True))
        self._exchange.name_place(self._next())

    async def catch_up(self, request: Request) -> None:
        """Tell what changed since the place the client comes back to."""
        if self._at is None or self._listener is None:
            return
        missed = await self._missed(request, self._at)
        for name, mark in self._listener.marks.items():
            if name in missed.lists or self._lists.get(name) != mark:
                self.tell(list_changed(name), {})
        for uri in missed.uris:
            self.tell(UPDATED, {"uri": uri})
        self._at = None

    def tell(self, method: str, params: dict[str, Any]) -> None:
        """Send a notification, at its place."""
        name = _TOLD.get(method)
        if name is not None and self._listener is not None:
            self._lists[name] = self._listener.marks.get(name, 0)
        self._exchange.tell(method, params, self._next())

    def _next(self) -> bytes:
        """Return the id of the next event.

        What is told waits in order, so that whoever got this one got all before it.
        """
        self._position += 1
        at = int(time.time()) if self._at is None else self._at
        heard = Heard(at, tuple(self._lists.get(name, 0) for name in LISTS))
        return Point(self._name, self._position, heard).event_id()

    async def _missed(self, request: Request, since: int) -> Missed:
        """Return what was announced since, of what the caller may know of."""
        session = request.exchange.era.session
        if session is None:
            return Missed(frozenset(), ())
        found = request.desk.offload(_readable, request, session.nonce, since)
        try:
            return await found
        except DatabaseError as error:
            log.warning("what a session missed could not be read: %s", error)
            return Missed(frozenset(), ())


def _readable(request: Request, session: str, since: int) -> Missed:
    """Return what was announced, without resources that may not be read; in a thread."""
    found = announcements.missed(session, request.server.public_id, since)
    may_read = request.server.may_read
    return found._replace(uris=tuple(uri for uri in found.uris if may_read(request.access, uri)))
