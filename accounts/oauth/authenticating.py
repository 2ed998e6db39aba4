"""Which client asks, and whether it is: RFC 6749 section 2.3, by the way it was registered with.

A client that is blocked or waits for approval is told so later, by `invalid_grant`: it exists, and
clients that hear `invalid_client` register again, which would lead past the block.
"""

import base64
import binascii
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from django.contrib.auth.hashers import check_password
from django.views.decorators.debug import sensitive_variables

from accounts.composed import Composed
from accounts.hashers import RandomSecretHasher
from accounts.models import OAuthClient
from accounts.oauth import refusals
from accounts.oauth.form_reading import Parameters
from accounts.oauth.refusals import TokenRefused

Way = OAuthClient.AuthMethod
SCHEME = "basic "
BY_ID: Composed[OAuthClient] = Composed(
    lambda client_id: OAuthClient.objects.filter(client_id=client_id).order_by()
)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a client showed, and how."""

    client_id: str
    secret: str = field(repr=False)
    way: Way


@sensitive_variables()
def authenticate(parameters: Parameters, authorization: str) -> OAuthClient:
    """Return the client that asks; raises TokenRefused."""
    shown = _shown(parameters, authorization)
    client = BY_ID.first(shown.client_id)
    if client is None:
        raise TokenRefused(refusals.CLIENT_UNKNOWN)
    if shown.way not in ways(client):
        raise TokenRefused(refusals.CLIENT_METHOD, client=client)
    if shown.secret and not _fits(shown.secret, client.client_secret):
        raise TokenRefused(refusals.CLIENT_SECRET, client=client)
    return client


def ways(client: OAuthClient) -> frozenset[Way]:
    """Return the ways this client may authenticate; one with a secret is never let in without."""
    if client.auth_method != Way.NONE:
        return frozenset({Way(client.auth_method)})
    if client.client_type == OAuthClient.CLIENT_CONFIDENTIAL:
        return frozenset({Way.SECRET_POST, Way.SECRET_BASIC})
    return frozenset({Way.NONE})


def is_basic(authorization: str) -> bool:
    """Tell whether a client tried the Authorization header; other schemes are none of a client's."""
    return authorization[: len(SCHEME)].lower() == SCHEME


@sensitive_variables()
def _shown(parameters: Parameters, authorization: str) -> Shown:
    """Return the credentials, of the header or of the body."""
    client_id, secret = parameters.get("client_id", ""), parameters.get("client_secret", "")
    if not is_basic(authorization):
        if not client_id:
            raise TokenRefused(refusals.NO_CLIENT)
        return Shown(client_id, secret, Way.SECRET_POST if secret else Way.NONE)
    name, password = _decoded(authorization[len(SCHEME) :])
    if secret or client_id not in ("", name):
        raise TokenRefused(refusals.TWO_METHODS)
    return Shown(name, password, Way.SECRET_BASIC if password else Way.NONE)


@sensitive_variables()
def _decoded(credentials: str) -> tuple[str, str]:
    """Return id and secret, each of which was form-encoded before (RFC 6749 section 2.3.1)."""
    try:
        text = base64.b64decode(credentials.strip(), validate=True).decode()
        name, password = (unquote_plus(part, errors="strict") for part in text.split(":", 1))
    except (ValueError, binascii.Error) as error:
        raise TokenRefused(refusals.CREDENTIALS) from error
    if not name or "\0" in name + password:
        raise TokenRefused(refusals.CREDENTIALS)
    return name, password


@sensitive_variables()
def _fits(secret: str, stored: str) -> bool:
    """Tell whether a secret is the one stored, by whichever hasher stored it."""
    return check_password(secret, stored, preferred=RandomSecretHasher.algorithm)
