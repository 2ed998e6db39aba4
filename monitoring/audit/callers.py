"""Who called what of late, told to whoever keeps it: so that nobody needs to look through the trail for it.

A process tells of a caller at once when it first sees it, then once a minute. What is told comes out of
events that are committed, on the thread that flushes: only a call of a durable tool, which flushes itself,
waits for it.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from django.db import Error

from .row import Row

CALLS = ("call", "read", "get")
"""Kinds of events that are real use; lists and log-ins are not."""
EVERY = 60_000_000
"""Microseconds between two times that a process tells of the same caller."""
MOST = 10_000
"""Callers that a process remembers having told of."""
KIND, USER, CLIENT, SERVER, VERDICT = 0, 2, 3, 5, 8
"""Places in a stem."""

logger = logging.getLogger("mcphub.audit")


class Called(NamedTuple):
    """A client that called a server for a person, none for who shows no token; as the trail names them."""

    server: str
    client: str
    user: str


Keeper = Callable[[Mapping[Called, int]], None]
"""Keeps when each last called, in microseconds since the epoch."""

keepers: list[Keeper] = []


class Callers:
    """What one process has noted of callers, and of which it has told."""

    def __init__(self) -> None:
        """Begin without any."""
        self._noted: dict[Called, int] = {}
        self._told: dict[Called, int] = {}

    def note(self, rows: Iterable[Row]) -> None:
        """Note the calls that were let through among rows of the trail."""
        for row in rows:
            values = row.stem.values
            if values[VERDICT] == "allow" and values[KIND] in CALLS:
                called = Called(values[SERVER] or "", values[CLIENT] or "", values[USER] or "")
                self._noted[called] = row.at

    def tell(self) -> None:
        """Tell of those that are due; where they cannot be kept now, again with the next flush."""
        noted, told = self._noted, self._told
        due = {one: at for one, at in noted.items() if one not in told or at - told[one] >= EVERY}
        if due:
            try:
                for keep in keepers:
                    keep(due)
            except Error as fault:
                logger.warning("who called is not kept now: %s", type(fault).__name__)
                return
            self._remember(due)
        noted.clear()

    def _remember(self, due: Mapping[Called, int]) -> None:
        if len(self._told) >= MOST:
            self._told.clear()
        self._told.update(due)
