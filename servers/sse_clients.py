"""Which clients still connect by HTTP+SSE, the deprecated transport of 2024-11-05: noted, written, counted.

A client is noted when it says its name in initialize, once a stream. Noting touches no database, never
waits and never fails; what was noted is written within a second or two, off the event loop. A database
that is away loses the count, and nothing else.

Names come from strangers: they are made fit to be shown, and of one person (or of nobody) on one server
so many are kept apart; clients with further names are counted together.
"""

import logging
import threading
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from django.db import DatabaseError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from accounts.foreign import clean_line
from accounts.models import User
from servers.models import Server, SSEClient

log = logging.getLogger(__name__)
LATELY = timedelta(days=30)
"""Who came within this time still uses the transport."""
KEPT = timedelta(days=90)
"""How long a client is kept that came no more."""
MOST_WAITING = 1_000
"""Clients that one process keeps in mind between two times that it writes."""
MOST_NAMES = 50
"""Names that are kept apart, of one person on one server."""
LONGEST_AGENT = 120
UNNAMED = "A client without a name"
OTHERS = "Clients by other names"
A_SWEEP = 1_000


class Came(NamedTuple):
    """Who came where: a server's public id, the key of a person or None, a name."""

    server: uuid.UUID
    user: int | None
    name: str


@dataclass(slots=True)
class Times:
    """How often somebody came, and what their client sent last as its User-Agent."""

    connects: int = 0
    agent: str = ""


class Notebook:
    """One process's clients that wait to be written; safe from every thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[Came, Times] = {}
        self._dropped = 0

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def note(self, came: Came, agent: str) -> None:
        """Keep in mind that a client came; one too many is dropped, and counted."""
        with self._lock:
            times = self._waiting.get(came)
            if times is None:
                if len(self._waiting) >= MOST_WAITING:
                    self._dropped += 1
                    return
                times = self._waiting[came] = Times()
            times.connects += 1
            times.agent = agent

    def take(self) -> tuple[dict[Came, Times], int]:
        """Return the clients that wait, and how many were dropped since last asked."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
            dropped, self._dropped = self._dropped, 0
        return waiting, dropped


notebook = Notebook()


def note(server: uuid.UUID, user: int | None, name: str, agent: str) -> None:
    """Note that a client named itself on a stream of HTTP+SSE; costs microseconds."""
    notebook.note(Came(server, user, name[:200]), agent[:LONGEST_AGENT])


def write_noted() -> int:
    """Write what this process has noted; return how many clients. Never on the event loop."""
    waiting, dropped = notebook.take()
    if dropped:
        log.warning("%d clients on HTTP+SSE were too many to be counted", dropped)
    try:
        with transaction.atomic():
            return _write(waiting)
    except DatabaseError as error:
        log.warning("clients on HTTP+SSE could not be counted: %s", error)
        return 0


def lately(rows: QuerySet[SSEClient] | None = None) -> QuerySet[SSEClient]:
    """Return the clients, of these rows or of all, that still use the transport."""
    rows = SSEClient.objects.all() if rows is None else rows
    return rows.filter(last_used_at__gte=timezone.now() - LATELY)


def sweep() -> int:
    """Delete clients that came no more for `KEPT`, some at a time; return how many went."""
    old = SSEClient.objects.filter(last_used_at__lt=timezone.now() - KEPT)
    keys = list(old.order_by("last_used_at").values_list("pk", flat=True)[:A_SWEEP])
    return SSEClient.objects.filter(pk__in=keys).delete()[0] if keys else 0


class _Place(NamedTuple):
    """Whose rows they are: the keys of a server and of a person, None for nobody."""

    server: int
    user: int | None


def _write(waiting: Mapping[Came, Times]) -> int:
    """Count each client; in one order for all processes, so that no two wait crosswise."""
    now = timezone.now()
    counted = _counted(list(_placed(waiting)))
    new = [
        SSEClient(
            server_id=place.server,
            user_id=place.user,
            name=name,
            first_used_at=now,
            last_used_at=now,
        )
        for place, name in counted
    ]
    SSEClient.objects.bulk_create(new, ignore_conflicts=True)
    for (place, name), times in counted.items():
        SSEClient.objects.filter(server=place.server, user=place.user, name=name).update(
            connects=F("connects") + times.connects,
            agent=clean_line(times.agent, LONGEST_AGENT),
            last_used_at=now,
        )
    return len(counted)


def _placed(waiting: Mapping[Came, Times]) -> Iterator[tuple[_Place, str, Times]]:
    """Yield who came by the keys of rows, under a name fit to be shown; of what is gone nothing is kept."""
    public_ids = {came.server for came in waiting}
    rows = Server.objects.filter(public_id__in=public_ids).values_list("public_id", "pk")
    servers = dict(rows)
    asked = {came.user for came in waiting if came.user is not None}
    people = {None, *User.objects.filter(pk__in=asked).values_list("pk", flat=True)}
    for came, times in waiting.items():
        if came.server in servers and came.user in people:
            yield _Place(servers[came.server], came.user), clean_line(came.name) or UNNAMED, times


def _counted(placed: Sequence[tuple[_Place, str, Times]]) -> dict[tuple[_Place, str], Times]:
    """Return how often whom to count, in order; names beyond `MOST_NAMES` of a place are one."""
    known = _known({place for place, _, _ in placed})
    found: defaultdict[tuple[_Place, str], Times] = defaultdict(Times)
    for place, said, times in placed:
        names = known[place]
        name = said if said in names or len(names) < MOST_NAMES else OTHERS
        names.add(name)
        counted = found[place, name]
        counted.connects += times.connects
        counted.agent = times.agent
    in_order = sorted(found, key=lambda key: (key[0].server, key[0].user or 0, key[1]))
    return {key: found[key] for key in in_order}


def _known(places: Collection[_Place]) -> defaultdict[_Place, set[str]]:
    """Return the names that are kept of each place."""
    found: defaultdict[_Place, set[str]] = defaultdict(set)
    users = {place.user for place in places} - {None}
    rows = SSEClient.objects.filter(
        Q(user__in=users) | Q(user=None), server__in={place.server for place in places}
    )
    for server, user, name in rows.order_by().values_list("server_id", "user_id", "name"):
        found[_Place(server, user)].add(name)
    return found
