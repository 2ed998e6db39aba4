"""/connect/<slug>/: how each client is connected to a server, and all that the server does."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.address import public_base
from accounts.models import User
from servers.browsing import Card, card, findable
from servers.connect.catalogue import CATALOGUE, Client
from servers.connect.rendering import Target, reach, ways

TOOLS = 300
"""Tools of each kind shown; a client sees them all."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A client to choose; `far` if it connects over the internet to a hub that is not there."""

    client: Client
    far: bool


@never_cache
@require_safe
def connect(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a server I may use, and the clients to choose from."""
    found = _card(request, slug)
    if found is None:
        return _elsewhere(request, slug)
    url = f"{public_base(request)}{found.server.path}"
    context = {"card": found, "url": url, "reach": reach(url), "groups": list(_tiles(reach(url)))}
    return render(request, "servers/connect.html", context)


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
        "far": _is_far(client, reach(url)),
        "instead": CATALOGUE.clients.get(client.instead),
        "ways": ways(client, Target(url, server.slug, server.title, server.public)),
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


def _tiles(reached: str) -> Iterator[tuple[str, list[Tile]]]:
    """Yield the clients under their headings."""
    for group, clients in groupby(CATALOGUE.clients.values(), lambda client: client.group):
        tiles = [Tile(client, _is_far(client, reached)) for client in clients]
        yield CATALOGUE.groups[group], tiles


def _is_far(client: Client, reached: str) -> bool:
    """Tell whether a client connects from where this hub is not to be reached."""
    return bool(client.cloud) and reached != "https"
