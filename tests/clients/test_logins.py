"""From the address of a server to the first call, with unmodified clients: log in, consent, call."""

import pytest

from tests.clients.logins import hubs, programs
from tests.clients.logins.desktop import Desktop, Does
from tests.clients.logins.hasty import LIFE
from tests.clients.logins.hubs import PASSWORD, SLUG, Trail
from tests.clients.logins.known import FIRST, LOGINS, READ
from tests.clients.logins.measuring import STEPS, measured, problems
from tests.clients.needing import needs
from tests.pair import until

pytestmark = pytest.mark.clients

ADD, WRITE, _ = STEPS
EACH = pytest.mark.parametrize("login", LOGINS, ids=lambda login: login.name)
BY = {login.name: login for login in LOGINS}


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(("uvicorn", False), id="http"),
        pytest.param(("daphne", True), id="chromium", marks=pytest.mark.browser),
    ],
)
def way(request, prepared, tmp_path_factory):
    """A fresh hub, and whether the person sits at a real browser."""
    server, chromium = request.param
    for hub in hubs.running(prepared, tmp_path_factory.mktemp("login") / "data", server):
        yield hub, chromium


@pytest.fixture(scope="module")
def hub(prepared, tmp_path_factory):
    """A fresh hub where the forms are played over HTTP."""
    yield from hubs.running(prepared, tmp_path_factory.mktemp("login") / "data", "uvicorn")


@pytest.fixture(scope="module")
def stepping(prepared, tmp_path_factory):
    """A fresh hub: an address may register no more than 30 clients in ten minutes."""
    yield from hubs.running(prepared, tmp_path_factory.mktemp("login") / "data", "uvicorn")


@pytest.fixture(scope="module")
def hasty(prepared, tmp_path_factory):
    """A fresh hub whose access tokens live for seconds."""
    folder = tmp_path_factory.mktemp("login") / "data"
    yield from hubs.running(
        prepared, folder, "uvicorn", DJANGO_SETTINGS_MODULE="tests.clients.logins.hasty"
    )


@EACH
def test_person_logs_in_and_allows_and_the_client_calls(way, tmp_path, login):
    hub, chromium = way
    needs(login.package)
    desktop = Desktop(tmp_path, hub.url, password=PASSWORD, chromium=chromium)
    trail, address = Trail(hub), f"{hub.url}/mcp/{SLUG}"
    assert login.drive(desktop, address, [ADD]) == [{"text": "5"}]
    (visit,) = desktop.visits
    assert (visit.asked["scope"], visit.asked["resource"]) == (FIRST, address)
    trail.holds(client_register=1, consent_allow=1, token_issue=1, add=1)


@EACH
def test_no_of_the_person_is_told_by_the_client(hub, tmp_path, login):
    if login.name in ("ts1", "ts2"):
        pytest.skip("leaves it to the program to read the answer")
    needs(login.package)
    desktop = Desktop(tmp_path, hub.url, [Does("Deny")] * login.denials, password=PASSWORD)
    trail = Trail(hub)
    with pytest.raises(Exception, match=f"(?i){login.denied}"):
        came = login.drive(desktop, f"{hub.url}/mcp/{SLUG}", [ADD])
        raise AssertionError(came[0]["error"])
    trail.holds(consent_deny=login.denials, token_issue=0, add=0)


@EACH
def test_client_that_may_only_read_does_what_the_page_of_clients_says(stepping, tmp_path, login):
    needs(login.package)
    trail = Trail(stepping)
    assert problems(login, measured(login, stepping, tmp_path)) == []
    done = len(login.asks) // 2
    trail.holds(consent_allow=1 + len(login.asks), add=1, write=done, destroy=done)


def test_codex_logs_in_again_for_the_scopes_it_is_told(stepping, tmp_path):
    needs(BY["codex"].package)
    desktop = Desktop(tmp_path, stepping.url, [Does(ticks=(READ,))], password=PASSWORD)
    address = f"{stepping.url}/mcp/{SLUG}"
    (refused,) = programs.codex(desktop, address, [WRITE])
    assert "Insufficient scope" in refused["error"]
    programs.codex_login(desktop, "--scopes", "mcp:read,mcp:write")
    assert desktop.visits[-1].asked["scope"] == "mcp:read mcp:write"
    assert programs.codex_calls(desktop, [WRITE]) == [{"text": "written"}]


AGAIN = {**ADD, "seconds": LIFE + 1}
REFRESHING = {
    "sdk2": [AGAIN],
    "fastmcp": [AGAIN],
    "ts1": [AGAIN],
    "ts2": [AGAIN],
    "mcp_remote": [ADD],
}
"""What each does meanwhile; mcp-remote refreshes a minute before the end, so with its first call."""


@pytest.mark.parametrize("name", REFRESHING)
def test_client_refreshes_by_itself_and_the_person_is_asked_once(hasty, tmp_path, name):
    needs(BY[name].package)
    desktop, trail = Desktop(tmp_path, hasty.url, password=PASSWORD), Trail(hasty)
    steps = REFRESHING[name]
    assert BY[name].drive(desktop, f"{hasty.url}/mcp/{SLUG}", steps) == [{"text": "5"}]
    until(lambda: trail.seen["token_refresh"] > 0)
    assert len(desktop.visits) == trail.seen["consent_allow"] == 1


def test_client_of_two_servers_has_a_token_for_each_that_the_other_refuses(hub, tmp_path):
    needs(BY["sdk2"].package)
    desktop = Desktop(tmp_path, hub.url, password=PASSWORD)
    addresses = [f"{hub.url}/mcp/{slug}" for slug in (SLUG, "demo-private")]
    seen = programs.ran(desktop, "sdk2", "with_two_servers.py", *addresses)
    assert seen["came"] == ["5", "5"] and seen["own"] == [200, 200]
    for slug, (status, challenge) in zip((SLUG, "demo-private"), seen["swapped"], strict=True):
        metadata = f"{hub.url}/.well-known/oauth-protected-resource/mcp/{slug}"
        assert status == 401 and 'error="invalid_token"' in challenge
        assert f'resource_metadata="{metadata}"' in challenge
