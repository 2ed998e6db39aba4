"""Why? Pick a person or nobody, a client, a server and what on it; the answer is the gate's own."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from accounts.connections import with_living
from accounts.models import Consent, IssuedToken, User
from catalog.models import Entry
from monitoring.admin.why import may_ask
from monitoring.asked import words
from servers.admin.leads import Lead, of_change, of_line
from servers.models import Server, ServerEntry
from servers.selectors import server_at
from servers.why.asking import KINDS, Asked, Through, ask, person_called, through_called
from servers.why.reaching import Shelf, shelf_for
from servers.why.telling import Row, Told, tell
from servers.why.words import through_said

WHERE = "admin:servers_accessrule_why"
CLIENTS = ("accounts.view_oauthclient", "accounts.view_issuedtoken")
"""Who may not see clients and tokens gets answers without them."""
OFFERED, MATCHES, LONGEST = 100, 12, 512


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to pick: what was typed, what is offered, and what it may have meant."""

    name: str
    label: str
    typed: str
    offered: tuple[str, ...] = ()
    matches: tuple[tuple[str, str], ...] = ()
    missing: bool = False
    help: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """An explanation with where each line and each change leads."""

    told: Told
    rows: tuple[tuple[Row, Lead | None], ...]
    way: tuple[tuple[str, Lead | None], ...]
    other_ways: tuple[tuple[tuple[str, Lead | None], ...], ...]


def why_page(page: Any, request: HttpRequest) -> HttpResponse:
    """Offer what to ask, and answer once a server is picked."""
    if not may_ask(request.user):
        raise PermissionDenied
    context = {
        **page.admin_site.each_context(request),
        **_context(request),
        "title": "Why?",
        "opts": page.opts,
    }
    request.current_app = page.admin_site.name
    return TemplateResponse(request, "admin/servers/why.html", context)


def _context(request: HttpRequest) -> dict[str, Any]:
    """Return what was picked, the fields to pick with, and the answer."""
    said = {name: _said(request, name) for name in ("user", "client", "server", "kind", "name")}
    user = person_called(said["user"]) if said["user"] else None
    server = server_at(said["server"]) if said["server"] else None
    kind = said["kind"] if said["kind"] in KINDS else ""
    sees = any(request.user.has_perm(name) for name in CLIENTS)
    through = through_called(said["client"], user) if sees and user and said["client"] else None
    lost = (said["user"] and user is None) or server is None
    asked = None
    if server is not None and not lost:
        asked = ask(server=server, kind=kind, name=said["name"], user=user, through=through)
    named = asked is not None and bool(said["name"])
    return {
        "fields": _fields(said, user, server, asked if named else None),
        "kinds": [("", "Whatever it is"), *Entry.Kind.choices],
        "kind": kind,
        "clients": _clients(user, server, through) if sees and user and server else (),
        "client": str(through.public_id) if through else "",
        "client_lost": bool(said["client"]) and sees and user is not None and through is None,
        "shown": _shown(request, asked) if asked and named else None,
        "shelf": _shelf(asked) if asked and not named else None,
        "user_picked": user,
        "server_picked": server,
    }


def _said(request: HttpRequest, name: str) -> str:
    return words(request.GET.get(name, ""), LONGEST)


def _fields(
    said: dict[str, str], user: User | None, server: Server | None, asked: Asked | None
) -> tuple[Field, ...]:
    return (
        _person_field(said, user),
        _server_field(said, server),
        _name_field(said, server, asked),
    )


def _person_field(said: dict[str, str], user: User | None) -> Field:
    typed = said["user"]
    missing = bool(typed) and user is None
    people = User.objects.order_by("username")
    found = people.filter(
        Q(username__icontains=typed)
        | Q(first_name__icontains=typed)
        | Q(last_name__icontains=typed)
    )
    return Field(
        name="user",
        label="Person",
        typed=user.username if user else typed,
        offered=_some(people, "username"),
        matches=_matches(said, "user", found.values_list("username", flat=True)) if missing else (),
        missing=missing,
        help="Empty: anyone without a token.",
    )


def _server_field(said: dict[str, str], server: Server | None) -> Field:
    typed = said["server"]
    missing = bool(typed) and server is None
    servers = Server.objects.order_by("slug")
    found = servers.filter(Q(slug__icontains=typed) | Q(title__icontains=typed))
    return Field(
        name="server",
        label="Server",
        typed=typed,
        offered=_some(servers, "slug"),
        matches=_matches(said, "server", found.values_list("slug", flat=True)) if missing else (),
        missing=missing,
        help="Its address, without /mcp/.",
    )


def _name_field(said: dict[str, str], server: Server | None, asked: Asked | None) -> Field:
    """Offer what is on the server; a name that leads nowhere is told by the answer itself."""
    rows = ServerEntry.objects.filter(server=server).order_by("exposed_name")
    typed = said["name"]
    lost = asked is not None and asked.thing.known not in ("served", "waiting")
    found = rows.filter(exposed_name__icontains=typed).values_list("exposed_name", flat=True)
    return Field(
        name="name",
        label="Tool, resource or prompt",
        typed=typed,
        offered=_some(rows, "exposed_name") if server else (),
        matches=_matches(said, "name", found) if lost else (),
        help="As clients see it. Empty: how far they reach on the server.",
    )


def _some(rows: QuerySet[Any], name: str) -> tuple[str, ...]:
    return tuple(rows.values_list(name, flat=True)[:OFFERED])


def _matches(
    said: dict[str, str], name: str, found: QuerySet[Any, str]
) -> tuple[tuple[str, str], ...]:
    """Return what may have been meant, each with the address that asks it."""
    return tuple((each, address(**{**said, name: each})) for each in found[:MATCHES])


def address(**said: str) -> str:
    """Return the address of a question."""
    return reverse(WHERE, query={name: text for name, text in said.items() if text})


def _clients(user: User, server: Server, through: Through | None) -> list[tuple[str, str]]:
    """Return what this person has for the server: connections first, then tokens; and what was named."""
    consents = with_living(Consent.objects.filter(user=user, server=server.public_id))
    made = IssuedToken.objects.filter(user=user, server=server.public_id, family=None)
    have: list[Through] = [each.client for each in consents.select_related("client")[:OFFERED]]
    have += made.order_by("-pk")[:OFFERED]
    if through is not None and through not in have:
        have.append(through)
    return [(str(each.public_id), through_said(each)) for each in have]


def _shelf(asked: Asked) -> Shelf:
    who = asked.user.username if asked.user else ""
    return shelf_for(
        asked.server,
        asked.subject,
        asked.rules,
        lambda kind, name: address(user=who, server=asked.server.slug, kind=kind, name=name),
    )


def _shown(request: HttpRequest, asked: Asked) -> Shown:
    """Return the explanation with its links, of which one gets those one may follow."""
    told = tell(asked)
    user, explained = request.user, told.explanation
    back = request.GET.urlencode()

    def led(changes: Any, words: Any) -> tuple[tuple[str, Lead | None], ...]:
        pairs = zip(changes, words, strict=True)
        return tuple((said, of_change(user, asked, change, back)) for change, said in pairs)

    return Shown(
        told=told,
        rows=tuple((row, of_line(user, asked, row)) for row in told.rows),
        way=led(explained.changes, told.way),
        other_ways=tuple(
            led(changes, words)
            for changes, words in zip(explained.others, told.other_ways, strict=True)
        ),
    )
