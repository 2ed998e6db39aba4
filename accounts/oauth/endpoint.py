"""The door of the token and revocation endpoints: from Django's request to oauthlib and back.

Every answer is JSON and kept by no cache. A wrong request gets the error its RFC names; 503 with
Retry-After says that the hub cannot write now, so that a client asks again instead of giving up.
"""

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.debug import sensitive_variables
from oauth2_provider.oauth2_backends import get_oauthlib_core

from accounts.address import client_address, known_bases
from accounts.models import Consent, OAuthClient, Step
from accounts.oauth import refusals, steps
from accounts.oauth.asking import Asking
from accounts.oauth.authenticating import authenticate, is_basic
from accounts.oauth.codes import digest
from accounts.oauth.directory import slug_by_id
from accounts.oauth.form_reading import Parameters, read_parameters
from accounts.oauth.refusals import TokenRefused
from accounts.services.trailing import NOT_GIVEN, Deed, count_refused, trail_sparingly
from monitoring import audit
from monitoring.errors import UNAVAILABLE

log = logging.getLogger(__name__)

Act = Callable[[Any, Parameters, Mapping[str, Any]], tuple[Any, str, int]]
"""What oauthlib's server is asked: headers, body and status for parameters and headers."""
NEVER_KEPT = {"Cache-Control": "no-store", "Pragma": "no-cache"}
BASIC = {"WWW-Authenticate": 'Basic realm="mcphub"'}
RETRY_SECONDS = 2
TOKENS, FIRST = "oauth_token", "authorization_code"
"""The endpoint that is a step of connecting, and what is shown there for the first token of all."""
TOLD = frozenset({refusals.CODE_REPLAYED.reason, refusals.REFRESH_REUSED.reason})
"""Reasons for which a family was ended, which is in the trail."""


@sensitive_variables()
def answer(request: HttpRequest, act: Act) -> HttpResponse:
    """Answer a request to the token or revocation endpoint."""
    if request.method != "POST":
        return _error(405, "invalid_request", "Send a POST.", {"Allow": "POST"})
    if not audit.accepting():
        return _busy()
    try:
        return _judged(request, act)
    except IntegrityError:
        log.warning("what a token was to be issued for went away meanwhile")
        return _error(400, "invalid_grant", refusals.CONSENT_GONE.sentence)
    except UNAVAILABLE as error:
        log.warning("a token request could not be served: %s", type(error).__name__)
        return _busy()


@sensitive_variables()
def _judged(request: HttpRequest, act: Act) -> HttpResponse:
    """Answer, or say why there is nothing to be had."""
    try:
        return _answered(request, act)
    except TokenRefused as error:
        _refuse(request, error.refusal.reason, error.client)
        _note(request, error.refusal.reason)
        tried_basic = error.status_code == 401 and is_basic(_authorization(request))
        more = BASIC if tried_basic else {}
        return _error(error.status_code, error.error, error.description, more)


@sensitive_variables()
def _answered(request: HttpRequest, act: Act) -> HttpResponse:
    """Authenticate the client, then let oauthlib work in one transaction.

    What oauthlib answers with an error is committed too: a family that was ended for it stays so.
    """
    parameters = read_parameters(request)
    client = authenticate(parameters, _authorization(request))
    asking = Asking(client, client_address(request), known_bases(request))
    with transaction.atomic():
        _headers, body, status = act(get_oauthlib_core().server, parameters, asking.headers)
    reason = "" if status == 200 else asking.reason or json.loads(body)["error"]
    if reason:
        _refuse(request, reason, client, asking.consent)
    if reason or parameters.get("grant_type") == FIRST:
        _note(request, reason, asking, parameters.get("refresh_token", ""))
    return HttpResponse(body or "{}", "application/json", status, headers=NEVER_KEPT)


def _authorization(request: HttpRequest) -> str:
    return str(request.META.get("HTTP_AUTHORIZATION", ""))


def _busy() -> HttpResponse:
    """Say that nothing can be written now."""
    more = {"Retry-After": str(RETRY_SECONDS)}
    return _error(503, "temporarily_unavailable", "Try again in a moment.", more)


def _error(
    status: int, error: str, sentence: str, more: Mapping[str, str] | None = None
) -> HttpResponse:
    """Write an error as RFC 6749 section 5.2 has it."""
    body = json.dumps({"error": error, "error_description": sentence})
    return HttpResponse(body, "application/json", status, headers={**NEVER_KEPT, **(more or {})})


def _refuse(
    request: HttpRequest, reason: str, client: OAuthClient | None, consent: Consent | None = None
) -> None:
    """Count a refusal; where the client is known it is an event of its own, unless it is one already."""
    address = client_address(request)
    count_refused(reason, address)
    if client is None or (consent and reason in TOLD):
        return
    slug = slug_by_id(consent.server) if consent else ""
    user = consent.user if consent else None
    trail_sparingly(Deed(NOT_GIVEN, user, client, slug, reason=reason, address=address))


@sensitive_variables()
def _note(
    request: HttpRequest, reason: str, asking: Asking | None = None, renewing: str = ""
) -> None:
    """Note for the connection doctor how a token request went; revoking is no step of connecting."""
    if request.resolver_match is None or request.resolver_match.url_name != TOKENS:
        return
    consent = asking.consent if asking else None
    steps.note(
        request,
        Step.TOKEN,
        reason,
        client=asking.client if asking else None,
        server=consent.server if consent else None,
        user_id=consent.user_id if consent else None,
        token=digest(renewing) if reason == refusals.REFRESH_UNKNOWN.reason else "",
    )
