"""The area that connects clients: each of the table with its steps, and whether it has called."""

from itertools import groupby
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.address import public_base
from servers.admin.areas import area_url, shown
from servers.arrivals import Arrival, Arrivals, arrivals
from servers.connect.catalogue import CATALOGUE, Client
from servers.connect.rendering import Target, is_far, reach, ways
from servers.models import Server


def connect(page: Any, request: HttpRequest, server: Server) -> HttpResponse:
    """Show every client, and which of them have called."""
    return shown(page, request, server, "connect", "connect", **_arrived(server))


def connected(page: Any, request: HttpRequest, server: Server) -> HttpResponse:
    """Return the part of that page that is fetched again."""
    context = {**_arrived(server), "server": server}
    return render(request, "admin/servers/_connected.html", context)


def arrival(page: Any, request: HttpRequest, server: Server, *, client_id: str) -> HttpResponse:
    """Return whether one client has called, which its page fetches again."""
    context = {"arrival": arrivals(server).clients[_client(client_id).id]}
    return render(request, "admin/servers/_arrival.html", context)


def connect_client(
    page: Any, request: HttpRequest, server: Server, *, client_id: str
) -> HttpResponse:
    """Show how one client is connected, step by step."""
    client = _client(client_id)
    url = f"{public_base(request)}{server.path}"
    public = server.visibility == Server.Visibility.PUBLIC
    return shown(
        page,
        request,
        server,
        "connect",
        "connect_client",
        client=client,
        base=public_base(request),
        far=is_far(client, reach(url)),
        ways=ways(client, Target(url, server.slug, server.title, public)),
        arrival=arrivals(server).clients[client.id],
        back=area_url(server, "connect"),
    )


def _client(client_id: str) -> Client:
    """Return a client of the table, or there is no such page."""
    if (client := CATALOGUE.clients.get(client_id)) is None:
        raise Http404
    return client


def _arrived(server: Server) -> dict[str, Any]:
    """Return who called, and the clients under their headings."""
    arrived = arrivals(server)
    return {"arrived": arrived, "groups": list(_groups(arrived))}


def _groups(arrived: Arrivals) -> list[tuple[str, list[Arrival]]]:
    rows = groupby(arrived.clients.values(), lambda each: each.client.group)
    return [(CATALOGUE.groups[group], list(clients)) for group, clients in rows]
