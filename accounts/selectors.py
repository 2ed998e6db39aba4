"""Every read of this room's pages; each narrows to what the viewer may see."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from accounts.caller import PLAYGROUND
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
from monitoring import audit
from monitoring.asked import uuid_of
from monitoring.models import AuditPerson

MOST_NAMESAKES = 25
GONE = "somebody whose name is gone"


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


def clients_waiting() -> int:
    """Count the clients that wait for an admin's approval."""
    return int(OAuthClient.objects.filter(approved=False, blocked=False).count())


def shown_request(
    user: User, session_digest: str, public_id: uuid.UUID
) -> AuthorizationRequest | None:
    """Return the authorization request this person was shown in this session, answered or not."""
    rows = AuthorizationRequest.objects.filter(
        user=user, session_digest=session_digest, expires_at__gt=timezone.now()
    )
    return rows.select_related("client").filter(public_id=public_id).first()


def held_by(user: User, client: OAuthClient) -> dict[uuid.UUID, list[str]]:
    """Return the scopes this person allowed this client so far, by the id of the server."""
    rows = Consent.objects.filter(user=user, client=client)
    return {row.server: row.scopes.split() for row in rows}


def sessions_ended(user: int, epoch: int) -> bool:
    """Tell whether a person's sessions of that epoch have been ended."""
    return bool(User.objects.filter(pk=user, session_epoch__gt=epoch).exists())


def team_name(public_id: str) -> str:
    """Return the name of the team with this id, or nothing: the audit trail keeps ids for ever."""
    team = Team.objects.filter(public_id=public_id).first() if uuid_of(public_id) else None
    return team.name if team else ""


def client_name(public_id: str) -> str:
    """Return what a caller's client is called: a client people authorized, or a token by its name."""
    if public_id.startswith(PLAYGROUND):
        maker = public_id.removeprefix(PLAYGROUND)
        return f"Playground, by {_person_name(maker)}" if uuid_of(maker) else ""
    if not uuid_of(public_id):
        return ""
    client = OAuthClient.objects.filter(public_id=public_id).first()
    issued = None if client else IssuedToken.objects.filter(public_id=public_id).first()
    return str(client) if client else f"token “{issued.name}”" if issued else ""


def client_names(public_ids: Collection[str]) -> dict[str, str]:
    """Return the same for many at once, of those that are known."""
    ids = [each for each in public_ids if uuid_of(each)]
    names = {str(one.public_id): str(one) for one in OAuthClient.objects.filter(public_id__in=ids)}
    for issued in IssuedToken.objects.filter(public_id__in=ids):
        names.setdefault(str(issued.public_id), f"token “{issued.name}”")
    return names | _played_by(public_ids)


def _played_by(public_ids: Collection[str]) -> dict[str, str]:
    """Return what the playground's callers are called, by who made their tokens."""
    makers = {
        each: uuid.UUID(maker)
        for each in public_ids
        if each.startswith(PLAYGROUND) and uuid_of(maker := each.removeprefix(PLAYGROUND))
    }
    people = AuditPerson.objects.filter(pk__in=makers.values()) if makers else ()
    labels = {person.pk: person.label for person in people}
    return {each: f"Playground, by {labels.get(maker) or GONE}" for each, maker in makers.items()}


def clients_called(name: str) -> list[str]:
    """Return the public ids of the clients and tokens of this name, some of them where many share it."""
    clients = OAuthClient.objects.filter(name=name[:255]).values_list("public_id", flat=True)
    issued = IssuedToken.objects.filter(name=name[:255]).values_list("public_id", flat=True)
    return [str(each) for each in (*clients[:MOST_NAMESAKES], *issued[:MOST_NAMESAKES])]


def people_called(username: str) -> list[str]:
    """Return the public id of the person of this user name, if there is one."""
    found = User.objects.filter(username=username[:150]).values_list("public_id", flat=True)
    return [str(each) for each in found]


def _person_name(public_id: str) -> str:
    """Return what the trail calls a person, as long as it may."""
    return audit.label_of(uuid.UUID(public_id)) or GONE


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
