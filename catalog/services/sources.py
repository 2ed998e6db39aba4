"""Curating sources: on or off, whose they are, trusted or reviewed, gone."""

from django.db import transaction

from accounts.models import Team, User
from accounts.services.recording import record
from catalog.errors import InvalidValue
from catalog.models import Source
from catalog.permissions import Permission, require, require_for
from catalog.services.announcing import announce
from catalog.services.recording import source_facts


@transaction.atomic
def set_source_enabled(*, actor: User | None, source: Source, enabled: bool) -> Source:
    """Switch everything a source offers on or off. Raises NotAllowed."""
    row = _locked(source)
    require_for(actor, Permission.CHANGE_SOURCE, row.team)
    if row.enabled != enabled:
        before = source_facts(row)
        row.enabled = enabled
        row.save(update_fields=["enabled"])
        record(actor, "source.enabled", before=before, after=source_facts(row))
        announce()
    return row


@transaction.atomic
def set_source_team(*, actor: User | None, source: Source, team: Team | None) -> Source:
    """Hand a source to a team, or to none. Raises NotAllowed."""
    require(actor, Permission.CHANGE_SOURCE)
    row = _locked(source)
    if row.team_id != (team.pk if team else None):
        before = source_facts(row)
        row.team = team
        row.save(update_fields=["team"])
        record(actor, "source.team", before=before, after=source_facts(row))
        announce()
    return row


@transaction.atomic
def set_source_changes(*, actor: User | None, source: Source, changes: str) -> Source:
    """Trust what a source changes, or have it reviewed. Raises NotAllowed, InvalidValue.

    What is served stays served, and what waits goes on waiting: to trust what comes is not to
    approve what nobody looked at.
    """
    if changes not in Source.Changes.values:
        raise InvalidValue("A source's changes are trusted, or reviewed.")
    row = _locked(source)
    require_for(actor, Permission.CHANGE_SOURCE, row.team)
    if row.changes != changes:
        before = source_facts(row)
        row.changes = changes
        row.save(update_fields=["changes"])
        record(actor, "source.changes", before=before, after=source_facts(row))
    return row


@transaction.atomic
def delete_source(*, actor: User | None, source: Source) -> None:
    """Delete a source with its entries, wherever they are published. Raises NotAllowed.

    Definitions stay: old audit rows name them by hash. A source whose file is still loaded comes
    back, new, with the next start.
    """
    require(actor, Permission.DELETE_SOURCE)
    row = _locked(source)
    names = list(row.entries.values_list("name", flat=True)[:100])
    record(actor, "source.delete", before={**source_facts(row), "entries": names})
    row.delete()
    announce()


def _locked(source: Source) -> Source:
    return Source.objects.select_related("team").select_for_update(of=("self",)).get(pk=source.pk)
