"""Why a token opens nothing: for the connection doctor, who tells people; never told on the wire."""

import uuid
from typing import NamedTuple

from django.utils import timezone
from oauth2_provider.models import get_access_token_model

from accounts.models import EndedToken, User
from accounts.oauth.directory import directory


class Refusal(NamedTuple):
    """Why a token opens nothing, and whose it is as far as the database says."""

    reason: str
    user_id: int | None = None
    client_id: int | None = None
    detail: str = ""


def why_refused(digest: str, server: uuid.UUID | None) -> Refusal:
    """Return why the token with this SHA-256 does not open a server."""
    tokens = get_access_token_model().objects.select_related("user", "application", "issued")
    row = tokens.filter(token_checksum=digest, issued__isnull=False).first()
    if row is None:
        return of_ended(digest) or Refusal("token_unknown")
    whose = row.user_id, row.application_id, f"token “{row.issued.name}”"
    tests = (
        ("token_expired", row.expires <= timezone.now()),
        ("person_disabled", not row.user.is_active),
        ("client_blocked", bool(row.application and row.application.blocked)),
        ("client_waits", bool(row.application and not row.application.approved)),
        ("server_gone", server is None and _is_gone(row.user, row.issued.server)),
        ("token_elsewhere", row.issued.server != server),
    )
    return Refusal(next((name for name, so in tests if so), "token_unknown"), *whose)


def _is_gone(user: User, server: uuid.UUID) -> bool:
    """Tell whether the server that a token is for is not there for its person any more."""
    return directory().server_for(user, server) is None


def of_ended(digest: str) -> Refusal | None:
    """Return whose a token was of a connection that was taken back lately, None for any other."""
    row = EndedToken.objects.filter(checksum=digest).first()
    return Refusal("consent_gone", row.user_id, row.client_id) if row else None
