"""Who may change accounts: the permissions of this room, and the questions services ask.

Django's permissions decide for admins. Two rules stand above them: only a superuser touches a
superuser (else a smaller admin could make themselves a greater one), and a team's own admins
may manage its members.
"""

from enum import StrEnum

from accounts.errors import NotAllowed
from accounts.models import Membership, Team, User


class Permission(StrEnum):
    """The Django permissions that this room's services ask for."""

    ADD_USER = "accounts.add_user"
    CHANGE_USER = "accounts.change_user"
    DELETE_USER = "accounts.delete_user"
    VIEW_AS = "accounts.view_as"
    ADD_TEAM = "accounts.add_team"
    CHANGE_TEAM = "accounts.change_team"
    DELETE_TEAM = "accounts.delete_team"
    ADD_CLIENT = "accounts.add_oauthclient"
    CHANGE_CLIENT = "accounts.change_oauthclient"
    DELETE_CLIENT = "accounts.delete_oauthclient"
    VIEW_CLIENT_POLICY = "accounts.view_clientpolicy"
    CHANGE_CLIENT_POLICY = "accounts.change_clientpolicy"
    ADD_TOKEN = "accounts.add_issuedtoken"
    DELETE_TOKEN = "accounts.delete_issuedtoken"
    DELETE_ATTEMPT = "accounts.delete_connectionattempt"
    DELETE_CONSENT = "accounts.delete_consent"


def has(actor: User | None, permission: Permission) -> bool:
    """Tell whether the actor holds the permission; None is the command line, which holds all."""
    return actor is None or actor.has_perm(permission)


def require(actor: User | None, permission: Permission) -> None:
    """Raise NotAllowed unless the actor holds the permission."""
    if not has(actor, permission):
        raise NotAllowed("You may not do this.")


def require_over(actor: User | None, permission: Permission, user: User) -> None:
    """Raise NotAllowed unless the actor holds the permission, and is as great as `user`."""
    require(actor, permission)
    if user.is_superuser and actor is not None and not actor.is_superuser:
        raise NotAllowed("Only a superuser may change a superuser.")


def may_view_as(actor: User, user: User) -> bool:
    """Tell whether the actor may be somebody else in the playground."""
    greater = user.is_superuser and not actor.is_superuser
    return actor.is_active and actor.has_perm(Permission.VIEW_AS) and not greater


def require_members(actor: User | None, team: Team) -> None:
    """Raise NotAllowed unless the actor may manage the team's members."""
    if has(actor, Permission.CHANGE_TEAM):
        return
    admins = Membership.objects.filter(team=team, role=Membership.Role.ADMIN)
    if actor is None or not actor.is_active or not admins.filter(user=actor).exists():
        raise NotAllowed("Only this team's admins may change its members.")
