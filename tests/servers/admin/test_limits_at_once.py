"""A limit that is edited in the admin holds from the next call on, and one that is taken away does not."""

from typing import Any

from django.test import Client

from accounts.models import User
from servers.models import Server
from tests.admin_pages import filled, url
from tests.hub import Hub

ADD = {"name": "add", "arguments": {"a": 1, "b": 1}}


def edit(client: Client, server: Server, **said: Any) -> None:
    """Submit a server's page with this changed."""
    address = url(Server, "change", server.pk)
    client.post(address, {**filled(client.get(address)), **said})


def statuses(hub: Hub) -> list[int]:
    """Return how three calls in a row are answered."""
    return [hub.post("open", "tools/call", ADD).status for _ in range(3)]


def test_limit_of_the_page_holds_at_once(hub: Hub, alice: User, client: Client) -> None:
    client.force_login(alice)
    server = Server.objects.get(slug="open")
    assert statuses(hub) == [200, 200, 200]
    edit(client, server, calls_per_minute="1", burst="2")
    hub.refresh()
    assert statuses(hub) == [200, 200, 429]
    edit(client, server, calls_per_minute="", burst="")
    hub.refresh()
    assert statuses(hub) == [200, 200, 200]
