"""What is on a server, a kind at a time and in the order clients see, for the people who arrange it."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Length

from catalog.definitions import tokens_in
from catalog.models import Entry
from servers.models import Server, ServerEntry, ServerSource

A_PAGE = 50
KINDS = {
    Entry.Kind.TOOL.value: "Tools",
    Entry.Kind.RESOURCE.value: "Resources",
    Entry.Kind.TEMPLATE.value: "Templates",
    Entry.Kind.PROMPT.value: "Prompts",
}


@dataclass(frozen=True, slots=True)
class Placed:
    """Something on a server at its place among its kind, counted from 1."""

    row: ServerEntry
    place: int
    tokens: int

    @property
    def state(self) -> str:
        """Why clients do not see it; nothing if they do."""
        entry = self.row.entry
        if entry.state == Entry.State.MISSING:
            return "Its source no longer offers it"
        if not entry.source.enabled:
            return "Its source is switched off"
        return "" if entry.enabled else "Switched off"


@dataclass(frozen=True, slots=True)
class Contents:
    """One page of what is on a server of one kind; `found` counts what a search found."""

    kind: str
    counts: dict[str, int]
    placed: tuple[Placed, ...]
    found: int
    page: int
    pages: int

    @property
    def total(self) -> int:
        """How many of the kind there are."""
        return self.counts[self.kind]


def contents(server: Server, *, kind: str = "", query: str = "", page: int = 1) -> Contents:
    """Return a page of what is on a server; the same few queries, however much that is."""
    counts = count_kinds(server)
    kind = kind if kind in KINDS else _first(counts)
    order = list(_ordered(server, kind).values_list("pk", flat=True))
    fitting = order
    if query.split():
        fitting = list(searched(_ordered(server, kind), query).values_list("pk", flat=True))
    pages = max(1, -(-len(fitting) // A_PAGE))
    page = min(max(page, 1), pages)
    some = fitting[(page - 1) * A_PAGE : page * A_PAGE]
    return Contents(kind, counts, tuple(_placed(some, order)), len(fitting), page, pages)


def count_kinds(server: Server) -> dict[str, int]:
    """Return how much of each kind is on a server."""
    rows = server.entries.order_by().values("kind").annotate(number=Count("pk"))
    return {**dict.fromkeys(KINDS, 0), **dict(rows.values_list("kind", "number"))}


def sources_on(server: Server) -> list[ServerSource]:
    """Return the sources that are published whole, by name, with `number` of what came by each."""
    rows = server.sources.select_related("source").order_by("source__name", "pk")
    return list(rows.annotate(number=Count("published")))


def searched(rows: QuerySet[ServerEntry], query: str) -> QuerySet[ServerEntry]:
    """Return the rows of whose names and source each word is a part of one."""
    for word in query.split():
        rows = rows.filter(
            Q(exposed_name__icontains=word)
            | Q(entry__name__icontains=word)
            | Q(entry__source__name__icontains=word)
        )
    return rows


def _first(counts: dict[str, int]) -> str:
    """Return the kind to begin with: the first of which there is any."""
    return next((kind for kind, number in counts.items() if number), Entry.Kind.TOOL.value)


def _ordered(server: Server, kind: str) -> QuerySet[ServerEntry]:
    return server.entries.filter(kind=kind).order_by("position", "exposed_name")


def place_of(row: ServerEntry) -> int:
    """Return where it stands now among its kind, counted from 1."""
    same = Q(position=row.position, exposed_name__lt=row.exposed_name)
    before = ServerEntry.objects.filter(server=row.server_id, kind=row.kind)
    return before.filter(Q(position__lt=row.position) | same).count() + 1


def _placed(some: list[int], order: Iterable[int]) -> list[Placed]:
    """Return these rows with their places in the whole order."""
    places = {key: place for place, key in enumerate(order, start=1)}
    rows = ServerEntry.objects.filter(pk__in=some).select_related("entry__source", "via__source")
    rows = rows.annotate(length=Length("entry__current__definition__body"))
    by_key = {row.pk: row for row in rows}
    return [
        Placed(by_key[key], places.get(key, 0), tokens_in(by_key[key].length or 0))
        for key in some
        if key in by_key
    ]
