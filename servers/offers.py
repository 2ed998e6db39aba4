"""What a server lacks: the entries of all sources, searched and filtered, a page at a time."""

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Q, QuerySet

from catalog.models import Entry, Source, Tag
from servers.models import Server, ServerEntry

A_PAGE = 50
READS, DELETES = '"readOnlyHint":true', '"destructiveHint":true'
"""As they stand in a definition's canonical text; quotes in other texts are escaped there."""
DOES = {"reads": "Reads", "changes": "Changes", "deletes": "Deletes or overwrites"}
MOST_CHOICES = 500
"""Sources and tags to choose from."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; empty stands for anything. `does` is what a tool says it does."""

    query: str = ""
    source: str = ""
    kind: str = ""
    tag: str = ""
    does: str = ""
    page: int = 1

    @property
    def narrowed(self) -> bool:
        """Whether anything is asked for at all."""
        return replace(self, page=1) != Wanted()

    @property
    def text(self) -> str:
        """The same as the query of an address."""
        names = {"q": self.query, "source": self.source, "kind": self.kind, "tag": self.tag}
        page = str(self.page) if self.page > 1 else ""
        said = {**names, "does": self.does, "page": page}
        return urlencode({name: value for name, value in said.items() if value})


@dataclass(frozen=True, slots=True)
class Offered:
    """One page of what a server lacks, and whether there is more."""

    entries: tuple[Entry, ...]
    more: bool


def offered(server: Server, wanted: Wanted) -> Offered:
    """Return a page of what a server lacks and what is wanted; one query, and none that counts."""
    rows = _lacking(server).select_related("source", "current")
    for word in wanted.query.split():
        rows = rows.filter(_holds(word))
    rows = _narrowed(rows, wanted).order_by("source__name", "source", "kind", "name", "pk")
    start = (wanted.page - 1) * A_PAGE
    some = list(rows[start : start + A_PAGE + 1])
    return Offered(tuple(some[:A_PAGE]), len(some) > A_PAGE)


def chosen(server: Server, keys: list[int]) -> list[Entry]:
    """Return those of these entries that the server lacks, with what publishing them needs."""
    rows = _lacking(server).filter(pk__in=keys)
    return list(
        rows.select_related("current__definition", "source").order_by("source", "kind", "name")
    )


def choices() -> tuple[list[Source], list[Tag]]:
    """Return the sources and tags that one may filter by."""
    sources = Source.objects.order_by("name", "pk")[:MOST_CHOICES]
    return list(sources), list(Tag.objects.order_by("name")[:MOST_CHOICES])


def _lacking(server: Server) -> QuerySet[Entry]:
    """Return what could be put on the server and is not there."""
    there = ServerEntry.objects.filter(server=server, entry=OuterRef("pk"))
    rows = Entry.objects.filter(state=Entry.State.ACTIVE, current__isnull=False)
    return rows.filter(~Exists(there))


def _holds(word: str) -> Q:
    """Return the condition that a word is found in what an entry is called, or is its tag."""
    tagged = Entry.tags.through.objects.filter(entry=OuterRef("pk"), tag__name=word)
    named = Q(name__icontains=word) | Q(own_title__icontains=word)
    return named | Q(source__name__icontains=word) | Q(Exists(tagged))


def _narrowed(rows: QuerySet[Entry], wanted: Wanted) -> QuerySet[Entry]:
    """Return the rows that each filter lets through."""
    if wanted.source:
        rows = rows.filter(source__public_id=wanted.source)
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    if wanted.tag:
        tagged = Entry.tags.through.objects.filter(entry=OuterRef("pk"), tag__name=wanted.tag)
        rows = rows.filter(Exists(tagged))
    return rows.filter(_does(wanted.does)) if wanted.does else rows


def _does(what: str) -> Q:
    """Return the condition that a tool does this, as far as it says; silent, it changes things."""
    reads = Q(current__definition__body__contains=READS)
    deletes = Q(current__definition__body__contains=DELETES)
    told = {"reads": reads, "deletes": ~reads & deletes, "changes": ~reads & ~deletes}
    return Q(kind=Entry.Kind.TOOL) & told[what]
