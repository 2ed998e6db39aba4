"""What is asked about, found: a person or nobody, what they come through, a server, and what on it."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeVar, cast

from django.db.models import Q, QuerySet

from accounts.models import IssuedToken, OAuthClient, User
from catalog.authoring.uri_template import UriTemplate
from catalog.models import Entry
from catalog.policy import Rule, Subject, Target, judge_access
from catalog.policy.explaining import Known
from monitoring.asked import uuid_of
from servers.facts import rules_by_server, subject_of
from servers.models import AccessRule, Server, ServerEntry
from servers.own_tools import CALL, DESCRIBE, SEARCH
from servers.published import rules_on_own

KINDS: dict[str, tuple[str, ...]] = {
    "": ("tool", "resource", "template", "prompt"),
    "tool": ("tool",),
    "resource": ("resource", "template"),
    "template": ("template",),
    "prompt": ("prompt",),
}
"""What may be asked for -> the kinds it may be; an address is a resource's own or a template's."""
OWN_NAMES = (SEARCH, DESCRIBE, CALL)
Through = OAuthClient | IssuedToken
Visibility = Literal["public", "team"]
Row = TypeVar("Row", ServerEntry, Entry)


class Thing(NamedTuple):
    """What a name led to: the row of the catalog, if any, and the name that clients see."""

    known: Known
    kind: str
    name: str
    entry: Entry | None = None

    @property
    def own(self) -> bool:
        """Whether it is one of the hub's own tools, which no row of the catalog stands for."""
        return self.known is Known.SERVED and self.entry is None


@dataclass(frozen=True, slots=True)
class Asked:
    """One question; `user` is None for nobody in particular, `through` for whatever client."""

    server: Server
    thing: Thing
    user: User | None = None
    through: Through | None = None
    subject: Subject = field(default_factory=Subject)
    rules: tuple[Rule, ...] = ()


def ask(
    *, server: Server, kind: str, name: str, user: User | None, through: Through | None
) -> Asked:
    """Return the question with all that it is judged by."""
    rules = tuple(rules_by_server(AccessRule.objects.filter(server=server))[server.pk])
    subject = subject_of(user)

    def allowed(thing: Thing) -> bool:
        return judge_access(subject, target_of(server, thing), rules).allowed

    thing = _thing(server, kind, name, allowed)
    if thing.own:
        rules = rules_on_own(rules)
    return Asked(server, thing, user, through if user else None, subject, rules)


def target_of(server: Server, thing: Thing) -> Target:
    """Return what was found as the gate is told of it."""
    entry = thing.entry
    return Target(
        name=thing.name,
        kind=thing.kind,
        tags=frozenset(tag.name for tag in entry.tags.all()) if entry else frozenset(),
        visibility=cast(Visibility, server.visibility),
        team=server.team_id,
        server_enabled=server.enabled,
        source_enabled=entry.source.enabled if entry else True,
        enabled=entry.enabled if entry else True,
        missing=entry is not None and entry.state == Entry.State.MISSING,
    )


def person_called(text: str) -> User | None:
    """Return the person of this name, or, as the trail names people, of this id."""
    found = User.objects.filter(username=text).first()
    known = uuid_of(text)
    return found or (User.objects.filter(public_id=known).first() if known else None)


def through_called(text: str, user: User | None) -> Through | None:
    """Return the client, or the token of that person, with this id or name.

    By id as the trail has it; a client by the id it calls itself too; by name the first of the name.
    """
    known = uuid_of(text)
    tokens = IssuedToken.objects.filter(user=user, family=None) if user else None
    by = Q(public_id=known) if known else Q(client_id=text) | Q(name=text)
    client: OAuthClient | None = OAuthClient.objects.filter(by).order_by("pk").first()
    if client is not None or tokens is None:
        return client
    named = Q(public_id=known) if known else Q(name=text)
    return tokens.filter(named).select_related("access_token").order_by("-pk").first()


def _thing(server: Server, kind: str, name: str, allowed: Callable[[Thing], bool]) -> Thing:
    """Return what a name leads to on a server, or, where it has nothing of the name, in the catalog.

    As in the corridor: of the templates that cover an address, the first that may be used, else the
    first.
    """
    kinds = KINDS.get(kind, ())
    if server.listing == Server.Listing.SEARCH and "tool" in kinds and name in OWN_NAMES:
        return Thing(Known.SERVED, "tool", name)
    row = _first(_published(server).filter(kind__in=kinds, exposed_name=name), kinds)
    if row is not None:
        return _served(row)
    covering = list(_covering(server, name)) if "template" in kinds else []
    if covering:
        return next(filter(allowed, covering), covering[0])
    entry = _first(_entries().filter(kind__in=kinds, name=name), kinds)
    if entry is not None:
        return Thing(Known.UNPUBLISHED, entry.kind, name, entry)
    return Thing(Known.NOWHERE, kinds[0] if kinds else "tool", name)


def _served(row: ServerEntry) -> Thing:
    known = Known.SERVED if row.entry.current else Known.WAITING
    return Thing(known, row.kind, row.exposed_name, row.entry)


def _published(server: Server) -> QuerySet[ServerEntry]:
    rows = ServerEntry.objects.filter(server=server).prefetch_related("entry__tags")
    return rows.select_related("entry__source", "entry__current__definition")


def _entries() -> QuerySet[Entry]:
    rows = Entry.objects.select_related("source", "current__definition").order_by("pk")
    return rows.prefetch_related("tags")


def _first(rows: QuerySet[Row], kinds: Iterable[str]) -> Row | None:
    """Return the row of the first of the kinds that there is one of."""
    found = list(rows[:20])
    return next((row for kind in kinds for row in found if row.kind == kind), None)


def _covering(server: Server, uri: str) -> Iterator[Thing]:
    """Yield the templates of a server that cover an address, in its order."""
    rows = _published(server).filter(kind="template", entry__current__isnull=False)
    for row in rows.order_by("position", "exposed_name"):
        current = row.entry.current
        body = json.loads(current.definition.body) if current else {}
        if UriTemplate.parse(body["uriTemplate"]).match(uri) is not None:
            yield _served(row)
