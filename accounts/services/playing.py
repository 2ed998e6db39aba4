"""Tokens of the admin's playground: for some minutes, for oneself or for somebody one may view as.

Whoever holds one acts as its person, so the trail says who that was: the token is made by a service
that records both names, and every call of it names its maker as the client.
"""

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from accounts import permissions
from accounts.models import IssuedToken, User
from accounts.oauth.directory import ServerFacts
from accounts.permissions import Permission
from accounts.services.ending import end_tokens
from accounts.services.recording import record
from accounts.services.tokens import Minted, Order, make_token, token_facts

LIFE = timedelta(minutes=10)
NAME_LENGTH = 80


@sensitive_variables("minted")
@transaction.atomic
def mint_playground_token(
    *, actor: User, user: User, server: ServerFacts, scopes: Sequence[str]
) -> Minted:
    """Make a token that opens a server for ten minutes as `user`; the actor holds it.

    Raises NotAllowed, InactiveUser, UnknownScope, ServerNotUsable.
    """
    other = actor.pk != user.pk
    if other:
        permissions.require_over(actor, Permission.VIEW_AS, user)
    name = f"Playground, by {actor.username}"[:NAME_LENGTH]
    origin = IssuedToken.Origin.PLAYGROUND
    minted = make_token(Order(user, server, name, scopes, LIFE, origin, made_by=actor))
    facts = {**token_facts(minted.issued), "by": actor.username}
    action, client = "token.view_as" if other else "token.play", minted.issued.calls_as
    record(actor, action, client=client, server=server.slug, after=facts)
    return minted


def end_lost_views(holder: User) -> None:
    """End the tokens by which somebody views as others, if they may not any more.

    Called with the row as it is now, in the transaction that took the right: a call that runs by such a
    token stops with it.
    """
    if not permissions.has(holder, Permission.VIEW_AS):
        held = IssuedToken.objects.filter(origin=IssuedToken.Origin.PLAYGROUND, made_by=holder)
        end_tokens(held.exclude(user=holder))
