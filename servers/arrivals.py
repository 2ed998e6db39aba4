"""Which clients have called a server, known by what they are called: a call says so, not a token.

When each last called is kept as the trail is written, one row for each client of the table, server and
person, so that a look costs the same however long the trail is and whatever was let go of it.
"""

import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.timesince import timesince

from accounts.caller import PLAYGROUND
from accounts.models import Consent, IssuedToken, OAuthClient, User
from monitoring.asked import uuid_of
from monitoring.audit import Called
from servers.connect.catalogue import CATALOGUE, Client
from servers.models import LastCall

FAMILY = "family:"
"""What a kept caller begins with that is a client of the table."""
MOST_NAMES = 1_000
OTHERS, LOOKED_AT = 20, 200
"""Others that are shown, and callers that are looked at for them: several may go by one name."""
GONE = "A client that is no longer known"
UNNAMED = {"": "Callers without a token", "stdio": "Over standard streams"}


@dataclass(frozen=True, slots=True)
class Arrival:
    """A client, and when it last called; `let_in` if a person allowed it or gave it a token."""

    client: Client
    last_call: datetime | None = None
    let_in: bool = False

    @property
    def ago(self) -> str:
        """How long ago it called, in words."""
        return _ago(self.last_call) if self.last_call else ""


@dataclass(frozen=True, slots=True)
class Other:
    """A caller that the table of clients does not know, by the name it has here."""

    name: str
    last_call: datetime

    @property
    def ago(self) -> str:
        """How long ago that was, in words."""
        return _ago(self.last_call)


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Every client of the table by its id, and who else called; both as one person sees it, or all."""

    clients: dict[str, Arrival]
    others: tuple[Other, ...]

    @property
    def connected(self) -> list[Arrival]:
        """The clients that called, the last to call first."""
        called = [(each.last_call, each) for each in self.clients.values() if each.last_call]
        return [each for _, each in sorted(called, key=lambda pair: pair[0], reverse=True)]


class Addressed(Protocol):
    """A published server, as a row or as one person sees it."""

    @property
    def public_id(self) -> uuid.UUID:
        """What tokens and consents name it by."""

    @property
    def slug(self) -> str:
        """What the audit trail names it by."""


def arrivals(server: Addressed, user: User | None = None) -> Arrivals:
    """Return who arrived on a server; with a person, by calls of their own alone."""
    last, calls = _last_calls(server, user)
    let_in = {CATALOGUE.known(name) for name in _let_in(server, user)}
    others = _latest((name, calls[key]) for key, name in _named(calls))
    newest = sorted(others.items(), key=lambda pair: pair[1], reverse=True)[:OTHERS]
    return Arrivals(
        {
            key: Arrival(each, last.get(key), key in let_in)
            for key, each in CATALOGUE.clients.items()
        },
        tuple(Other(name, at) for name, at in newest),
    )


def keep(calls: Mapping[Called, int]) -> None:
    """Keep when clients last called, each for its person and for anybody; the trail's writer tells.

    In one order for all processes: no two wait crosswise for each other's rows.
    """
    names = dict(_named({called.client for called in calls}))
    kept: dict[tuple[str, str, str], datetime] = {}
    for called, at in calls.items():
        family = CATALOGUE.known(names[called.client])
        caller = f"{FAMILY}{family}" if family else called.client
        moment = datetime.fromtimestamp(at / 1_000_000, UTC)
        for user in {called.user, ""}:
            key = (called.server, user, caller)
            kept[key] = max(moment, kept.get(key, moment))
    rows = [
        LastCall(server=server, user=user, caller=caller, at=kept[server, user, caller])
        for server, user, caller in sorted(kept)
    ]
    LastCall.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["server", "user", "caller"],
        update_fields=["at"],
    )


def _last_calls(
    server: Addressed, user: User | None
) -> tuple[dict[str, datetime], dict[str, datetime]]:
    """Return when each client of the table last called, and when each of the newest others did."""
    rows = LastCall.objects.filter(server=server.slug, user=user.public_id.hex if user else "")
    known = rows.filter(caller__in=[f"{FAMILY}{key}" for key in CATALOGUE.clients])
    families = {row.caller.removeprefix(FAMILY): row.at for row in known}
    others = rows.exclude(caller__startswith=FAMILY).order_by("-at")[:LOOKED_AT]
    return families, {row.caller: row.at for row in others}


def _named(ids: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield what each caller is called; tokens made by hand go by the names people gave them."""
    known = [key for key in ids if uuid_of(key)]
    clients = OAuthClient.objects.filter(public_id__in=known).values_list("public_id", "name")
    tokens = IssuedToken.objects.filter(public_id__in=known).values_list("public_id", "name")
    names = {str(key): name for key, name in (*clients, *tokens)}
    for key in ids:
        played = "The playground" if key.startswith(PLAYGROUND) else GONE
        yield key, names.get(key, UNNAMED.get(key, played))


def _let_in(server: Addressed, user: User | None) -> set[str]:
    """Return the names of the clients that people allowed on this server, or made tokens for."""
    consents = Consent.objects.filter(server=server.public_id)
    tokens = IssuedToken.objects.filter(server=server.public_id, family=None)
    if user is not None:
        consents, tokens = consents.filter(user=user), tokens.filter(user=user)
    return {*_names(consents, "client__name"), *_names(tokens, "name")}


def _names(rows: QuerySet[Consent] | QuerySet[IssuedToken], field: str) -> list[str]:
    return list(rows.order_by().values_list(field, flat=True).distinct()[:MOST_NAMES])


def _latest(calls: Iterable[tuple[str, datetime]]) -> dict[str, datetime]:
    """Return the last call of each."""
    found: dict[str, datetime] = {}
    for name, at in calls:
        found[name] = max(at, found.get(name, at))
    return found


def _ago(at: datetime) -> str:
    if timezone.now() - at < timedelta(minutes=1):
        return "just now"
    return f"{timesince(at, depth=1)} ago"
