"""Every read of this room's pages; each narrows to what the viewer may see."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from accounts.models import (
    AuthorizationRequest,
    ClientPolicy,
    Consent,
    IssuedToken,
    OAuthClient,
    Team,
    User,
)
from accounts.oauth.directory import ServerFacts, directory
from accounts.words import ScopeWords, words_of


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """A token as its owner sees it; `server` is None once the server is gone."""

    public_id: uuid.UUID
    name: str
    origin: str
    server: ServerFacts | None
    scopes: tuple[ScopeWords, ...]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    expired: bool


def tokens_of(user: User) -> list[TokenFacts]:
    """Return this person's own tokens, newest first; those that clients got are connections'."""
    made = IssuedToken.objects.filter(user=user, family=None)
    rows = list(made.select_related("access_token"))
    servers = directory().by_public_ids({row.server for row in rows})
    return [_facts(row, servers.get(row.server)) for row in rows]


def token_of(user: User, public_id: uuid.UUID) -> IssuedToken | None:
    """Return this person's token with that id; somebody else's does not exist."""
    rows = IssuedToken.objects.filter(user=user, public_id=public_id, family=None)
    return rows.select_related("access_token", "user").first()


def client_policy() -> ClientPolicy:
    """Return how clients may become known; the defaults, unless an admin said otherwise."""
    return ClientPolicy.objects.filter(pk=1).first() or ClientPolicy(pk=1)


def shown_request(
    user: User, session_digest: str, public_id: uuid.UUID
) -> AuthorizationRequest | None:
    """Return the authorization request this person was shown in this session, answered or not."""
    rows = AuthorizationRequest.objects.filter(
        user=user, session_digest=session_digest, expires_at__gt=timezone.now()
    )
    return rows.select_related("client").filter(public_id=public_id).first()


def consent_of(user: User, client: OAuthClient, server: uuid.UUID) -> Consent | None:
    """Return what this person allowed this client on a server so far."""
    return Consent.objects.filter(user=user, client=client, server=server).first()


def team_name(public_id: str) -> str:
    """Return the name of the team with this id, or nothing: the audit trail keeps ids for ever."""
    team = Team.objects.filter(public_id=public_id).first() if _is_id(public_id) else None
    return team.name if team else ""


def client_name(public_id: str) -> str:
    """Return what a caller's client is called: a client people authorized, or a token by its name."""
    if not _is_id(public_id):
        return ""
    client = OAuthClient.objects.filter(public_id=public_id).first()
    issued = None if client else IssuedToken.objects.filter(public_id=public_id).first()
    return str(client) if client else f"token “{issued.name}”" if issued else ""


def _is_id(text: str) -> bool:
    """Return whether a text is an id at all."""
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def _facts(row: IssuedToken, server: ServerFacts | None) -> TokenFacts:
    """Return what is shown of a token for that server."""
    access = row.access_token
    return TokenFacts(
        public_id=row.public_id,
        name=row.name,
        origin=row.get_origin_display(),
        server=server,
        scopes=words_of(access.scope.split()),
        created_at=row.created_at,
        expires_at=access.expires,
        last_used_at=row.last_used_at,
        expired=access.expires <= timezone.now(),
    )
