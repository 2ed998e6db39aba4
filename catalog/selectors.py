"""The reads of this room that others ask for."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery

from accounts.models import User
from catalog.models import CatalogVersion, Entry, EntryVersion, Source
from catalog.permissions import curated_teams, sees_entries


def catalog_number() -> int:
    """Return the catalog's number, 0 before anything was ever announced."""
    return CatalogVersion.objects.values_list("number", flat=True).first() or 0


def with_newest(entries: QuerySet[Entry]) -> QuerySet[Entry]:
    """Add `newest_number`, and `newest_sha256`: what the source last said, served or not."""
    newest = EntryVersion.objects.filter(entry=OuterRef("pk")).order_by("-number")
    return entries.annotate(
        newest_number=Subquery(newest.values("number")[:1]),
        newest_sha256=Subquery(newest.values("definition_id")[:1]),
    )


def offered(source: Source) -> set[tuple[str, str, str]]:
    """Return kind, name and definition of what the source offers, as it last said."""
    rows: QuerySet[Any] = with_newest(source.entries.filter(state=Entry.State.ACTIVE))
    return set(rows.values_list("kind", "name", "newest_sha256"))


def versions_seen_by(user: User) -> QuerySet[EntryVersion]:
    """Return the versions a person may see: all, or those of their teams' sources."""
    if sees_entries(user):
        return EntryVersion.objects.all()
    return EntryVersion.objects.filter(entry__source__team__in=curated_teams(user))


def waiting_for(user: User) -> QuerySet[EntryVersion]:
    """Return the versions that wait, of those a person may see."""
    return versions_seen_by(user).filter(state=EntryVersion.State.WAITING)


def waiting_number(user: User) -> int:
    """Count the versions that wait, of those a person may see; an index holds just these."""
    return waiting_for(user).order_by().count()


def waiting_by_source(sources: Iterable[Source]) -> dict[int, int]:
    """Return how many versions wait of each of these sources, by its key; none where none do."""
    waiting = EntryVersion.objects.filter(
        entry__source__in=[row.pk for row in sources], state=EntryVersion.State.WAITING
    )
    counted = waiting.order_by().values_list("entry__source")
    return dict(counted.annotate(number=Count("pk")))
