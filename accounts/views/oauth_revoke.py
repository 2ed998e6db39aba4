"""/revoke: a client gives a token back, and with it all that came of the same consent (RFC 7009)."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables

from accounts.oauth.endpoint import answer
from accounts.oauth.form_reading import Parameters


@csrf_exempt
def oauth_revoke(request: HttpRequest) -> HttpResponse:
    """Revoke a token; an unknown one, or another client's, is answered like one that was there."""
    return answer(request, _revoke)


@sensitive_variables()
def _revoke(
    server: Any, parameters: Parameters, headers: Mapping[str, Any]
) -> tuple[Any, str, int]:
    """Let oauthlib check the request and call the validator."""
    found: tuple[Any, str, int]
    found = server.create_revocation_response("/revoke", "POST", parameters, headers)
    return found
