"""What clients hold, for their pages: people, tokens, last use, connections; a fixed number of queries."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, IntegerField, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from oauth2_provider.models import get_access_token_model, get_refresh_token_model

from accounts.models import Consent, IssuedToken, OAuthClient, TokenFamily
from accounts.oauth.directory import directory
from accounts.words import words_of

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Connection:
    """A person who allowed the client on a server; `server` is empty once that is gone."""

    username: str
    server: str
    scopes: str
    since: datetime
    last_used: datetime | None


def counted(rows: QuerySet[OAuthClient]) -> QuerySet[Any]:
    """Return clients with `people`, `held` and what `last_used` looks at, each by a subquery."""
    live, now = OuterRef("pk"), timezone.now()
    access = get_access_token_model().objects.filter(application=live, expires__gt=now)
    refresh = get_refresh_token_model().objects.filter(application=live, revoked__isnull=True)
    people = Consent.objects.filter(client=live)
    found: QuerySet[Any] = rows.annotate(
        people=_number(people, "client", Count("user", distinct=True)),
        held=_number(access, "application", Count("pk"))
        + _number(refresh, "application", Count("pk")),
        allowed_at=_latest(people, "client", "changed_at"),
        refreshed_at=_latest(
            TokenFamily.objects.filter(consent__client=live), "consent__client", "refreshed_at"
        ),
        called_at=_latest(
            IssuedToken.objects.filter(access_token__application=live),
            "access_token__application",
            "last_used_at",
        ),
    )
    return found


def last_used(row: Any) -> datetime | None:
    """Return when a client was last allowed, refreshed or called with."""
    moments = (row.allowed_at, row.refreshed_at, row.called_at)
    return max((moment for moment in moments if moment), default=None)


def connections_of(client: OAuthClient) -> list[Connection]:
    """Return who allowed the client on which server, the newest first, no more than are shown."""
    rows: QuerySet[Any] = client.consents.select_related("user").annotate(
        refreshed=Max("families__refreshed_at"), called=Max("families__issued__last_used_at")
    )
    shown = list(rows.order_by("-changed_at", "-pk")[:SHOWN])
    servers = directory().by_public_ids({row.server for row in shown})
    return [_connection(row, {key: facts.slug for key, facts in servers.items()}) for row in shown]


def _connection(row: Any, slugs: dict[uuid.UUID, str]) -> Connection:
    """Return a consent as the page shows it."""
    moments = [moment for moment in (row.refreshed, row.called) if moment]
    return Connection(
        username=row.user.username,
        server=slugs.get(row.server, ""),
        scopes=", ".join(words.title for words in words_of(row.scopes.split())),
        since=row.created_at,
        last_used=max(moments, default=None),
    )


def _number(rows: QuerySet[Any], by: str, count: Count) -> Coalesce:
    """Return how many of these rows belong to a client."""
    grouped = rows.order_by().values(by).annotate(number=count).values("number")
    return Coalesce(Subquery(grouped, output_field=IntegerField()), 0)


def _latest(rows: QuerySet[Any], by: str, field: str) -> Subquery:
    """Return the latest moment among these rows of a client."""
    return Subquery(rows.order_by().values(by).annotate(latest=Max(field)).values("latest"))
