"""The order of what is published: one thing moved to a place in the list of its kind."""

from django.db.models import F, Q, QuerySet

from accounts.models import User
from accounts.services.recording import record
from catalog.services import announce
from servers.errors import Gone, InvalidValue
from servers.models import Server, ServerEntry
from servers.permissions import Permission, require
from servers.services.writing import locked_server, write

ROOM = 2
"""Positions that what follows gives way by: one for what comes, one to stay apart from its like."""


@write
def move_published_entry(*, actor: User | None, published: ServerEntry, place: int) -> None:
    """Move what is published to a place, counted from 1, among its kind as clients see them.

    Two updates, however long the list: positions have gaps, and only their order means anything.
    Raises NotAllowed, InvalidValue, Gone.
    """
    require(actor, Permission.CHANGE_SERVER)
    server = locked_server(published.server)
    order = list(_listed(server, published.kind).values_list("pk", flat=True))
    if published.pk not in order:
        raise Gone(f"{published.exposed_name} is no longer published on {server.slug}.")
    if not 1 <= place <= len(order):
        raise InvalidValue(f"There are {len(order)} places; {place} is none of them.")
    before = order.index(published.pk) + 1
    if before == place:
        return
    others = [key for key in order if key != published.pk]
    _put(server, published, others[place - 1] if place <= len(others) else None)
    record(
        actor,
        "server.entry.move",
        server=server.slug,
        entry=published.exposed_name,
        before={"kind": published.kind, "place": before},
        after={"kind": published.kind, "place": place},
    )
    announce()


def _put(server: Server, published: ServerEntry, following: int | None) -> None:
    """Put it before the one that is to follow it, or at the end."""
    rows = _listed(server, published.kind)
    if following is None:
        last = rows.reverse().values_list("position", flat=True)[0]
        rows.filter(pk=published.pk).update(position=last + 1)
        return
    next_ = rows.get(pk=following)
    same = Q(position=next_.position, exposed_name__gte=next_.exposed_name)
    later = rows.order_by().filter(Q(position__gt=next_.position) | same)
    later.update(position=F("position") + ROOM)
    rows.filter(pk=published.pk).update(position=next_.position + 1)


def _listed(server: Server, kind: str) -> QuerySet[ServerEntry]:
    """Return what is published of a kind, in the order clients see."""
    return server.entries.filter(kind=kind).order_by("position", "exposed_name")
