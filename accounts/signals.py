"""Rows that change who may call, announced whichever path they take.

django-oauth-toolkit deletes tokens itself, the ORM cascades, shells and scripts save rows: what
services announced alone would be forgotten there. `QuerySet.update` and `bulk_create` send no
signal; nobody may use them on these tables for what decides access.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import Model, QuerySet
from django.db.models.signals import ModelSignal, post_delete, post_save
from oauth2_provider.models import get_access_token_model

from accounts.models import (
    ClientPolicy,
    IssuedToken,
    Membership,
    OAuthClient,
    Team,
    TokenFamily,
    User,
)
from accounts.services.announcing import announce_policy, announce_principals

# Written on every login or use, and without meaning for who may call.
IDLE_FIELDS = frozenset({"last_login", "last_used_at", "session_epoch"})


def connect() -> None:
    """Connect every receiver; called once the models are loaded."""
    access_token = get_access_token_model()
    for model, receiver in (
        (access_token, _token_changed),
        (IssuedToken, _issued_changed),
        (TokenFamily, _family_changed),
        (User, _user_changed),
        (OAuthClient, _client_changed),
        (Membership, _member_changed),
        (Team, _team_changed),
        (ClientPolicy, _policy_changed),
    ):
        for signal in (post_save, post_delete):
            _connect(signal, receiver, model)


def _connect(signal: ModelSignal, receiver: Any, model: type[Model]) -> None:
    """Connect one receiver, once however often it is asked for."""
    signal.connect(receiver, sender=model, dispatch_uid=f"accounts.{receiver.__name__}")


def _token_changed(instance: Any, created: bool | None = None, **kwargs: Any) -> None:
    """A token changed, or went while it was good.

    One that appears is told nobody: it is random, so nobody has asked for it and remembers that there
    is none; and clients refresh often. One past its time opens nothing for whoever remembers it.
    """
    gone = created is None
    if not created and not (gone and instance.is_expired()):
        announce_principals(f"token:{instance.token_checksum}")


def _issued_changed(
    instance: IssuedToken,
    origin: Any = None,
    update_fields: Iterable[str] | None = None,
    created: bool = False,
    **kwargs: Any,
) -> None:
    """What binds a token changed or went; a deletion that began elsewhere is told there."""
    if (
        created
        or _idle(update_fields)
        or (origin is not None and not _began_at(IssuedToken, origin))
    ):
        return
    announce_principals(f"token:{instance.access_token.token_checksum}")


def _family_changed(instance: TokenFamily, created: bool = False, **kwargs: Any) -> None:
    """What tokens of a connection go by went; those of it that run are older than any token there is."""
    if not created:
        announce_principals(f"family:{instance.pk}")


def _user_changed(
    instance: User, update_fields: Iterable[str] | None = None, created: bool = False, **kwargs: Any
) -> None:
    """A person changed or went."""
    if not created and not _idle(update_fields):
        announce_principals(f"user:{instance.pk}")


def _client_changed(instance: OAuthClient, created: bool = False, **kwargs: Any) -> None:
    """A client changed or went."""
    if not created:
        announce_principals(f"client:{instance.pk}")


def _member_changed(instance: Membership, origin: Any = None, **kwargs: Any) -> None:
    """Somebody's teams changed; a team that goes with all its members is told once, below."""
    if not _began_at(Team, origin):
        announce_principals(f"user:{instance.user_id}")


def _team_changed(instance: Team, created: bool = False, **kwargs: Any) -> None:
    """A team changed or went: one key for all its members, however many."""
    if not created:
        announce_principals(f"team:{instance.pk}")


def _policy_changed(**kwargs: Any) -> None:
    """How clients become known changed."""
    announce_policy()


def _idle(update_fields: Iterable[str] | None) -> bool:
    """Tell whether only fields without meaning for access were written."""
    return update_fields is not None and IDLE_FIELDS.issuperset(update_fields)


def _began_at(model: type[Model], origin: Any) -> bool:
    """Tell whether a deletion began at this model, by a row or by a query."""
    began = origin.model if isinstance(origin, QuerySet) else type(origin)
    return isinstance(began, type) and issubclass(began, model)
