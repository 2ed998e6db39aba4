"""Deciding on versions: what waits is approved or declined, what was served once is served again.

Whoever may curate an entry may decide on its versions. Locks are taken as a sync takes them, the
source's first, so that a decision and a sync never wait crosswise.
"""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from accounts.models import User
from accounts.services.recording import record
from catalog.errors import Decided
from catalog.models import Entry, EntryVersion, Source
from catalog.permissions import Permission, require_for
from catalog.services.announcing import announce
from catalog.services.recording import label, version_facts
from catalog.signals import source_synced

BATCH = 250
A_RECORD = 50
"""Versions that one record of many names: more would not fit into an event."""
State = EntryVersion.State
DECIDABLE = {State.WAITING, State.DECLINED}
"""What can be approved: one may think again of what one declined."""
REFUSED = {
    State.APPROVED: "is served already.",
    State.SUPERSEDED: "was replaced by a newer one meanwhile. Look at that.",
    State.DECLINED: "was declined already.",
    State.WAITING: "was never served: approve it instead.",
}


@transaction.atomic
def approve_version(*, actor: User | None, version: EntryVersion) -> EntryVersion:
    """Serve a version that waits, or was declined. Raises NotAllowed, Decided."""
    row = _locked(actor, version)
    _require_state(row, DECIDABLE)
    return _serve(actor, row, "version.approve")


@transaction.atomic
def decline_version(*, actor: User | None, version: EntryVersion) -> EntryVersion:
    """Keep a version that waits out; what is served stays. Raises NotAllowed, Decided.

    The source goes on saying it: only what it says next is asked about again.
    """
    row = _locked(actor, version)
    _require_state(row, {State.WAITING})
    before = version_facts(row)
    _decide(row, State.DECLINED)
    record(
        actor, "version.decline", entry=label(row.entry), before=before, after=version_facts(row)
    )
    return row


@transaction.atomic
def roll_back(*, actor: User | None, version: EntryVersion) -> EntryVersion:
    """Serve a former version again, whichever it is. Raises NotAllowed, Decided.

    It stays served until the source says something new; reading the same file again changes nothing.
    """
    row = _locked(actor, version)
    _require_state(row, {State.SUPERSEDED})
    return _serve(actor, row, "version.roll_back")


@transaction.atomic
def approve_all_waiting(*, actor: User | None, source: Source, last: int) -> int:
    """Serve all that waits of a source, up to the version with the key `last`; return how many.

    What came after `last` was on no page that the actor saw, and goes on waiting. Raises NotAllowed.
    """
    locked = _locked_source(source.pk)
    require_for(actor, Permission.CHANGE_ENTRY, locked.team)
    waiting = EntryVersion.objects.filter(entry__source=locked, state=State.WAITING, pk__lte=last)
    rows = list(waiting.select_related("entry__current").order_by("pk"))
    for start in range(0, len(rows), A_RECORD):
        _record_many(actor, locked, rows[start : start + A_RECORD])
    if rows:
        _serve_many(rows)
        source_synced.send(sender=Source, source=locked)
        announce()
    return len(rows)


def _serve(actor: User | None, row: EntryVersion, action: str) -> EntryVersion:
    """Make the version the one that is served, wherever its entry is published."""
    entry, former = row.entry, row.entry.current
    before = version_facts(former)
    if former is not None:
        former.state = State.SUPERSEDED
        former.save(update_fields=["state"])
    _decide(row, State.APPROVED)
    entry.current = row
    entry.save(update_fields=["current"])
    source_synced.send(sender=Source, source=entry.source)
    record(actor, action, entry=label(entry), before=before, after=version_facts(row))
    announce()
    return row


def _serve_many(rows: Sequence[EntryVersion]) -> None:
    """Make each the one that is served, some hundred a query."""
    for start in range(0, len(rows), BATCH):
        some = rows[start : start + BATCH]
        former = [row.entry.current_id for row in some if row.entry.current_id]
        chosen = EntryVersion.objects.filter(pk__in=[row.pk for row in some])
        of_entry = chosen.filter(entry=OuterRef("pk")).order_by().values("pk")
        EntryVersion.objects.filter(pk__in=former).update(state=State.SUPERSEDED)
        chosen.update(state=State.APPROVED, decided_at=timezone.now())
        entries = Entry.objects.filter(pk__in=[row.entry_id for row in some])
        entries.update(current=Subquery(of_entry[:1]))


def _record_many(actor: User | None, source: Source, rows: Sequence[EntryVersion]) -> None:
    """Record which versions take the place of which, by name, number and hash."""

    def facts(versions: Sequence[EntryVersion | None]) -> dict[str, Any]:
        named = zip(rows, versions, strict=True)
        return {"source": source.name, "versions": [_named(row, one) for row, one in named]}

    record(
        actor,
        "source.approve",
        before=facts([row.entry.current for row in rows]),
        after=facts(rows),
    )


def _named(row: EntryVersion, version: EntryVersion | None) -> str:
    """Name an entry with one of its versions: "tool add v2 1f0a..."."""
    what = f"{row.entry.kind} {row.entry.name}"
    return f"{what} v{version.number} {version.definition_id}" if version else f"{what}: none"


def _decide(row: EntryVersion, state: str) -> None:
    row.state, row.decided_at = state, timezone.now()
    row.save(update_fields=["state", "decided_at"])


def _require_state(row: EntryVersion, states: set[State]) -> None:
    if row.state not in states:
        raise Decided(f"Version {row.number} of {row.entry} {REFUSED[State(row.state)]}")


def _locked(actor: User | None, version: EntryVersion) -> EntryVersion:
    """Return the version's row, locked with its source and entry, if the actor may decide on it."""
    source = _locked_source(version.entry.source_id)
    require_for(actor, Permission.CHANGE_ENTRY, source.team)
    entry = Entry.objects.select_for_update().get(pk=version.entry_id)
    row = EntryVersion.objects.select_for_update().get(pk=version.pk)
    entry.source, row.entry = source, entry
    return row


def _locked_source(pk: int) -> Source:
    return Source.objects.select_related("team").select_for_update(of=("self",)).get(pk=pk)
