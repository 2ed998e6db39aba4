"""Browser sessions, ended wherever they are kept: a person logs out everywhere."""

from dataclasses import asdict

from django.db import transaction

from accounts import permissions
from accounts.models import User
from accounts.permissions import Permission
from accounts.services.connections import Ended, end_all_of
from accounts.services.recording import record


@transaction.atomic
def end_sessions(*, actor: User | None, user: User, tokens_too: bool = False) -> Ended:
    """End every browser session of a person, the one that asks included.

    With `tokens_too` their connections and tokens end with them. Raises NotAllowed.
    """
    if actor != user:
        permissions.require_over(actor, Permission.CHANGE_USER, user)
    before = {"user": user.username, "epoch": begin_epoch(user)}
    ended = end_all_of(user, tokens_too=True) if tokens_too else Ended()
    after = {"user": user.username, "epoch": user.session_epoch}
    gone = asdict(ended) if tokens_too else {}
    record(
        actor,
        "user.signout_everywhere",
        before={**before, **gone},
        after={**after, **dict.fromkeys(gone, 0)},
    )
    return ended


def begin_epoch(user: User) -> int:
    """Make the marks of all sessions of a person worthless; return the epoch that is over.

    Without a check or a record, which are the caller's.
    """
    row = User.objects.select_for_update(no_key=True).only("pk", "session_epoch").get(pk=user.pk)
    before = row.session_epoch
    row.session_epoch = user.session_epoch = before + 1
    row.save(update_fields=["session_epoch"])
    return before
