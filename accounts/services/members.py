"""Who is in which team, and as what."""

from django.db import transaction

from accounts import permissions
from accounts.errors import InvalidFields, NotMember
from accounts.models import Membership, Team, User
from accounts.services.recording import record


@transaction.atomic
def add_member(
    *, actor: User | None, team: Team, user: User, role: str = Membership.Role.MEMBER
) -> Membership:
    """Put a person into a team, or give a member the role. Raises NotAllowed, InvalidFields."""
    permissions.require_members(actor, team)
    _check_role(role)
    membership, created = Membership.objects.get_or_create(
        team=team, user=user, defaults={"role": role}
    )
    if created:
        record(actor, "member.add", after=_facts(membership))
    elif membership.role != role:
        return change_role(actor=actor, team=team, user=user, role=role)
    return membership


@transaction.atomic
def change_role(*, actor: User | None, team: Team, user: User, role: str) -> Membership:
    """Change what a member is in the team. Raises NotAllowed, NotMember, InvalidFields."""
    permissions.require_members(actor, team)
    _check_role(role)
    membership = _membership(team, user)
    before = _facts(membership)
    if membership.role != role:
        membership.role = role
        membership.save(update_fields=["role"])
        record(actor, "member.role", before=before, after=_facts(membership))
    return membership


@transaction.atomic
def remove_member(*, actor: User | None, team: Team, user: User) -> None:
    """Take a person out of a team. Raises NotAllowed, NotMember."""
    permissions.require_members(actor, team)
    membership = _membership(team, user)
    record(actor, "member.remove", before=_facts(membership))
    membership.delete()


def _membership(team: Team, user: User) -> Membership:
    """Return the membership, kept from others until the transaction ends."""
    rows = Membership.objects.select_for_update(of=("self",)).filter(team=team, user=user)
    if (membership := rows.first()) is None:
        raise NotMember(f"{user.username} is not in the team {team.name}.")
    return membership


def _check_role(role: str) -> None:
    """Raise InvalidFields for a role there is not."""
    if role not in Membership.Role.values:
        raise InvalidFields(f"A role is one of {', '.join(Membership.Role.values)}.")


def _facts(membership: Membership) -> dict[str, object]:
    """Return what the audit trail keeps of a membership."""
    return {
        "team": membership.team.name,
        "user": membership.user.username,
        "role": str(membership.role),
    }
