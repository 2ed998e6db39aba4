"""An authorization code -> what it stands for, held so that one request alone can use it.

The consent is locked first, as whoever ends it does: redemptions of one code wait for each other
there, and none gets a token out of a consent that is being taken back. A code that is gone and has a
family was used before: by the same client, with the right verifier, within seconds, that is a race of
its own and merely refused; anything else ends what the code gave (RFC 6749 section 4.1.2).
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone
from oauth2_provider.models import get_grant_model
from oauthlib.common import Request

from accounts.models import Consent, TokenFamily
from accounts.oauth import refusals
from accounts.oauth.asking import Asking
from accounts.oauth.codes import METHOD, digest, verifies
from accounts.oauth.directory import ServerFacts, server_of
from accounts.oauth.refusals import TokenRefused, refused
from accounts.oauth.standing import standing, still_given
from accounts.services.revoking import end_misused

RACE = timedelta(seconds=10)
"""How long a client that sends its code twice is believed to have done so by mistake."""


@dataclass(frozen=True, slots=True)
class Redemption:
    """A code that is good, the consent it came of, the server it opens, and what it may do there."""

    grant: Any
    consent: Consent
    server: ServerFacts
    scopes: tuple[str, ...]


def redeem(request: Request, asking: Asking) -> Redemption:
    """Return what the request's code stands for; raises TokenRefused. Only inside a transaction."""
    hashed = digest(request.code)
    grant = _grants().filter(code=hashed).first()
    if grant is None:
        raise _used(request, asking, hashed)
    if grant.application_id != asking.client.pk:
        raise refused(request, refusals.CODE_UNKNOWN)
    consent = asking.consent = _hold(grant)
    if consent is None:
        raise refused(request, refusals.CONSENT_GONE)
    if not _grants().filter(pk=grant.pk).exists():
        raise _used(request, asking, hashed)
    _check(request, grant)
    server = standing(request, asking, consent)
    return Redemption(grant, consent, server, still_given(request, consent, grant.scope))


def _grants() -> Any:
    """Return all codes not yet used."""
    return get_grant_model().objects


def _hold(grant: Any) -> Consent | None:
    """Lock the consent that a code came of, and return it if it is still there."""
    server = server_of(grant.resource)
    if server is None:
        return None
    rows = Consent.objects.select_for_update(of=("self",)).select_related("user").order_by()
    return rows.filter(user=grant.user_id, client=grant.application_id, server=server).first()


def _check(request: Request, grant: Any) -> None:
    """Raise TokenRefused if the code is too old, or the request not the one that it was made for.

    `redirect_uri` may be left out, as OAuth 2.1 has it: the proof key binds the code. One that is sent
    must be the very one of the authorization request.
    """
    if grant.is_expired():
        raise refused(request, refusals.CODE_UNKNOWN)
    if request.redirect_uri not in (None, grant.redirect_uri):
        raise refused(request, refusals.REDIRECT_DIFFERS)
    known = grant.code_challenge_method == METHOD
    if request.code_verifier and not (known and _proven(request, grant.code_challenge)):
        raise refused(request, refusals.VERIFIER)


def _proven(request: Request, challenge: str) -> bool:
    return verifies(request.code_verifier, challenge)


def _used(request: Request, asking: Asking, hashed: str) -> TokenRefused:
    """Return how a code that is not there is refused; if it gave a family wrongly used, end that."""
    families = TokenFamily.objects.filter(code_digest=hashed).select_related("consent")
    family = families.order_by().first()
    if family is not None and family.consent.client_id == asking.client.pk:
        asking.consent = family.consent
    if family is None or _races(request, asking, family):
        return refused(request, refusals.CODE_UNKNOWN)
    end_misused(families=families, action="token.replay", by=asking.client)
    return refused(request, refusals.CODE_REPLAYED)


def _races(request: Request, asking: Asking, family: TokenFamily) -> bool:
    """Tell whether the client that got the family sends its own code once more."""
    same = family.consent.client_id == asking.client.pk
    soon = timezone.now() - family.created_at <= RACE
    return same and soon and _proven(request, family.code_challenge)
