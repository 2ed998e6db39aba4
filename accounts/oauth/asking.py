"""Who asks at the token or revocation endpoint, handed through oauthlib to the validator.

oauthlib makes its request of an address, a body and headers. The client is authenticated before, in
accounts/oauth/authenticating.py, and the hub's names are known to Django's request alone: both go in
under one key that no header of a client can have.
"""

from dataclasses import dataclass

from oauthlib.common import Request

from accounts.models import Consent, OAuthClient

KEY = "mcphub.asking"


@dataclass(slots=True)
class Asking:
    """An authenticated client, where it asks from, and the addresses that mean this hub; `reason` is why
    it was refused, `consent` what it shows a code or a refresh token of, once that is known.
    """

    client: OAuthClient
    address: str
    bases: tuple[str, ...]
    reason: str = ""
    consent: Consent | None = None

    @property
    def headers(self) -> dict[str, "Asking"]:
        """Itself, as oauthlib takes it along."""
        return {KEY: self}


def asking_of(request: Request) -> Asking | None:
    """Return who asks, or None for a request that did not come through the hub's own endpoints."""
    found = request.headers.get(KEY)
    return found if isinstance(found, Asking) else None
