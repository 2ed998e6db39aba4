"""Reads of connections: which clients a person allowed, and what of it is still in use."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone
from oauth2_provider.models import get_access_token_model, get_refresh_token_model

from accounts.models import Consent, IssuedToken, TokenFamily, User
from accounts.oauth.directory import ServerFacts, directory
from accounts.oauth.provenance import Provenance, provenance_of
from accounts.words import ScopeWords, words_of

MOST_SHOWN = 200
"""Connections on one page; those used last come first."""


@dataclass(frozen=True, slots=True)
class ConnectionFacts:
    """A connection as its person sees it; `server` is None once the server is gone.

    `living` is whether the client has a token left that works or can be renewed: without one it must
    ask the person again.
    """

    public_id: uuid.UUID
    client: str
    known: Provenance
    server: ServerFacts | None
    scopes: tuple[ScopeWords, ...]
    since: datetime
    last_used_at: datetime | None
    living: bool


def connections_of(user: User) -> list[ConnectionFacts]:
    """Return this person's connections, used last first; the same few queries however many."""
    rows = with_living(Consent.objects.filter(user=user)).select_related("client")
    newest = rows.order_by(F("last_used_at").desc(nulls_last=True), "-pk")[:MOST_SHOWN]
    return _facts(list(newest))


def connection_of(user: User, public_id: uuid.UUID) -> Consent | None:
    """Return this person's connection with that id; somebody else's does not exist."""
    rows = Consent.objects.filter(user=user, public_id=public_id)
    return rows.select_related("client", "user").first()


def facts_of(consent: Consent) -> ConnectionFacts:
    """Return what is shown of one connection."""
    rows = with_living(Consent.objects.filter(pk=consent.pk)).select_related("client")
    return _facts(list(rows))[0]


def own_tokens(user: User) -> int:
    """Count the tokens that were made for a person by hand and still work."""
    rows = IssuedToken.objects.filter(user=user, family=None)
    return rows.filter(access_token__expires__gt=timezone.now()).count()


def with_living(consents: QuerySet[Consent]) -> QuerySet[Consent]:
    """Add `living`: whether a token of the connection works, or can be renewed."""
    works = get_access_token_model().objects.filter(
        issued__family__consent=OuterRef("pk"), expires__gt=timezone.now()
    )
    families = TokenFamily.objects.filter(consent=OuterRef(OuterRef("pk"))).order_by()
    renews = get_refresh_token_model().objects.filter(
        token_family__in=families.values("public_id"), revoked__isnull=True
    )
    return consents.annotate(living=Exists(works) | Exists(renews))


def _facts(rows: list[Consent]) -> list[ConnectionFacts]:
    servers = directory().by_public_ids({row.server for row in rows})
    return [_seen(row, servers.get(row.server)) for row in rows]


def _seen(row: Consent, server: ServerFacts | None) -> ConnectionFacts:
    """Return what is shown of a connection to that server."""
    return ConnectionFacts(
        public_id=row.public_id,
        client=str(row.client),
        known=provenance_of(row.client),
        server=server,
        scopes=words_of(row.scopes.split()),
        since=row.created_at,
        last_used_at=row.last_used_at,
        living=bool(row.living),  # type: ignore[attr-defined]
    )
