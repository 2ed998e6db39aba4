"""/register: clients register themselves (RFC 7591)."""

import logging
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables

from accounts import services, throttle
from accounts.address import client_address
from accounts.errors import AccountsError, ClientRefused
from accounts.models import Step
from accounts.oauth import steps
from accounts.oauth.json_reading import UnreadableError, read_object
from accounts.oauth.reasons import known
from accounts.oauth.registration import (
    GRANTED,
    METADATA,
    ClientMetadata,
    MetadataError,
    read_metadata,
)
from accounts.services import NewClient
from accounts.services.trailing import count_refused
from accounts.views.answers import answer, refusal
from monitoring.errors import RETRY_SECONDS, UNAVAILABLE

LARGEST_BODY = 16 * 1024
BUSY = "temporarily_unavailable"
log = logging.getLogger(__name__)


@csrf_exempt
@sensitive_variables("made")
def register(request: HttpRequest) -> HttpResponse:
    """Register a client and answer what the hub knows of it from now on.

    No cookie is looked at, so no other site's page can do anything here in somebody's name.
    """
    if request.method != "POST":
        return refusal("invalid_request", "Clients register by POST.", 405, {"Allow": "POST"})
    if not throttle.passes(throttle.REGISTER, throttle.of_address(client_address(request))):
        return _too_many(request, throttle.REGISTER)
    try:
        metadata = read_metadata(read_object(_body(request)), settings.PRIVATE_SCHEMES)
        if not throttle.passes(throttle.REGISTER_ALL, throttle.WHOLE_HUB):
            return _too_many(request, throttle.REGISTER_ALL)
        made = services.register_client(metadata=metadata, address=client_address(request))
    except MetadataError as refused:
        _note(request, refused.reason)
        return refusal(refused.error, str(refused))
    except ClientRefused as refused:
        _note(request, "registration_closed")
        return refusal("access_denied", str(refused), 403)
    except (UnreadableError, AccountsError) as refused:
        _note(request, METADATA)
        return refusal(METADATA, str(refused))
    except UNAVAILABLE as away:
        log.warning("a registration could not be served: %s", type(away).__name__)
        return refusal(BUSY, "Try again in a moment.", 503, {"Retry-After": str(RETRY_SECONDS)})
    steps.note(request, Step.REGISTRATION, client=made.client)
    return answer(_information(made, metadata), 201)


def _body(request: HttpRequest) -> bytes:
    """Return the body. Raises MetadataError for one that is no JSON, or too large."""
    if request.content_type != "application/json":
        raise MetadataError(METADATA, "The body is JSON, sent as application/json.")
    body = request.read(LARGEST_BODY + 1)
    if len(body) > LARGEST_BODY:
        raise MetadataError(METADATA, f"The body has at most {LARGEST_BODY} bytes.")
    return body


def _note(request: HttpRequest, reason: str) -> None:
    """Note and count a registration that was refused."""
    steps.note(request, Step.REGISTRATION, reason)
    count_refused(known(Step.REGISTRATION, reason), client_address(request))


def _too_many(request: HttpRequest, brake: throttle.Brake) -> HttpResponse:
    """Return the answer to one too many."""
    _note(request, "registration_limited")
    sentence = "Too many clients registered. Try again later."
    return refusal(BUSY, sentence, 429, {"Retry-After": str(brake.seconds)})


@sensitive_variables()
def _information(made: NewClient, metadata: ClientMetadata) -> dict[str, Any]:
    """Return what a registered client is told (RFC 7591 section 3.2.1): all that the hub knows."""
    row = made.client
    told: dict[str, Any] = {
        "client_id": row.client_id,
        "client_id_issued_at": int(row.created.timestamp()),
        "client_name": row.name,
        "redirect_uris": list(metadata.redirect_uris),
        "grant_types": list(GRANTED),
        "response_types": ["code"],
        "token_endpoint_auth_method": row.auth_method,
        "scope": " ".join(metadata.scopes),
    }
    for name in ("client_uri", "software_id", "software_version"):
        if value := getattr(row, name):
            told[name] = value
    if made.secret:
        told |= {"client_secret": made.secret, "client_secret_expires_at": 0}
    return told
