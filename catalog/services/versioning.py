"""New versions of entries: served at once, or kept waiting until somebody approves.

The newest version of an entry is always what its source says. It waits where the source is under
review, unless it says again what is served already: then nothing changes for anybody.
"""

from django.db.models import Q

from catalog.models import Entry, EntryVersion, Source
from catalog.services.planning import Planned

BATCH = 500
State = EntryVersion.State


def add_versions(source: Source, pairs: list[tuple[Entry, Planned]]) -> list[Entry]:
    """Give each entry a new version; return the entries whose new version waits.

    What waited is superseded by it, and so is what was served if the new one is served at once.
    """
    if not pairs:
        return []
    waiting = [row for row, one in pairs if _waits(source, row, one)]
    kept = {row.pk for row in waiting}
    served = [row for row, _ in pairs if row.pk not in kept]
    _supersede([row for row, _ in pairs], former=[row.current_id for row in served])
    versions = EntryVersion.objects.bulk_create(
        [_version(row, one, waits=row.pk in kept) for row, one in pairs], batch_size=BATCH
    )
    for (row, _), version in zip(pairs, versions, strict=True):
        if row.pk not in kept:
            row.current = version
    Entry.objects.bulk_update(served, ["current"], batch_size=BATCH)
    return waiting


def _waits(source: Source, row: Entry, one: Planned) -> bool:
    served = row.current.definition_id if row.current else None
    return source.changes == Source.Changes.REVIEW and one.sha256 != served


def _version(row: Entry, one: Planned, *, waits: bool) -> EntryVersion:
    number = (getattr(row, "newest_number", None) or 0) + 1
    state = State.WAITING if waits else State.APPROVED
    return EntryVersion(entry=row, number=number, definition_id=one.sha256, state=state)


def _supersede(rows: list[Entry], *, former: list[int | None]) -> None:
    """Supersede what waits of these entries, and what was served of some."""
    keys = [row.pk for row in rows]
    for start in range(0, len(keys), BATCH):
        waited = Q(entry__in=keys[start : start + BATCH], state=State.WAITING)
        were = Q(pk__in=[pk for pk in former[start : start + BATCH] if pk is not None])
        EntryVersion.objects.filter(waited | were).update(state=State.SUPERSEDED)
