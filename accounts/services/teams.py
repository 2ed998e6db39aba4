"""Teams: made, renamed, deleted."""

from django.db import transaction

from accounts import permissions
from accounts.models import Team, User
from accounts.permissions import Permission
from accounts.services.checking import check_fields
from accounts.services.recording import record


@transaction.atomic
def create_team(*, actor: User | None, name: str, description: str = "") -> Team:
    """Make a team without members. Raises NotAllowed, InvalidFields."""
    permissions.require(actor, Permission.ADD_TEAM)
    team = Team(name=name.strip(), description=description.strip())
    check_fields(team)
    team.save()
    record(actor, "team.create", after=_facts(team))
    return team


@transaction.atomic
def update_team(*, actor: User | None, team: Team, name: str, description: str) -> Team:
    """Change a team's words. Raises NotAllowed, InvalidFields."""
    permissions.require(actor, Permission.CHANGE_TEAM)
    row = Team.objects.select_for_update().get(pk=team.pk)
    before = _facts(row)
    row.name, row.description = name.strip(), description.strip()
    check_fields(row)
    if _facts(row) != before:
        row.save()
        record(actor, "team.update", before=before, after=_facts(row))
    return row


@transaction.atomic
def delete_team(*, actor: User | None, team: Team) -> None:
    """Delete a team; what it owned stays without an owner. Raises NotAllowed."""
    permissions.require(actor, Permission.DELETE_TEAM)
    members = list(team.memberships.values_list("user__username", flat=True)[:100])
    record(actor, "team.delete", before={**_facts(team), "members": members})
    team.delete()


def _facts(team: Team) -> dict[str, object]:
    """Return what the audit trail keeps of a team."""
    return {"id": str(team.public_id), "name": team.name, "description": team.description}
