"""Who may publish: the permissions of this room, and the question its services ask."""

from enum import StrEnum

from accounts.models import User
from servers.errors import NotAllowed


class Permission(StrEnum):
    """The Django permissions that this room's services ask for."""

    ADD_SERVER = "servers.add_server"
    CHANGE_SERVER = "servers.change_server"
    DELETE_SERVER = "servers.delete_server"
    ADD_RULE = "servers.add_accessrule"
    CHANGE_RULE = "servers.change_accessrule"
    DELETE_RULE = "servers.delete_accessrule"
    ADD_ORIGIN = "servers.add_allowedorigin"
    ANSWER_REQUEST = "servers.change_accessrequest"
    DELETE_ORIGIN = "servers.delete_allowedorigin"
    ADD_STOP = "servers.add_stop"
    DELETE_STOP = "servers.delete_stop"
    CHANGE_JOB = "servers.change_job"
    DELETE_JOB = "servers.delete_job"


def require(actor: User | None, permission: Permission) -> None:
    """Raise NotAllowed unless the actor holds the permission; None, the command line, holds all."""
    if actor is not None and not actor.has_perm(permission):
        raise NotAllowed("You may not do this.")
