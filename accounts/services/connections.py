"""Taking leave back: one connection, or all of a client, of a person, of a server, or of everybody.

What ends is gone for good: no token of it works again, and the client must ask the person anew.
However much it is, the audit trail gets one event and the other processes one message.
"""

from dataclasses import asdict, dataclass

from django.db import transaction
from django.db.models import QuerySet

from accounts import permissions
from accounts.models import Consent, IssuedToken, OAuthClient, User
from accounts.oauth.directory import ServerFacts, slug_by_id
from accounts.permissions import Permission
from accounts.services.announcing import EVERYBODY, announced_as
from accounts.services.ending import end_consents, end_tokens
from accounts.services.recording import record


@dataclass(frozen=True, slots=True)
class Ended:
    """How much came to its end: connections, and tokens that people or admins had made by hand."""

    connections: int = 0
    tokens: int = 0

    def __bool__(self) -> bool:
        """Tell whether there was anything."""
        return any(asdict(self).values())

    def __str__(self) -> str:
        """Say it: "2 connections and 1 token"."""
        said = [_counted(number, what[:-1]) for what, number in asdict(self).items() if number]
        return " and ".join(said) or "nothing: there was none"


@transaction.atomic
def revoke_connection(*, actor: User | None, consent: Consent) -> None:
    """End one client's leave on one server, for its person. Raises NotAllowed."""
    if actor != consent.user:
        permissions.require_over(actor, Permission.DELETE_CONSENT, consent.user)
    record(
        actor,
        "connection.revoke",
        client=str(consent.client.public_id),
        server=slug_by_id(consent.server),
        before=_facts(consent),
    )
    with announced_as(f"user:{consent.user_id}"):
        end_consents(Consent.objects.filter(pk=consent.pk))


@transaction.atomic
def revoke_client(*, actor: User | None, client: OAuthClient) -> Ended:
    """End all that anybody let a client do; it may ask again, unless it is blocked. Raises NotAllowed."""
    permissions.require(actor, Permission.DELETE_CONSENT)
    with announced_as(f"client:{client.pk}"):
        ended = Ended(end_consents(Consent.objects.filter(client=client)))
    public_id = str(client.public_id)
    _record(actor, "client", {"client": str(client), "id": public_id}, ended, client=public_id)
    return ended


@transaction.atomic
def revoke_person(*, actor: User | None, user: User, tokens_too: bool) -> Ended:
    """End all connections of a person, and, if told so, the tokens made for them. Raises NotAllowed."""
    if actor != user:
        permissions.require_over(actor, Permission.DELETE_CONSENT, user)
        _require_tokens(actor, tokens_too)
    ended = end_all_of(user, tokens_too=tokens_too)
    _record(actor, "person", {"user": user.username, "id": str(user.public_id)}, ended)
    return ended


@transaction.atomic
def revoke_server(*, actor: User | None, server: ServerFacts, tokens_too: bool) -> Ended:
    """End everybody's connections to a server, and, if told so, tokens for it. Raises NotAllowed."""
    permissions.require(actor, Permission.DELETE_CONSENT)
    _require_tokens(actor, tokens_too)
    with announced_as(f"server:{server.public_id}"):
        ended = _end(
            Consent.objects.filter(server=server.public_id),
            IssuedToken.objects.filter(server=server.public_id) if tokens_too else None,
        )
    facts = {"name": server.title, "id": str(server.public_id)}
    _record(actor, "server", facts, ended, server=server.slug)
    return ended


@transaction.atomic
def revoke_everything(*, actor: User | None, tokens_too: bool) -> Ended:
    """End every connection of everybody, and, if told so, every token. Raises NotAllowed."""
    permissions.require(actor, Permission.DELETE_CONSENT)
    _require_tokens(actor, tokens_too)
    with announced_as(EVERYBODY):
        tokens = IssuedToken.objects.all() if tokens_too else None
        ended = _end(Consent.objects.all(), tokens)
    _record(actor, "everything", {}, ended)
    return ended


def end_all_of(user: User, *, tokens_too: bool) -> Ended:
    """End a person's connections without a check or a record, for services that do more than that."""
    with announced_as(f"user:{user.pk}"):
        tokens = IssuedToken.objects.filter(user=user) if tokens_too else None
        return _end(Consent.objects.filter(user=user), tokens)


def _end(consents: QuerySet[Consent], tokens: QuerySet[IssuedToken] | None) -> Ended:
    """End these, and of the tokens those that are of no consent."""
    connections = end_consents(consents)
    return Ended(connections, end_tokens(tokens.filter(family=None)) if tokens is not None else 0)


def _require_tokens(actor: User | None, tokens_too: bool) -> None:
    if tokens_too:
        permissions.require(actor, Permission.DELETE_TOKEN)


def _record(
    actor: User | None, whose: str, facts: dict[str, str], ended: Ended, **columns: str
) -> None:
    """Record what was ended, once for all of it, also if there was nothing: somebody wanted it gone."""
    gone = asdict(ended)
    record(
        actor,
        f"connection.revoke_{whose}",
        before={**facts, **gone},
        after={**facts, **dict.fromkeys(gone, 0)},
        **columns,
    )


def _facts(consent: Consent) -> dict[str, object]:
    """Return what the audit trail keeps of a connection."""
    return {
        "id": str(consent.public_id),
        "user": consent.user.username,
        "client": str(consent.client),
        "scopes": consent.scopes,
        "since": consent.created_at.isoformat(),
    }


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' if number != 1 else ''}"
