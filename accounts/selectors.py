"""Every read of this room's pages; each narrows to what the viewer may see."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import IssuedToken, Membership, Team, User
from accounts.oauth.directory import ServerFacts, directory
from accounts.permissions import Permission
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
    """Return this person's own tokens, newest first."""
    rows = list(IssuedToken.objects.filter(user=user).select_related("access_token"))
    # Many tokens, few servers: each is looked up once.
    ids = {row.server for row in rows}
    servers = {public_id: directory().by_public_id(public_id) for public_id in ids}
    return [_facts(row, servers[row.server]) for row in rows]


def token_of(user: User, public_id: uuid.UUID) -> IssuedToken | None:
    """Return this person's token with that id; somebody else's does not exist."""
    rows = IssuedToken.objects.filter(user=user, public_id=public_id)
    return rows.select_related("access_token", "user").first()


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


def teams_of(user: User) -> QuerySet[Team]:
    """Return the teams this person is in."""
    return Team.objects.filter(memberships__user=user)


def teams_seen_by(viewer: User) -> QuerySet[Team]:
    """Return the teams the viewer may see: their own, or all for who may change teams."""
    return Team.objects.all() if viewer.has_perm(Permission.CHANGE_TEAM) else teams_of(viewer)


def members_of(team: Team, *, viewer: User) -> QuerySet[Membership]:
    """Return a team's members, or nobody if the viewer may not see the team."""
    rows = Membership.objects.filter(team=team, team__in=teams_seen_by(viewer))
    return rows.select_related("user")
