"""Whether what a person allowed still stands: asked before each token, at the first and at a refresh."""

from oauthlib.common import Request

from accounts import scopes as scope_table
from accounts.models import Consent
from accounts.oauth import refusals
from accounts.oauth.asking import Asking
from accounts.oauth.directory import ServerFacts, directory
from accounts.oauth.refusals import refused
from accounts.oauth.resources import slug_of


def standing(request: Request, asking: Asking, consent: Consent) -> ServerFacts:
    """Return the server a consent is for, if client and person may go on using it; raises TokenRefused.

    A `resource` has to name that server, whatever it is written like (RFC 8707 section 2.2).
    """
    if not asking.client.is_usable(request):
        raise refused(request, refusals.CLIENT_SHUT_OUT)
    if not consent.user.is_active:
        raise refused(request, refusals.PERSON_SHUT_OUT)
    server = directory().server_for(consent.user, consent.server)
    if server is None:
        raise refused(request, refusals.SERVER_GONE)
    if request.resource and slug_of(request.resource, asking.bases) != server.slug:
        raise refused(request, refusals.WRONG_TARGET)
    return server


def still_given(request: Request, consent: Consent | None, scopes: str) -> tuple[str, ...]:
    """Return these scopes, but for what the person has taken back since; raises TokenRefused for none."""
    still = scope_table.expand(consent.scopes.split() if consent else ())
    given = tuple(scope for scope in scopes.split() if scope in still)
    if not given:
        raise refused(request, refusals.CONSENT_GONE)
    return given
