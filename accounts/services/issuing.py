"""The tokens a client gets: a family at the first, a further pair at each refresh.

Whoever calls has checked that the client may have them and holds the rows locked that say so. Every
pair costs the same few statements, however long the family lives.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from oauth2_provider.models import (
    get_access_token_model,
    get_grant_model,
    get_refresh_token_model,
    set_token_value,
)

from accounts.models import Consent, IssuedToken, OAuthClient, TokenFamily
from accounts.oauth.directory import ServerFacts
from accounts.services.trailing import Deed, trail
from monitoring import audit

NAME_LENGTH = 80
LONGEST_LEEWAY = 30
"""Seconds that an access token holds beyond what its client is told, at most; a tenth of its life else.

A client refreshes when its own clock says so, which began to count when the answer had arrived. What it
sends in between would be refused, and some clients then bother the person with a new log-in.
"""


@dataclass(frozen=True, slots=True)
class Pair:
    """An access and a refresh token for a client; their texts exist here and in the answer alone."""

    client: OAuthClient
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    scope: str
    seconds: int
    """What the client is told."""
    address: str = ""
    """Where it asked from."""


@sensitive_variables("pair")
@transaction.atomic(savepoint=False)
def issue_first(*, grant: Any, consent: Consent, server: ServerFacts, pair: Pair) -> TokenFamily:
    """Use a code up and begin the family that comes of it."""
    get_grant_model().objects.filter(pk=grant.pk).delete()
    family = TokenFamily.objects.create(
        consent=consent,
        code_digest=grant.code,
        code_challenge=grant.code_challenge,
        scopes=pair.scope,
    )
    _issue(family, server, pair)
    audit.remember_person(consent.user.public_id, consent.user.get_username())
    _trail("token.issue", consent, server, pair)
    return family


@sensitive_variables("pair")
@transaction.atomic(savepoint=False)
def issue_next(*, family: TokenFamily, used: Any, server: ServerFacts, pair: Pair) -> None:
    """Use a refresh token up and give the family a further pair.

    A token that was used before keeps the moment of its first use: the grace begins there. The access
    token that went with it lives out its minutes, and ends with the family if that ends before.
    """
    now = timezone.now()
    if used.revoked is None:
        get_refresh_token_model().objects.filter(pk=used.pk).update(revoked=now, updated=now)
    TokenFamily.objects.filter(pk=family.pk).update(refreshed_at=now)
    _issue(family, server, pair)
    _trail("token.refresh", family.consent, server, pair)


def _trail(action: str, consent: Consent, server: ServerFacts, pair: Pair) -> None:
    """Record that a pair was given."""
    trail(Deed(action, consent.user, pair.client, server.slug, pair.scope, address=pair.address))


def _issue(family: TokenFamily, server: ServerFacts, pair: Pair) -> None:
    """Write the rows of a pair.

    django-oauth-toolkit's link from the refresh token to its access token stays empty: the family
    says what belongs together, and an access token can go without a write to the other table.
    """
    belongs = {
        "user": family.consent.user,
        "application": pair.client,
        "resource": [server.resource],
    }
    leeway = min(LONGEST_LEEWAY, pair.seconds / 10)
    expires = timezone.now() + timedelta(seconds=pair.seconds + leeway)
    access = get_access_token_model()(scope=pair.scope, expires=expires, **belongs)
    set_token_value(access, pair.access)
    access.save(force_insert=True)
    IssuedToken.objects.create(
        access_token=access,
        user=family.consent.user,
        name=str(pair.client)[:NAME_LENGTH],
        origin=IssuedToken.Origin.CONSENT,
        server=server.public_id,
        family=family,
    )
    refresh = get_refresh_token_model()(token_family=family.public_id, **belongs)
    set_token_value(refresh, pair.refresh)
    refresh.save(force_insert=True)
