"""/token: an authorization code or a refresh token for a pair of new tokens (RFC 6749 section 3.2)."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables

from accounts.oauth import refusals
from accounts.oauth.endpoint import answer
from accounts.oauth.form_reading import Parameters
from accounts.oauth.refusals import TokenRefused

GRANTS = frozenset({"authorization_code", "refresh_token"})


@csrf_exempt
def oauth_token(request: HttpRequest) -> HttpResponse:
    """Issue tokens; whoever asks is a program, known by what it shows."""
    return answer(request, _issue)


@sensitive_variables()
def _issue(server: Any, parameters: Parameters, headers: Mapping[str, Any]) -> tuple[Any, str, int]:
    """Let oauthlib find the grant's rules; of a type that is none of its own it would try the first."""
    if (grant_type := parameters.get("grant_type")) not in GRANTS:
        raise TokenRefused(refusals.GRANT_TYPE if grant_type else refusals.NO_GRANT_TYPE)
    found: tuple[Any, str, int] = server.create_token_response(
        "/token", "POST", parameters, headers
    )
    return found
