"""What is asked about, as the explainer is told of it."""

import json
from dataclasses import replace
from typing import NamedTuple

from django.utils import timezone

from accounts import scopes
from accounts.connections import with_living
from accounts.models import Consent, IssuedToken, OAuthClient
from catalog.policy import Facts, required_scope
from catalog.policy.explaining import Case, Token
from catalog.policy.stops import Stop, Touched, stop_on
from servers.published import OWN
from servers.snapshot_rows import read_stops
from servers.why.asking import Asked, Thing, target_of


class Held(NamedTuple):
    """What a caller shows, and the scopes it gives, expanded."""

    token: Token
    scopes: frozenset[str]


UNSAID = Held(Token.UNSAID, scopes.EVERY)
"""Without a token on a public server every scope counts; so it does while no client was named."""
LACKING = Held(Token.LACKING, frozenset())


def case_of(asked: Asked) -> Case:
    """Return the case: the gate's facts, and what is looked at before it."""
    client, held = _client(asked), _held(asked)
    facts = Facts(
        subject=asked.subject,
        target=target_of(asked.server, asked.thing),
        rules=asked.rules,
        scopes=held.scopes,
        required_scope=_needed(asked.thing),
    )
    return Case(
        replace(facts, stop=_stop(asked)),
        active=asked.user is None or asked.user.is_active,
        blocked=client is not None and client.blocked,
        approved=client is None or client.approved,
        token=held.token,
        known=asked.thing.known,
    )


def _needed(thing: Thing) -> str:
    """Return the scope that is needed, by what the definition says of itself; finding is reading."""
    if thing.own:
        return scopes.READ
    current = thing.entry.current if thing.entry else None
    body = json.loads(current.definition.body) if current else {}
    return required_scope(thing.kind, body.get("annotations") or {})


def _stop(asked: Asked) -> Stop | None:
    """Return the stop that is about the call, as the corridor would find it."""
    entry, client = asked.thing.entry, _client(asked)
    if entry is None and not asked.thing.own:
        return None
    touched = Touched(
        server=asked.server.public_id,
        source=(entry.source.kind, entry.source.key) if entry else (OWN, ""),
        entry=entry.public_id if entry else asked.server.public_id,
        user=asked.subject.user,
        client=str(client.public_id) if client else "",
    )
    return stop_on(read_stops(), touched)


def _client(asked: Asked) -> OAuthClient | None:
    return asked.through if isinstance(asked.through, OAuthClient) else None


def _held(asked: Asked) -> Held:
    """Return what the person can show through what was named."""
    if asked.through is None:
        return UNSAID
    if isinstance(asked.through, IssuedToken):
        return _by_token(asked, asked.through)
    return _by_client(asked, asked.through)


def _by_token(asked: Asked, issued: IssuedToken) -> Held:
    """Return what a token gives that a person made."""
    access = issued.access_token
    fits = issued.server == asked.server.public_id and access.expires > timezone.now()
    return Held(Token.WORKS, scopes.expand(access.scope.split())) if fits else LACKING


def _by_client(asked: Asked, client: OAuthClient) -> Held:
    """Return what a client has that the person allowed here; a token it can renew counts as one."""
    mine = Consent.objects.filter(user=asked.user, client=client, server=asked.server.public_id)
    consent = with_living(mine).first()
    if consent is None or not consent.living:  # type: ignore[attr-defined]
        return LACKING
    issued = IssuedToken.objects.filter(
        family__consent=consent, access_token__expires__gt=timezone.now()
    ).select_related("access_token")
    newest, family = issued.order_by("-pk").first(), consent.families.first()
    given = newest.access_token.scope if newest else family.scopes if family else ""
    return Held(Token.WORKS, scopes.expand(given.split()))
