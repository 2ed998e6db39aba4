"""What people see of servers on the pages: each with its tools in words, and what may be asked for."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from accounts.scopes import DESTRUCTIVE, READ, WRITE
from catalog.models import Entry
from catalog.told import Told, told_by
from servers.models import AccessRequest, Server
from servers.selectors import Listed, UsableServer, usable_by
from servers.services.asking import may_ask_again_at

A_PAGE = 20
"""Servers on one page."""
FINDABLE = 100
"""Servers to be asked for on one page; search narrows them."""
TOLD_FOR = timedelta(days=7)
"""How long a person is told that what they asked for was granted."""
OFFER_SEARCH_FROM = 8
"""With so many servers a field to search them is worth its place."""

GROUPS = (
    (READ, "Reads", "read"),
    (WRITE, "Changes", "change"),
    (DESTRUCTIVE, "Deletes or overwrites", "delete or overwrite"),
)
"""Tools by the scope they need: what one does and what several do; the dangerous ones last."""


@dataclass(frozen=True, slots=True)
class ShownTool:
    """A tool as a person reads about it."""

    name: str
    title: str
    words: str


@dataclass(frozen=True, slots=True)
class ToolGroup:
    """The tools of a server that do one kind of thing: how many, and the first of them."""

    title: str
    verb: str
    danger: bool
    count: int
    tools: tuple[ShownTool, ...]

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.count - len(self.tools)


@dataclass(frozen=True, slots=True)
class Card:
    """A server one may use, and its tools by what they do."""

    server: UsableServer
    groups: tuple[ToolGroup, ...]

    @property
    def danger(self) -> bool:
        """Whether a tool on it deletes or overwrites."""
        return any(group.danger for group in self.groups)


@dataclass(frozen=True, slots=True)
class Findable:
    """A server one may not use but may ask for or has asked for, and what became of it."""

    server: Server
    asked_at: datetime | None = None
    declined_at: datetime | None = None
    again_at: datetime | None = None

    @property
    def waits(self) -> bool:
        """Whether a request waits for an answer."""
        return self.asked_at is not None

    @property
    def open(self) -> bool:
        """Whether there is anything to see: it may be asked for, or one's own request is still news.

        Who was told "you find the answer here" finds it, whatever became of the server.
        """
        return self.waits or self.declined_at is not None or self.askable

    @property
    def askable(self) -> bool:
        """Whether strangers may find it and ask."""
        return self.server.discoverable and self.server.enabled


@dataclass(frozen=True, slots=True)
class Shelf:
    """One page of the servers one may use, and what one may ask for; `total` counts all pages.

    `unshown` counts what one may ask for beyond that. `granted` are those that one asked for and was
    given of late.
    """

    cards: tuple[Card, ...]
    findable: tuple[Findable, ...]
    unshown: int
    granted: tuple[UsableServer, ...]
    total: int
    page: int
    pages: int
    searchable: bool


def shelf(user: User | None, *, query: str, page: int, tools: int) -> Shelf:
    """Return what one person, or with None anyone, sees of the servers whose words all fit.

    Of each kind of tools at most `tools` are shown. The number of queries does not grow with
    servers, tools or people.
    """
    usable = sorted(usable_by(user), key=lambda each: each[0].title.casefold())
    asked = _findable(user, [server.public_id for server, _ in usable])
    words = query.casefold().split()
    named = [one for one in asked if _named(words, one.server)]
    fitting = _fitting(usable, words) if words else usable
    pages = max(1, -(-len(fitting) // A_PAGE))
    page = min(max(page, 1), pages)
    shown = fitting[(page - 1) * A_PAGE : page * A_PAGE]
    return Shelf(
        cards=_cards(shown, tools),
        findable=tuple(named[:FINDABLE]),
        unshown=len(named[FINDABLE:]),
        granted=() if words else _granted(user, [server for server, _ in usable]),
        total=len(fitting),
        page=page,
        pages=pages,
        searchable=len(usable) + len(asked) > OFFER_SEARCH_FROM,
    )


def card(user: User | None, slug: str, *, tools: int) -> Card | None:
    """Return the server at this address as a person sees it; None if they may not use it."""
    return next(iter(_cards(usable_by(user, slug=slug), tools)), None)


def findable(user: User, **where: object) -> Findable | None:
    """Return the server at a slug or with a public id that this person may ask for, or has."""
    server = Server.objects.filter(**where).first()
    if server is None or usable_by(user, slug=server.slug):
        return None
    return next((found for found in _asked([server], user) if found.open), None)


def usable_slug(user: User, public_id: uuid.UUID) -> str:
    """Return where a server is that this person may use; nothing for any other."""
    server = Server.objects.filter(public_id=public_id).first()
    return server.slug if server is not None and usable_by(user, slug=server.slug) else ""


def _findable(user: User | None, usable: list[uuid.UUID]) -> list[Findable]:
    """Return what this person may ask for, or has, by title; nobody in particular may ask for nothing."""
    if user is None:
        return []
    mine = AccessRequest.objects.filter(user=user).values("server")
    rows = Server.objects.filter(Q(discoverable=True, enabled=True) | Q(pk__in=mine))
    rows = rows.exclude(public_id__in=usable).order_by("title", "slug")
    return [found for found in _asked(list(rows), user) if found.open]


def _granted(user: User | None, usable: list[UsableServer]) -> tuple[UsableServer, ...]:
    """Return the servers that this person asked for and was given in the last days, newest first."""
    if user is None:
        return ()
    rows = AccessRequest.objects.filter(
        user=user, state=AccessRequest.State.GRANTED, decided_at__gt=timezone.now() - TOLD_FOR
    )
    by_id = {server.public_id: server for server in usable}
    ids = rows.order_by("-decided_at").values_list("server__public_id", flat=True)[:FINDABLE]
    return tuple(by_id[each] for each in dict.fromkeys(ids) if each in by_id)


def _asked(servers: list[Server], user: User) -> list[Findable]:
    """Return servers with what became of this person's last request for each."""
    requests = AccessRequest.objects.filter(user=user, server__in=servers).order_by("pk")
    last = {request.server_id: request for request in requests}
    return [_found(server, last.get(server.pk)) for server in servers]


def _found(server: Server, request: AccessRequest | None) -> Findable:
    if request is None:
        return Findable(server)
    if request.state == AccessRequest.State.OPEN:
        return Findable(server, asked_at=request.created_at)
    again_at = may_ask_again_at(request)
    if again_at is None or again_at <= timezone.now():
        return Findable(server)
    return Findable(server, declined_at=request.decided_at, again_at=again_at)


def _fitting(
    usable: list[tuple[UsableServer, list[Listed]]], words: list[str]
) -> list[tuple[UsableServer, list[Listed]]]:
    """Return the servers in whose words, or whose tools', all these are found."""
    told = told_by(_definitions(usable))
    return [
        (server, listed)
        for server, listed in usable
        if _fits(words, server.title, server.slug, server.description, *_names(listed, told))
    ]


def _names(listed: list[Listed], told: dict[str, Told]) -> Iterable[str]:
    """Yield what tools are called, to clients and to people."""
    for each in _tools(listed):
        yield each.name
        if each.definition in told:
            yield told[each.definition].under(each.words).title


def _named(words: list[str], server: Server) -> bool:
    """Tell whether what strangers may read of a server fits."""
    return _fits(words, server.shown_title, server.shown_description)


def _fits(words: list[str], *texts: str) -> bool:
    text = "\n".join(texts).casefold()
    return all(word in text for word in words)


def _cards(usable: list[tuple[UsableServer, list[Listed]]], most: int) -> tuple[Card, ...]:
    told = told_by(_definitions(usable))
    return tuple(Card(server, _groups(listed, told, most)) for server, listed in usable)


def _definitions(usable: list[tuple[UsableServer, list[Listed]]]) -> list[str]:
    return [each.definition for _, listed in usable for each in _tools(listed)]


def _tools(listed: list[Listed]) -> list[Listed]:
    return [each for each in listed if each.kind == Entry.Kind.TOOL]


def _groups(listed: list[Listed], told: dict[str, Told], most: int) -> tuple[ToolGroup, ...]:
    """Return a server's tools by what they do, empty kinds left out."""
    by_scope: dict[str, list[ShownTool]] = {scope: [] for scope, *_ in GROUPS}
    for each in _tools(listed):
        if (found := told.get(each.definition)) is not None:
            said = found.under(each.words)
            by_scope[said.scope].append(ShownTool(each.name, said.title or each.name, said.words))
    return tuple(
        ToolGroup(title, verb, scope == DESTRUCTIVE, len(tools), tuple(tools[:most]))
        for scope, title, verb in GROUPS
        if (tools := by_scope[scope])
    )
