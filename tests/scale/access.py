"""Who comes in: clients, what people allowed, tokens, requests that wait, and what is stopped."""

import random
from datetime import timedelta
from typing import Any

from django.utils import timezone
from oauth2_provider.models import get_access_token_model

from accounts.models import Consent, IssuedToken, OAuthClient, Team, TokenFamily, User
from catalog.models import Entry
from servers.models import AccessRequest, Server, Stop

CLIENTS, TOKENS_EACH, CONSENTS_EACH, REQUESTS = 60, 3, 2, 400
STOPPED = 60
"""Entries, people and clients that are stopped, so many of each at most."""
BATCH = 1_000


def fill(
    people: list[User],
    teams: list[Team],
    servers: list[Server],
    entries: list[Entry],
    chance: random.Random,
) -> list[OAuthClient]:
    """Make all of it; return the clients."""
    clients = OAuthClient.objects.bulk_create(
        [
            OAuthClient(
                name=f"Client {number:02}",
                client_id=f"scale-client-{number}",
                client_type="public",
                authorization_grant_type="authorization-code",
                redirect_uris="http://127.0.0.1/callback",
                registration_source="dcr",
            )
            for number in range(CLIENTS)
        ]
    )
    consents = _consents(people, clients, servers, chance)
    _tokens(people, servers)
    tokens_of(consents)
    _requests(people, servers)
    _stops(people, clients, servers, entries)
    return clients


def _consents(
    people: list[User], clients: list[OAuthClient], servers: list[Server], chance: random.Random
) -> list[Consent]:
    return Consent.objects.bulk_create(
        [
            Consent(
                user=person,
                client=client,
                server=servers[(person.pk + client.pk) % len(servers)].public_id,
                scopes="mcp:read mcp:write",
                redirect_uri="http://127.0.0.1/callback",
            )
            for person in people
            for client in chance.sample(clients, CONSENTS_EACH)
        ],
        batch_size=BATCH,
    )


def _tokens(people: list[User], servers: list[Server]) -> None:
    """Make tokens as people make them by hand."""
    owners = [person for person in people for _ in range(TOKENS_EACH)]
    IssuedToken.objects.bulk_create(
        [
            IssuedToken(
                access_token=token,
                user=owner,
                name=f"Token {place}",
                origin=IssuedToken.Origin.SELF,
                server=servers[place % len(servers)].public_id,
                last_used_at=timezone.now() if place % 2 else None,
            )
            for place, (owner, token) in enumerate(
                zip(owners, _opening(owners, "own"), strict=True)
            )
        ],
        batch_size=BATCH,
    )


def tokens_of(consents: list[Consent]) -> None:
    """Make the tokens that came of consents."""
    families = TokenFamily.objects.bulk_create(
        [
            TokenFamily(
                consent=row, code_digest=f"scale-{row.pk}", code_challenge="", scopes=row.scopes
            )
            for row in consents
        ],
        batch_size=BATCH,
    )
    opening = _opening([row.user for row in consents], "consent")
    IssuedToken.objects.bulk_create(
        [
            IssuedToken(
                access_token=token,
                user=row.user,
                name=row.client.name,
                origin=IssuedToken.Origin.CONSENT,
                server=row.server,
                family=family,
            )
            for row, family, token in zip(consents, families, opening, strict=True)
        ],
        batch_size=BATCH,
    )


def _opening(owners: list[User], what: str) -> list[Any]:
    """Make access tokens that open nothing: they are bound to no server."""
    kind, until = get_access_token_model(), timezone.now() + timedelta(days=30)
    rows = [
        kind(
            user=owner,
            token=f"scale-{what}-{number}",
            expires=until,
            scope="mcp:read mcp:write",
        )
        for number, owner in enumerate(owners)
    ]
    made: list[Any] = kind.objects.bulk_create(rows, batch_size=BATCH)
    return made


def _requests(people: list[User], servers: list[Server]) -> None:
    states = ("open", "granted", "declined")
    AccessRequest.objects.bulk_create(
        [
            AccessRequest(
                server=servers[place % len(servers)],
                user=person,
                reason=f"Reason {place}",
                state=states[place % 3],
                decided_at=timezone.now() if place % 3 else None,
            )
            for place, person in enumerate(people[:REQUESTS])
        ]
    )


def _stops(
    people: list[User], clients: list[OAuthClient], servers: list[Server], entries: list[Entry]
) -> None:
    reason = "It sends what it should not."
    Stop.objects.bulk_create(
        [
            *(Stop(kind="entry", entry=row, reason=reason) for row in entries[7::150][:STOPPED]),
            *(Stop(kind="user", user=row, reason=reason) for row in people[7::20][:STOPPED]),
            *(Stop(kind="client", client=row, reason=reason) for row in clients[7::20]),
            *(Stop(kind="server", server=row, reason=reason) for row in servers[7::20]),
        ]
    )
