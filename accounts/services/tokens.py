"""Minting and revoking access tokens."""

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.views.decorators.debug import sensitive_variables
from oauth2_provider.models import get_access_token_model, set_token_value

from accounts import permissions
from accounts import scopes as scope_table
from accounts.errors import (
    BadLifetime,
    InactiveUser,
    MadeAlready,
    ServerNotUsable,
    UnknownScope,
)
from accounts.models import IssuedToken, User
from accounts.oauth.directory import ServerFacts, directory, slug_by_id
from accounts.permissions import Permission
from accounts.services.checking import check_fields, locked_user
from accounts.services.recording import record

PREFIX = "mcphub_"  # so that secret scanners and people know what they look at
TOKEN_BYTES = 32
LONGEST_DAYS = 365


@dataclass(frozen=True, slots=True)
class Minted:
    """A new token: its text, which exists nowhere else, and what the hub keeps of it."""

    token: str = field(repr=False)
    issued: IssuedToken


@dataclass(frozen=True, slots=True)
class Order:
    """A token as it is wanted: whose, for what, and how long; `made_by` if another may hold it.

    `public_id` is what it is named by, chosen here and never by who asks: calls are recorded under it.
    """

    user: User
    server: ServerFacts
    name: str
    scopes: Sequence[str]
    life: timedelta
    origin: str
    made_by: User | None = None
    public_id: uuid.UUID = field(default_factory=uuid.uuid4)


@transaction.atomic
def mint_token(
    *,
    actor: User | None,
    user: User,
    server: ServerFacts,
    name: str,
    scopes: Sequence[str],
    days: int,
    origin: str,
    once: uuid.UUID | None = None,
) -> Minted:
    """Make a token for `user`, bound to one server; its text is returned here and never again.

    An order with the same `once` makes no second one, whatever process it reaches. Raises NotAllowed,
    InactiveUser, UnknownScope, BadLifetime, ServerNotUsable, InvalidFields, MadeAlready, Gone.
    """
    if actor != user:
        permissions.require_over(actor, Permission.ADD_TOKEN, user)
    if not 1 <= days <= LONGEST_DAYS:
        raise BadLifetime(f"A token lives 1 to {LONGEST_DAYS} days.")
    order = Order(user, server, name, scopes, timedelta(days=days), origin)
    if once is not None:
        order = replace(order, public_id=_ordered_as(once, actor))
    minted = make_token(order)
    issued = minted.issued
    client, facts = issued.calls_as, token_facts(issued)
    record(actor, "token.mint", client=client, server=server.slug, after=facts)
    return minted


@sensitive_variables("token")
def make_token(order: Order) -> Minted:
    """Write the rows of a token; who may have it is its caller's to check, and what to record.

    Raises InactiveUser, UnknownScope, ServerNotUsable, InvalidFields, MadeAlready.
    """
    # Locked, so that none is made beside the service that shuts a person out and ends them all, and of
    # an order that is sent twice at once the second finds the first.
    user = locked_user(order.user)
    if made := IssuedToken.objects.filter(public_id=order.public_id).first():
        raise MadeAlready(f"“{made.name}” was made already. Revoke it if you did not copy it.")
    _check(user, order.server, order.scopes)
    token = PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
    access = get_access_token_model()(
        user=user,
        expires=timezone.now() + order.life,
        scope=" ".join(scope for scope in scope_table.SCOPES if scope in order.scopes),
        resource=[order.server.resource],
    )
    set_token_value(access, token)
    access.save()
    issued = IssuedToken(
        access_token=access,
        user=user,
        name=order.name.strip(),
        origin=order.origin,
        server=order.server.public_id,
        made_by=order.made_by,
        public_id=order.public_id,
    )
    check_fields(issued)
    issued.save()
    return Minted(token, issued)


@transaction.atomic
def revoke_token(*, actor: User | None, issued: IssuedToken) -> None:
    """Delete the token; every process refuses it once told. Raises NotAllowed."""
    if actor != issued.user:
        permissions.require_over(actor, Permission.DELETE_TOKEN, issued.user)
    client, slug = issued.calls_as, slug_by_id(issued.server)
    record(actor, "token.revoke", client=client, server=slug, before=token_facts(issued))
    issued.access_token.delete()


def _ordered_as(once: uuid.UUID, actor: User | None) -> uuid.UUID:
    """Return the id of the token that an order makes, which nobody can choose."""
    said = f"{actor.pk if actor else ''} {once}"
    mac = salted_hmac("mcphub.token.once", said, algorithm="sha256").digest()
    return uuid.UUID(bytes=mac[:16], version=4)


def check_scopes(scopes: Sequence[str]) -> None:
    """Raise UnknownScope for scopes that no token can have, whoever's it is to be."""
    if unknown := scope_table.unknown(scopes):
        raise UnknownScope(f"There is no scope {unknown[0][:80]!r}.")
    if not scopes:
        raise UnknownScope("A token needs at least one scope.")


def _check(user: User, server: ServerFacts, scopes: Sequence[str]) -> None:
    """Raise what is wrong with an order for a token."""
    if not user.is_active:
        raise InactiveUser(f"{user.username} is disabled.")
    check_scopes(scopes)
    if directory().server_for(user, server.public_id) is None:
        raise ServerNotUsable(f"{user.username} may not use a server {server.slug!r}.")


def token_facts(issued: IssuedToken) -> dict[str, object]:
    """Return what the audit trail keeps: never the token, nor its hash."""
    return {
        "id": str(issued.public_id),
        "user": issued.user.username,
        "name": issued.name,
        "origin": issued.origin,
        "scopes": issued.access_token.scope,
        "expires": issued.access_token.expires.isoformat(),
    }
