"""django-oauth-toolkit's engine, as far as /authorize needs it: who asks, and codes.

The toolkit's own view is not used: it can skip the page (`approval_prompt`, `skip_authorization`) and
trusts hidden fields. Its validator decides who a client is and what it registered, checks each
request once more before a code is made, and keeps the code.
"""

import secrets
from typing import Any
from urllib.parse import urlsplit

from django.utils.encoding import iri_to_uri
from django.views.decorators.debug import sensitive_variables
from oauth2_provider.views.mixins import OAuthLibMixin
from oauthlib.common import Request
from oauthlib.oauth2 import FatalClientError, OAuth2Error, UnauthorizedClientError

from accounts.errors import Refused
from accounts.models import AuthorizationRequest, OAuthClient, User
from accounts.oauth.answers import PATH, Back
from accounts.oauth.denials import Reason
from accounts.oauth.parameters import Parameters, write_query
from accounts.oauth.redirects import holds_answer, host_of, whole_address

CODE_BYTES = 32


def asking_client(said: Parameters) -> OAuthClient:
    """Return the usable client that asks, as the hub knows it. Raises Refused."""
    client_id = said.text("client_id")
    if not client_id:
        unclear = said.doubled("client_id") or "client_id" in said.unreadable
        raise Refused(Reason.AMBIGUOUS if unclear else Reason.CLIENT_MISSING)
    request = Request(PATH)
    if not OAuthLibMixin.get_server().request_validator.validate_client_id(client_id, request):
        raise _unusable(client_id)
    client: OAuthClient = request.client
    return client


def way_back(client: OAuthClient, said: Parameters) -> Back:
    """Return where this client may be answered, verified. Raises Refused, which leads nowhere.

    One that has a single address need not name it (RFC 6749 section 3.1.2.3, OAuth 2.1 section 4.1.1).
    """
    if said.doubled("redirect_uri") or "redirect_uri" in said.unreadable:
        raise Refused(Reason.AMBIGUOUS, client=client)
    redirect_uri = said.text("redirect_uri") or whole_address(client.redirect_uris.split())
    if not redirect_uri:
        raise Refused(Reason.REDIRECT_MISSING, client=client)
    reason = _misfit(client, redirect_uri)
    if reason is not None:
        raise Refused(reason, client=client, host=_place(redirect_uri))
    return Back(redirect_uri, said.text("state"))


def check(shown: AuthorizationRequest) -> Request:
    """Return a request as the engine reads it now: its client may have changed since. Raises Refused.

    It reads the client's row and fetches nothing: it is called where rows are held.
    """
    query = write_query(
        {
            "response_type": "code",
            "client_id": shown.client.client_id,
            "redirect_uri": shown.redirect_uri,
            "code_challenge": shown.code_challenge,
            "code_challenge_method": "S256",
        }
    )
    try:
        server = OAuthLibMixin.get_server()
        _, found = server.validate_authorization_request(f"{PATH}?{query}")
    except FatalClientError:
        raise _changed(shown) from None
    except UnauthorizedClientError as error:
        raise Refused(Reason.CLIENT_UNFIT) from error
    except OAuth2Error as error:
        raise Refused(Reason.UNREADABLE) from error
    return found["request"]


@sensitive_variables("code")
def make_code(request: Request, *, user: User, resource: str, scopes: tuple[str, ...]) -> str:
    """Keep a new code for what a person allowed, bound to one server, and return it."""
    code = secrets.token_urlsafe(CODE_BYTES)
    request.user, request.scopes, request.resource = user, list(scopes), [resource]
    keep: Any = OAuthLibMixin.get_server().request_validator.save_authorization_code
    keep(request.client_id, {"code": code}, request)
    return code


def _unusable(client_id: str) -> Refused:
    """Return why the engine takes no client of this id."""
    client = OAuthClient.objects.filter(client_id=client_id).first()
    if client is None:
        return Refused(Reason.CLIENT_UNKNOWN)
    reason = Reason.CLIENT_BLOCKED if client.blocked else Reason.CLIENT_WAITING
    return Refused(reason, client=client)


def _misfit(client: OAuthClient, redirect_uri: str) -> Reason | None:
    """Return why a client may not be answered at an address, or None."""
    try:
        parts = urlsplit(redirect_uri)
        parts.port  # noqa: B018  (reading it is what checks it)
    except ValueError:
        return Reason.REDIRECT_MISMATCH
    if holds_answer(redirect_uri):
        return Reason.REDIRECT_UNFIT
    schemes = {scheme.lower() for scheme in client.get_allowed_schemes()}
    fits = parts.scheme in schemes and client.redirect_uri_allowed(redirect_uri)
    return None if fits else Reason.REDIRECT_MISMATCH


def _place(redirect_uri: str) -> str:
    """Return the host of an address, or all of one that no browser should read, in plain letters."""
    return host_of(redirect_uri) or iri_to_uri(redirect_uri)


def _changed(shown: AuthorizationRequest) -> Refused:
    """Return why what was right when the page was shown is not any more."""
    client = OAuthClient.objects.filter(pk=shown.client_id).first()
    if client is None or not client.is_usable(None):
        return _unusable(shown.client.client_id)
    host = host_of(shown.redirect_uri)
    return Refused(Reason.REDIRECT_MISMATCH, client=client, host=host)
