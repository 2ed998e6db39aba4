"""What oauthlib asks django-oauth-toolkit, answered the hub's way; each rule has a module of its own.

Codes are stored as hashes, tokens belong to families, and both are bound to one server. The client
was authenticated before oauthlib is asked anything (accounts/oauth/authenticating.py).
"""

from collections.abc import Iterable
from typing import Any

from oauth2_provider.models import get_grant_model
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauthlib.common import Request
from oauthlib.oauth2.rfc6749.errors import InvalidClientError

from accounts import scopes as scope_table
from accounts.oauth.asking import Asking, asking_of
from accounts.oauth.codes import digest
from accounts.oauth.redeeming import redeem
from accounts.oauth.refreshing import renew
from accounts.services.issuing import Pair, issue_first, issue_next
from accounts.services.revoking import revoke_by_client


def _asking(request: Request) -> Asking:
    """Return who asks; raises InvalidClientError where nobody was authenticated."""
    asking = asking_of(request)
    if asking is None:
        raise InvalidClientError(request=request)
    return asking


class Validator(OAuth2Validator):  # type: ignore[misc]
    """The hub's rules about clients, codes, refresh tokens and what is issued for them.

    Of clients it knows what is in their rows. Documents are fetched before it is asked anything
    (accounts/views/asking.py): it works inside transactions, which must not wait for strangers.
    """

    def client_authentication_required(self, request: Request, *args: Any, **kwargs: Any) -> bool:
        """Say no: there is nothing left to authenticate."""
        return False

    def authenticate_client(self, request: Request, *args: Any, **kwargs: Any) -> bool:
        """Say no: it was done before, or not at all."""
        return False

    def authenticate_client_id(
        self, client_id: str, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        """Hand over the client that was authenticated."""
        request.client = _asking(request).client
        request.client_id = request.client.client_id
        return True

    def _create_authorization_code(self, request: Request, code: Any, expires: Any = None) -> Any:
        hashed = {**code, "code": digest(code["code"])}
        return super()._create_authorization_code(request, hashed, expires)

    def validate_code(
        self, client_id: str, code: str, client: Any, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        """Look at a code, and hold what it came of until the tokens are made."""
        held = redeem(request, _asking(request))
        request.held, request.user = held, held.consent.user
        request.scopes = list(held.scopes)
        request.redirect_uri = held.grant.redirect_uri
        return True

    def get_authorization_code_scopes(
        self, client_id: str, code: str, redirect_uri: str, request: Request
    ) -> list[str]:
        """Return the scopes of a code."""
        found = get_grant_model().objects.filter(code=digest(code)).values_list("scope", flat=True)
        return (found.first() or "").split()

    def get_code_challenge(self, code: str, request: Request) -> str | None:
        """Return the challenge of the code that was looked at."""
        return request.held.grant.code_challenge or None

    def get_code_challenge_method(self, code: str, request: Request) -> str | None:
        """Return its method."""
        return request.held.grant.code_challenge_method or None

    def confirm_redirect_uri(
        self, client_id: str, code: str, redirect_uri: str, client: Any, *args: Any, **kwargs: Any
    ) -> bool:
        """Say yes: it was compared when the code was looked at."""
        return True

    def invalidate_authorization_code(
        self, client_id: str, code: str, request: Request, *args: Any, **kwargs: Any
    ) -> None:
        """Do nothing: a code goes as its tokens are made, in one transaction."""

    def validate_refresh_token(
        self, refresh_token: str, client: Any, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        """Look at a refresh token, and hold its family until the next pair is made."""
        held = renew(request, _asking(request))
        request.held, request.user = held, held.family.consent.user
        return True

    def get_original_scopes(
        self, refresh_token: str, request: Request, *args: Any, **kwargs: Any
    ) -> list[str]:
        """Return the most a refresh may ask for."""
        return list(request.held.scopes)

    def is_within_original_scope(
        self,
        request_scopes: Iterable[str],
        refresh_token: str,
        request: Request,
        *args: Any,
        **kwargs: Any,
    ) -> bool:
        """Tell whether each scope is implied by those there are: reading is less than writing."""
        return set(request_scopes) <= scope_table.expand(request.held.scopes)

    def save_bearer_token(self, token: Any, request: Request, *args: Any, **kwargs: Any) -> None:
        """Make the rows of a pair, in the transaction that holds what it is made for."""
        pair = Pair(
            client=request.client,
            access=token["access_token"],
            refresh=token["refresh_token"],
            scope=token["scope"],
            seconds=token["expires_in"],
        )
        held = request.held
        if request.grant_type == "refresh_token":
            issue_next(family=held.family, used=held.token, server=held.server, pair=pair)
        else:
            issue_first(grant=held.grant, consent=held.consent, server=held.server, pair=pair)

    def validate_bearer_token(self, token: str, scopes: Iterable[str], request: Request) -> bool:
        """Say no: what a bearer token opens is decided in accounts/tokens.py, for one server."""
        return False

    def revoke_token(
        self, token: str, token_type_hint: str, request: Request, *args: Any, **kwargs: Any
    ) -> None:
        """End the family of a token of this client's; any other is none of its business."""
        revoke_by_client(client=request.client, checksum=digest(token))
