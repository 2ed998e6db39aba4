"""A refresh token -> the family it belongs to, held so that refreshes of it come one by one.

Each refresh uses its token up. A client of several processes may send one token twice: for a while
after, the same client gets a further pair of the same family for it. Later that is reuse, by which
a stolen token shows itself, and ends the family (RFC 9700 section 4.14.2). Another client's request
changes nothing: it proves no theft, and must not be a way to end what others hold.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from oauth2_provider.models import get_refresh_token_model
from oauth2_provider.settings import oauth2_settings
from oauthlib.common import Request

from accounts.composed import Composed
from accounts.models import Consent, TokenFamily
from accounts.oauth import refusals
from accounts.oauth.asking import Asking
from accounts.oauth.codes import digest
from accounts.oauth.directory import ServerFacts
from accounts.oauth.refusals import refused
from accounts.oauth.standing import standing, still_given
from accounts.services.revoking import end_misused

GRACE = timedelta(seconds=30)
"""How long after its use a refresh token still gets its own client a further pair."""

NEEDED = (
    "public_id",
    "scopes",
    "consent__client_id",
    "consent__server",
    "consent__user__public_id",
    "consent__user__username",
    "consent__user__is_active",
)


def _of_token(checksum: str) -> QuerySet[Any]:
    tokens: QuerySet[Any] = get_refresh_token_model().objects.filter(token_checksum=checksum)
    return tokens.only("created", "revoked").order_by()


def _family_of_token(checksum: str) -> QuerySet[TokenFamily]:
    """Return the family of a token with consent and person, to be locked until the refresh is done."""
    names = get_refresh_token_model().objects.filter(token_checksum=checksum).values("token_family")
    rows = TokenFamily.objects.filter(public_id__in=names).select_related("consent__user")
    return rows.only(*NEEDED).select_for_update(of=("self",)).order_by()


def _of_consent(key: int) -> QuerySet[Consent]:
    return Consent.objects.filter(pk=key).only("scopes").order_by()


TOKENS: Composed[Any] = Composed(_of_token)
FAMILIES = Composed(_family_of_token)
CONSENTS = Composed(_of_consent)


@dataclass(frozen=True, slots=True)
class Renewal:
    """A family to renew, the token that asked for it, the server, and the most it may be given."""

    family: TokenFamily
    token: Any
    server: ServerFacts
    scopes: tuple[str, ...]


def renew(request: Request, asking: Asking) -> Renewal:
    """Return what the request's refresh token renews; raises TokenRefused. Only inside a transaction."""
    hashed = digest(request.refresh_token)
    family = FAMILIES.first(hashed)
    token = TOKENS.first(hashed) if family else None  # what it was before, it may not be any more
    if family is None or token is None or family.consent.client_id != asking.client.pk:
        raise refused(request, refusals.REFRESH_UNKNOWN)
    asking.consent = family.consent
    if token.created + lifetime() <= timezone.now():
        raise refused(request, refusals.REFRESH_EXPIRED)
    if token.revoked and token.revoked + GRACE < timezone.now():
        families = TokenFamily.objects.filter(pk=family.pk)
        end_misused(families=families, action="token.reuse", by=asking)
        raise refused(request, refusals.REFRESH_REUSED)
    server = standing(request, asking, family.consent)
    now = CONSENTS.first(family.consent_id)  # who allows less holds the family until that is so
    allowed = still_given(request, now, family.scopes)
    return Renewal(family, token, server, allowed)


def lifetime() -> timedelta:
    """Return after how long without use a refresh token is worth nothing."""
    return timedelta(seconds=oauth2_settings.REFRESH_TOKEN_EXPIRE_SECONDS)
