"""Which pages of the admin a person may see and change, said in Django's permissions."""

from collections.abc import Iterable

from django.contrib.auth.models import Permission as Granted
from django.db import transaction

from accounts.errors import InvalidFields, NotAllowed
from accounts.models import User
from accounts.services.checking import locked_user
from accounts.services.playing import end_lost_views
from accounts.services.recording import record

ROOMS = ("accounts", "catalog", "monitoring", "servers")
"""The apps whose permissions mean anything; Django's own models are nobody's to change."""


@transaction.atomic
def grant_permissions(*, actor: User | None, user: User, names: Iterable[str]) -> User:
    """Give a person these permissions ("servers.change_server") and no others.

    Only a superuser does that, else a smaller admin could make themselves a greater one. Raises
    NotAllowed, InvalidFields.
    """
    if actor is not None and not (actor.is_active and actor.is_superuser):
        raise NotAllowed("Only a superuser may say what others may do here.")
    row = locked_user(user)
    before, wanted = granted_names(row), sorted(set(names))
    if before != wanted:
        row.user_permissions.set(_named(wanted))
        end_lost_views(row)
        record(
            actor,
            "user.permissions",
            before={"user": row.username, "permissions": before},
            after={"user": row.username, "permissions": wanted},
        )
    return row


def granted_names(user: User) -> list[str]:
    """Return the permissions given to this person singly, as "app.codename", sorted."""
    rows = user.user_permissions.values_list("content_type__app_label", "codename").order_by()
    return sorted(f"{app}.{codename}" for app, codename in rows)


def _named(names: list[str]) -> list[Granted]:
    """Return the rows of these names. Raises InvalidFields for one that there is not."""
    rows = Granted.objects.filter(content_type__app_label__in=ROOMS).select_related("content_type")
    known = {f"{row.content_type.app_label}.{row.codename}": row for row in rows}
    if unknown := [name for name in names if name not in known]:
        raise InvalidFields(f"There is no permission {unknown[0][:80]!r}.")
    return [known[name] for name in names]
