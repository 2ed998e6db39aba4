"""People: made, changed, disabled, deleted."""

from dataclasses import asdict, dataclass

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from accounts import permissions
from accounts.errors import InvalidFields, NotAllowed
from accounts.models import User
from accounts.permissions import Permission
from accounts.services.announcing import announced_as
from accounts.services.checking import check_fields, locked_user
from accounts.services.connections import Ended, end_all_of
from accounts.services.playing import end_lost_views
from accounts.services.recording import record
from accounts.services.sessions import begin_epoch


@dataclass(frozen=True, slots=True)
class Person:
    """What an admin says about a person; `is_staff` opens the admin."""

    username: str
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    is_staff: bool = False
    is_superuser: bool = False


@sensitive_variables("password")
@transaction.atomic
def create_user(*, actor: User | None, person: Person, password: str | None) -> User:
    """Make a person; without a password they cannot log in. Raises NotAllowed, InvalidFields."""
    user = User(**asdict(person))
    permissions.require_over(actor, Permission.ADD_USER, user)
    _check_password(actor, user, password)
    user.set_password(password)
    check_fields(user)
    user.save()
    record(actor, "user.create", after=_facts(user))
    return user


@transaction.atomic
def update_user(*, actor: User | None, user: User, person: Person) -> User:
    """Change what is said about a person. Raises NotAllowed, InvalidFields, Gone."""
    user = locked_user(user)
    permissions.require_over(actor, Permission.CHANGE_USER, user)
    before = _facts(user)
    for name, value in asdict(person).items():
        setattr(user, name, value)
    permissions.require_over(actor, Permission.CHANGE_USER, user)
    check_fields(user)
    if _facts(user) != before:
        user.save()
        end_lost_views(user)
        record(actor, "user.update", before=before, after=_facts(user))
    return user


@sensitive_variables("password")
@transaction.atomic
def set_password(
    *, actor: User | None, user: User, password: str, tokens_too: bool = False
) -> Ended:
    """Give a person a new password, which ends their sessions.

    Raises NotAllowed, InvalidFields, Gone.

    Tokens are no sessions: they and connections stay, unless `tokens_too` ends them with it.
    """
    if actor != user:
        permissions.require_over(actor, Permission.CHANGE_USER, user)
    _check_password(actor, user, password)
    locked_user(user)
    user.set_password(password)
    user.save(update_fields=["password"])
    ended = end_all_of(user, tokens_too=True) if tokens_too else Ended()
    facts, gone = {"user": user.username}, asdict(ended) if tokens_too else {}
    none = dict.fromkeys(gone, 0)
    record(actor, "user.password", before={**facts, **gone}, after={**facts, **none})
    return ended


@transaction.atomic
def disable_user(*, actor: User | None, user: User) -> None:
    """Shut a person out at once and for good: no log in, and all they had is ended. Raises NotAllowed.

    Connections, tokens and browser sessions are gone; being let in again brings none of them back.
    """
    _refuse_oneself(actor, user)
    _set_active(actor, user, active=False)


@transaction.atomic
def enable_user(*, actor: User | None, user: User) -> None:
    """Let a person in again, with nothing of what they had: clients ask anew. Raises NotAllowed."""
    _set_active(actor, user, active=True)


@transaction.atomic
def delete_user(*, actor: User | None, user: User) -> None:
    """Delete a person with all they had and their memberships, not their trail. Raises NotAllowed."""
    permissions.require_over(actor, Permission.DELETE_USER, user)
    _refuse_oneself(actor, user)
    locked_user(user)
    # First, and locked: a refresh under way would hold on to rows that go.
    ended = end_all_of(user, tokens_too=True)
    record(actor, "user.delete", before={**_facts(user), **asdict(ended)})
    user.delete()


def _set_active(actor: User | None, user: User, *, active: bool) -> None:
    """Write the flag and record it, unless it already stands so.

    Either way nothing is left of before: what was made while they were being shut out neither.
    """
    permissions.require_over(actor, Permission.CHANGE_USER, user)
    row = locked_user(user)
    user.is_active = active
    if row.is_active != active:
        before = _facts(row)
        with announced_as(f"user:{row.pk}"):
            row.is_active = active
            row.save(update_fields=["is_active"])
            begin_epoch(row)
            gone = asdict(end_all_of(row, tokens_too=True))
        after = {**_facts(row), **dict.fromkeys(gone, 0)}
        action = "user.enable" if active else "user.disable"
        record(actor, action, before={**before, **gone}, after=after)


def _refuse_oneself(actor: User | None, user: User) -> None:
    """Raise NotAllowed for people who would lock themselves out."""
    if actor == user:
        raise NotAllowed("You cannot disable or delete yourself.")


def _check_password(actor: User | None, user: User, password: str | None) -> None:
    """Raise InvalidFields for a weak password; who has the command line may choose any."""
    if actor is None or password is None:
        return
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidFields(" ".join(error.messages)) from error


def _facts(user: User) -> dict[str, object]:
    """Return what the audit trail keeps of a person."""
    return {
        "id": str(user.public_id),
        "username": user.username,
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "is_active": user.is_active,
        "is_staff": user.is_staff,
        "is_superuser": user.is_superuser,
    }
