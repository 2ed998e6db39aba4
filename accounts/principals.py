"""What the database says of a token, or of a person without one: the query behind `accounts.tokens`."""

import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, NamedTuple

from django.db.models import Q
from django.utils import timezone
from oauth2_provider.models import get_access_token_model

from accounts import scopes
from accounts.caller import Caller
from accounts.models import IssuedToken, Membership, User
from accounts.oauth import steps
from accounts.tokens import Principal
from monitoring import audit

STDIO = "stdio"
"""What stands for the client of a caller who comes over standard streams."""
USED_EVERY = timedelta(minutes=1)
"""`last_used_at` is this exact; finer would be a write a call."""


def read_principal(digest: str) -> Principal | None:
    """Return who the token with this SHA-256 belongs to, or None if it opens nothing.

    It opens nothing without an IssuedToken row (it is bound to no server), when it expired, when
    its user is inactive, or when its client is blocked. The user's name is kept for the audit trail,
    whose events have only the id.
    """
    row = (
        get_access_token_model()
        .objects.select_related("user", "application", "issued__family")
        .filter(token_checksum=digest, issued__isnull=False, expires__gt=timezone.now())
        .first()
    )
    if row is None or not row.user.is_active or (row.application and row.application.blocked):
        return None
    teams = _teams_of(row.user_id)
    _note_first_call(row)
    _mark_used(row.issued)
    audit.remember_person(row.user.public_id, row.user.get_username())
    keys = [f"token:{digest}", f"user:{row.user_id}", *(f"team:{team}" for team in teams)]
    if row.application_id:
        keys.append(f"client:{row.application_id}")
    return Principal(_caller(row, teams), tuple(keys))


def read_person(user: int, server: uuid.UUID, scope_names: Iterable[str]) -> Principal | None:
    """Return a person as the caller of a server who shows no token, because the operating system knows
    who started the process; None for one who is not there, or inactive."""
    row = User.objects.filter(pk=user, is_active=True).first()
    if row is None:
        return None
    teams = _teams_of(user)
    audit.remember_person(row.public_id, row.get_username())
    caller = Caller(
        server=server,
        user=row.pk,
        user_public_id=row.public_id,
        username=row.get_username(),
        teams=teams,
        client=STDIO,
        client_name=STDIO,
        scopes=scopes.expand(scope_names),
    )
    return Principal(caller, (f"user:{user}", *(f"team:{team}" for team in teams)))


class Refusal(NamedTuple):
    """Why a token opens nothing, and whose it is as far as the database says."""

    reason: str
    user_id: int | None = None
    client_id: int | None = None
    detail: str = ""


def why_refused(digest: str, server: uuid.UUID | None) -> Refusal:
    """Return why the token with this SHA-256 does not open a server; for the doctor, never the wire."""
    tokens = get_access_token_model().objects.select_related("user", "application", "issued")
    row = tokens.filter(token_checksum=digest, issued__isnull=False).first()
    if row is None:
        return Refusal("token_unknown")
    whose = row.user_id, row.application_id, f"token “{row.issued.name}”"
    tests = (
        ("token_expired", row.expires <= timezone.now()),
        ("person_disabled", not row.user.is_active),
        ("client_blocked", bool(row.application and row.application.blocked)),
        ("token_elsewhere", row.issued.server != server),
    )
    return Refusal(next((name for name, so in tests if so), "token_unknown"), *whose)


def _note_first_call(row: Any) -> None:
    """Note that a client got through with the first token of a connection."""
    issued = row.issued
    if issued.family and issued.last_used_at is None and issued.family.refreshed_at is None:
        steps.note_first_call(issued.server, row.user_id, row.application_id)


def _teams_of(user: int) -> frozenset[int]:
    return frozenset(Membership.objects.filter(user_id=user).values_list("team_id", flat=True))


def _caller(row: Any, teams: frozenset[int]) -> Caller:
    """Return who an access token's row speaks for; a token without a client is its own client."""
    issued, client = row.issued, row.application
    return Caller(
        server=issued.server,
        user=row.user_id,
        user_public_id=row.user.public_id,
        username=row.user.get_username(),
        teams=teams,
        client=str(client.public_id if client else issued.public_id),
        client_name=str(client) if client else issued.name,
        scopes=scopes.expand(row.scope.split()),
        expires_at=row.expires.timestamp(),
    )


def _mark_used(issued: IssuedToken) -> None:
    """Note that a token was used, at most once a minute."""
    now = timezone.now()
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - USED_EVERY)
    IssuedToken.objects.filter(stale, pk=issued.pk).update(last_used_at=now)
