"""Who may curate: the permissions of this room, and the questions its services ask.

Django's permissions decide for admins; a team's own admins and curators may curate what the team's
sources offer, but not hand a source to somebody else or delete it.
"""

from enum import StrEnum

from django.db.models import QuerySet

from accounts.models import Membership, Team, User
from catalog.errors import NotAllowed


class Permission(StrEnum):
    """The Django permissions that this room's services and pages ask for."""

    VIEW_ENTRY = "catalog.view_entry"
    CHANGE_ENTRY = "catalog.change_entry"
    CHANGE_SOURCE = "catalog.change_source"
    DELETE_SOURCE = "catalog.delete_source"
    ADD_TAG = "catalog.add_tag"
    CHANGE_TAG = "catalog.change_tag"
    DELETE_TAG = "catalog.delete_tag"


CURATING = (Membership.Role.ADMIN, Membership.Role.CURATOR)


def has(actor: User | None, permission: Permission) -> bool:
    """Tell whether the actor holds the permission; None is the command line, which holds all."""
    return actor is None or actor.has_perm(permission)


def require(actor: User | None, permission: Permission) -> None:
    """Raise NotAllowed unless the actor holds the permission."""
    if not has(actor, permission):
        raise NotAllowed("You may not do this.")


def require_for(actor: User | None, permission: Permission, team: Team | None) -> None:
    """Raise NotAllowed unless the actor holds the permission or curates for the team."""
    if not may_for(actor, permission, team):
        raise NotAllowed("Only admins and this team's curators may do this.")


def may_for(actor: User | None, permission: Permission, team: Team | None) -> bool:
    """Tell whether the actor holds the permission or curates for the team."""
    return has(actor, permission) or _curates(actor, team)


def sees_entries(user: User) -> bool:
    """Tell whether a person may see every tool, resource, template and prompt."""
    return user.has_perm(Permission.VIEW_ENTRY) or has(user, Permission.CHANGE_ENTRY)


def curated_teams(user: User) -> QuerySet[Team]:
    """Return the teams for which a person curates, those they administer among them."""
    if not user.is_active:
        return Team.objects.none()
    theirs = Membership.objects.filter(user=user, role__in=CURATING)
    return Team.objects.filter(pk__in=theirs.values("team"))


def _curates(actor: User | None, team: Team | None) -> bool:
    if actor is None or team is None or not actor.is_active:
        return False
    return Membership.objects.filter(team=team, user=actor, role__in=CURATING).exists()
