"""Clients that log in at two processes, each request at the next one: nothing is known to one alone."""

from urllib.parse import urlsplit

import pytest

from tests import front, live_client
from tests import pair as pairs
from tests.clients.logins.desktop import Desktop
from tests.clients.logins.hubs import AUTHORED, PASSWORD, SLUG
from tests.clients.logins.known import LOGINS
from tests.clients.logins.played import Played
from tests.clients.needing import needs
from tests.person import Person

pytestmark = [pytest.mark.clients, pytest.mark.services]

CALLS, MESSAGES = "mcphub_tool_calls_total", "mcphub_messages_total"
ADD = {"tool": "add", "arguments": {"a": 2, "b": 3}}
NAMES = ("sdk2", "fastmcp", "mcp_remote", "inspector", "claude_code", "codex")
ALTERNATING = [login for login in LOGINS if login.name in NAMES]


@pytest.fixture(scope="module")
def behind(tmp_path_factory):
    """Two processes, and the front that people and clients know."""
    postgres, redis = pairs.services_on()
    folder, own = tmp_path_factory.mktemp("pair"), {"MCPHUB_TOOLS": str(AUTHORED)}
    with (
        front.standing() as address,
        pairs.running(folder, postgres, redis, MCPHUB_PUBLIC_URL=address.address, **own) as pair,
    ):
        address.leads_to([hub.port for hub in pair.hubs])
        yield address, pair


@pytest.mark.parametrize("login", ALTERNATING, ids=lambda login: login.name)
def test_client_logs_in_and_calls_with_each_request_at_the_next_process(behind, tmp_path, login):
    needs(login.package)
    address, pair = behind
    calls, messages = counted(pair, CALLS), counted(pair, MESSAGES)
    desktop = Desktop(tmp_path, address.address, password=PASSWORD)
    came = login.drive(desktop, f"{address.address}/mcp/{SLUG}", [ADD] * 4)
    assert came == [{"text": "5"}] * 4
    assert sum(counted(pair, CALLS)) - sum(calls) == 4
    # Not calls: a client that begins anew for each sends as many messages before each of them.
    assert all(now > then for now, then in zip(counted(pair, MESSAGES), messages, strict=True))


def counted(pair, metric):
    """What each process has counted."""
    return [live_client.gauge(hub, metric) for hub in pair.hubs]


def test_each_step_of_a_log_in_may_meet_another_process(behind):
    address, pair = behind
    one, two = (f"http://127.0.0.1:{hub.port}" for hub in pair.hubs)
    client = Played(f"{one}/mcp/{SLUG}", "https://client.example/callback")
    scope = client.discover()
    assert client.server["issuer"] == address.address

    def at(hub: str) -> None:
        ends = ("registration_endpoint", "authorization_endpoint", "token_endpoint")
        client.server |= {end: hub + urlsplit(client.server[end]).path for end in ends}
        client.resource = f"{hub}/mcp/{SLUG}"

    at(one)
    client.register(client_name="A client", token_endpoint_auth_method="none")
    at(two)
    code = client.authorize(Person(two, "admin", PASSWORD), scope)["code"]
    at(one)
    assert client.redeem(code).body["scope"] == scope
    assert client.redeem(code).error == (400, "invalid_grant")
    for hub in (one, two):
        at(hub)
        assert client.call("add", a=2, b=3) == "5"
    first = client.tokens["access_token"]
    at(two)
    assert client.refresh().status == 200 and client.tokens["access_token"] != first
    for hub in (one, two):
        at(hub)
        assert client.call("add", a=2, b=3) == "5"
