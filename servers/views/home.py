"""/: the servers one may use, and how to connect to them."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.address import public_base
from accounts.models import User
from servers.selectors import UsableServer, servers_usable_by

TOKEN_HEADER = ' --header "Authorization: Bearer TOKEN"'


@dataclass(frozen=True, slots=True)
class Card:
    """A server as the page shows it: its full address, and the command that adds it."""

    server: UsableServer
    url: str
    command: str


@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """List the servers I may use; without a log in, the public ones."""
    user = request.user if isinstance(request.user, User) else None
    base = public_base(request)
    cards = [_card(server, base) for server in servers_usable_by(user)]
    return render(request, "servers/home.html", {"cards": cards})


def _card(server: UsableServer, base: str) -> Card:
    url = f"{base}{server.path}"
    command = f"claude mcp add --transport http {server.slug} {url}"
    return Card(server, url, command if server.public else command + TOKEN_HEADER)
