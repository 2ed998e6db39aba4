"""/connect/<slug>/: how each client is connected to a server, and all that the server does."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.address import public_base
from accounts.models import User
from servers.arrivals import Arrival, arrivals
from servers.browsing import Card, card, findable
from servers.connect.catalogue import CATALOGUE, Client
from servers.connect.rendering import Target, is_far, reach, ways
from servers.selectors import UsableServer

TOOLS = 300
"""Tools of each kind shown; a client sees them all."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A client to choose; `far` if it connects over the internet to a hub that is not there.

    `arrival` says whether one's own client of this kind has called; None for who is not logged in.
    """

    client: Client
    far: bool
    arrival: Arrival | None


@never_cache
@require_safe
def connect(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a server I may use, and the clients to choose from."""
    found = _card(request, slug)
    if found is None:
        return _elsewhere(request, slug)
    url = f"{public_base(request)}{found.server.path}"
    context = {"card": found, "url": url, "reach": reach(url), **_tiles(request, found.server)}
    return render(request, "servers/connect.html", context)


@never_cache
@require_safe
def connected(request: HttpRequest, slug: str, client_id: str = "") -> HttpResponse:
    """Return the part of the pages that is fetched again: whether my own clients have called.

    Who is logged in no longer is told so, for any name, and is led back to the page they have open.
    """
    user = request.user
    if not isinstance(user, User):
        page = request.path.removesuffix("connected/")
        return render(request, "servers/_logged_out.html", {"page": page}, status=401)
    found = _card(request, slug)
    if found is None:
        raise Http404
    if not client_id:
        return render(request, "servers/_tiles.html", _tiles(request, found.server))
    if client_id not in CATALOGUE.clients:
        raise Http404
    mine = _mine(user, found.server)
    return render(request, "servers/_arrival.html", {"arrival": mine[client_id]})


@never_cache
@require_safe
def connect_client(request: HttpRequest, slug: str, client_id: str) -> HttpResponse:
    """Show how one client is connected, step by step."""
    found, client = _card(request, slug), CATALOGUE.clients.get(client_id)
    if found is None:
        return _elsewhere(request, slug)
    if client is None:
        raise Http404
    server = found.server
    url = f"{public_base(request)}{server.path}"
    context = {
        "server": server,
        "client": client,
        "url": url,
        "base": public_base(request),
        "reach": reach(url),
        "far": is_far(client, reach(url)),
        "instead": CATALOGUE.clients.get(client.instead),
        "ways": ways(client, Target(url, server.slug, server.title, server.public)),
        "arrival": _mine(request.user, server).get(client.id),
    }
    return render(request, "servers/client.html", context)


def _card(request: HttpRequest, slug: str) -> Card | None:
    user = request.user if isinstance(request.user, User) else None
    return card(user, slug, tools=TOOLS)


def _elsewhere(request: HttpRequest, slug: str) -> HttpResponse:
    """Lead to where it may be open: the log in, or asking for access; else there is nothing.

    Who is not logged in is led to the log in for any name: that tells nobody which ones exist.
    """
    if not isinstance(request.user, User):
        return redirect_to_login(request.get_full_path())
    if (found := findable(request.user, slug=slug)) is None:
        raise Http404
    return redirect("servers:ask", found.server.public_id)


def _tiles(request: HttpRequest, server: UsableServer) -> dict[str, Any]:
    """Return the clients under their headings, each with whether one's own has called."""
    reached, mine = reach(f"{public_base(request)}{server.path}"), _mine(request.user, server)
    rows = groupby(CATALOGUE.clients.values(), lambda client: client.group)
    groups = [
        (
            CATALOGUE.groups[group],
            [Tile(each, is_far(each, reached), mine.get(each.id)) for each in clients],
        )
        for group, clients in rows
    ]
    return {"groups": groups, "server": server, "watched": bool(mine)}


def _mine(user: object, server: UsableServer) -> Mapping[str, Arrival]:
    """Return which of a person's own clients have called; nothing for who is not logged in."""
    return arrivals(server, user).clients if isinstance(user, User) else {}
