"""Clients that log in at two processes, each request at the next one: nothing is known to one alone."""

import pytest

from tests import front, live_client
from tests import pair as pairs
from tests.clients.logins.desktop import Desktop
from tests.clients.logins.hubs import AUTHORED, PASSWORD, SLUG
from tests.clients.logins.known import LOGINS
from tests.clients.needing import needs

pytestmark = [pytest.mark.clients, pytest.mark.services]

ADD = {"tool": "add", "arguments": {"a": 2, "b": 3}}
ALTERNATING = [login for login in LOGINS if login.name in ("sdk2", "mcp_remote", "claude_code")]


@pytest.fixture(scope="module")
def behind(tmp_path_factory):
    """Two processes, and the front that people and clients know."""
    postgres, redis = pairs.services()
    if not (postgres and redis):
        pytest.skip("needs TEST_ON_POSTGRES and TEST_ON_REDIS")
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
    before = [called(hub) for hub in pair.hubs]
    desktop = Desktop(tmp_path, address.address, password=PASSWORD)
    came = login.drive(desktop, f"{address.address}/mcp/{SLUG}", [ADD] * 4)
    assert came == [{"text": "5"}] * 4
    after = [called(hub) for hub in pair.hubs]
    assert sum(after) - sum(before) == 4
    assert all(now > then for now, then in zip(after, before, strict=True))


def called(hub):
    """How many calls a process has let through."""
    return live_client.gauge(hub, "mcphub_tool_calls_total")
