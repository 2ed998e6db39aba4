"""Every read of this room's pages; each narrows to what the viewer may see."""

import json
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from accounts.models import User
from catalog.definitions import token_estimate
from catalog.models import CatalogVersion, Entry, EntryVersion, Source


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """A source as a page shows it; `problem` is empty where its file loaded whole."""

    public_id: uuid.UUID
    name: str
    kind: str
    team: str | None
    enabled: bool
    problem: str
    synced_at: datetime | None
    active: int
    missing: int


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """An entry as a page shows it; `tokens` is an estimate of what its definition costs a model."""

    public_id: uuid.UUID
    kind: str
    name: str
    description: str
    source: str
    tags: tuple[str, ...]
    enabled: bool
    missing: bool
    version: int
    tokens: int


def catalog_number() -> int:
    """Return the catalog's number, 0 before anything was ever announced."""
    number = CatalogVersion.objects.values_list("number", flat=True).first()
    return number or 0


def sources_seen_by(viewer: User) -> QuerySet[Source]:
    """Return the sources the viewer may see: their own teams', or all for staff."""
    if viewer.is_staff or viewer.is_superuser:
        return Source.objects.all()
    return Source.objects.filter(team__memberships__user=viewer)


def source_of(viewer: User, public_id: uuid.UUID) -> Source | None:
    """Return the source with that id; one the viewer may not see does not exist."""
    return sources_seen_by(viewer).filter(public_id=public_id).select_related("team").first()


def source_list(viewer: User) -> list[SourceFacts]:
    """Return the sources the viewer may see, with how many entries each has."""
    active = Count("entries", filter=Q(entries__state=Entry.State.ACTIVE), distinct=True)
    missing = Count("entries", filter=Q(entries__state=Entry.State.MISSING), distinct=True)
    rows = sources_seen_by(viewer).select_related("team")
    return [_source_facts(row) for row in rows.annotate(active=active, missing=missing)]


def entries_seen_by(viewer: User) -> QuerySet[Entry]:
    """Return the entries of the sources the viewer may see."""
    return Entry.objects.filter(source__in=sources_seen_by(viewer))


def entry_list(viewer: User, source: Source) -> list[EntryFacts]:
    """Return a source's entries, or none if the viewer may not see the source."""
    rows = entries_seen_by(viewer).filter(source=source)
    rows = rows.select_related("source", "current__definition").prefetch_related("tags")
    return [entry_facts(row) for row in rows]


def versions_of(viewer: User, entry: Entry) -> QuerySet[EntryVersion]:
    """Return an entry's versions with their texts, newest first; none if it may not be seen."""
    rows = EntryVersion.objects.filter(entry=entry, entry__in=entries_seen_by(viewer))
    return rows.select_related("definition")


def entry_facts(row: Entry) -> EntryFacts:
    """Return what is shown of an entry."""
    body = row.current.definition.body if row.current else "{}"
    definition: dict[str, Any] = json.loads(body)
    return EntryFacts(
        public_id=row.public_id,
        kind=row.kind,
        name=row.name,
        description=str(definition.get("description", "")),
        source=row.source.name,
        tags=tuple(tag.name for tag in row.tags.all()),
        enabled=row.enabled,
        missing=row.state == Entry.State.MISSING,
        version=row.current.number if row.current else 0,
        tokens=token_estimate(body) if row.current else 0,
    )


def _source_facts(row: Any) -> SourceFacts:
    return SourceFacts(
        public_id=row.public_id,
        name=row.name,
        kind=row.get_kind_display(),
        team=row.team.name if row.team else None,
        enabled=row.enabled,
        problem=row.problem,
        synced_at=row.synced_at,
        active=row.active,
        missing=row.missing,
    )
