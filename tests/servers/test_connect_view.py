"""/connect/<slug>/: how each client is connected."""

import re

import pytest

from accounts.models import Team
from monitoring import audit
from servers.connect.catalogue import CATALOGUE
from tests import make


@pytest.fixture
def servers(demo, bob):
    """A public server, one of the team "data", and one that may be asked for."""
    make.server("open", visibility="public", title="Open <b>", entries=demo.entries.all())
    make.server("closed", team=Team.objects.get(name="data"))
    make.server("finance", title="Money", discoverable=True)


def html_of(client, path, status=200):
    answer = client.get(path)
    assert answer.status_code == status
    return answer.content.decode()


@pytest.fixture
def member(client, servers, bob):
    client.force_login(bob)
    return client


def test_every_client_is_there_to_choose(client, servers):
    html = html_of(client, "/connect/open/")
    for name in CATALOGUE.clients:
        assert f'href="/connect/open/{name}/"' in html
    assert "Open &lt;b&gt;" in html and "http://testserver/mcp/open" in html


@pytest.mark.parametrize("client_id", list(CATALOGUE.clients))
def test_every_client_has_its_steps(member, client_id):
    for slug in ("open", "closed"):
        html = html_of(member, f"/connect/{slug}/{client_id}/")
        assert '<ol class="steps">' in html
        assert CATALOGUE.clients[client_id].name in html
        assert ("TOKEN" in html) <= (slug == "closed")


def test_log_in_comes_first_and_a_token_second(member):
    html = html_of(member, "/connect/closed/claude-code/")
    assert html.index("claude mcp login closed") < html.index("Authorization: Bearer TOKEN")
    assert 'href="/me/tokens/?server=closed#make"' in html


@pytest.mark.parametrize("client_id", ["", "claude-code/"])
def test_who_does_not_get_in_finds_out_at_which_step(member, client_id):
    assert 'href="/me/connections/attempts/"' in html_of(member, f"/connect/closed/{client_id}")
    assert "/me/connections/attempts/" not in html_of(member, f"/connect/open/{client_id}")


def test_public_server_asks_for_neither(client, servers):
    html = html_of(client, "/connect/open/claude-code/")
    assert "claude mcp add --transport http open http://testserver/mcp/open<" in html
    assert "mcp login" not in html and "/me/tokens/" not in html


def test_deep_links_are_whole(member):
    html = html_of(member, "/connect/closed/cursor/")
    assert 'href="cursor://anysphere.cursor-deeplink/mcp/install?name=closed&amp;config=' in html


@pytest.mark.parametrize(
    "path", ["/connect/closed/", "/connect/nosuch/", "/connect/finance/cursor/"]
)
def test_who_is_not_logged_in_learns_of_no_name(client, servers, path):
    answer = client.get(path)
    assert (answer.status_code, answer["Location"]) == (302, f"/login/?next={path}")


def test_what_i_may_not_use_is_not_there(client, servers, charlie):
    client.force_login(charlie)
    pages = [html_of(client, f"/connect/{slug}/", 404) for slug in ("nosuch", "closed")]
    absent, hidden = (re.sub(r'value="\w+"', "", html) for html in pages)  # without CSRF tokens
    assert absent == hidden
    html_of(client, "/connect/open/nosuch/", 404)


def test_what_i_may_ask_for_leads_to_asking(client, servers, charlie):
    client.force_login(charlie)
    for path in ("/connect/finance/", "/connect/finance/cursor/"):
        assert client.get(path)["Location"].startswith("/ask/")


@pytest.mark.parametrize(
    ("base", "told", "not_told"),
    [
        ("http://127.0.0.1:8000", "cannot reach this hub", "from the internet."),
        ("http://hub.example.com", "is not an https one", "nowhere else"),
        ("https://hub.example.com", "from the internet.", "cannot reach this hub"),
    ],
)
def test_who_connects_over_the_internet_is_told_what_it_needs(
    client, servers, settings, base, told, not_told
):
    settings.PUBLIC_URL, settings.PUBLIC_URL_GIVEN = base, True
    html = html_of(client, "/connect/open/chatgpt/")
    assert told in html and not_told not in html


@pytest.mark.parametrize(
    ("base", "allowed"), [("http://hub.lan:8000", True), ("https://hub.example.com", False)]
)
def test_bridge_to_a_hub_without_encryption_says_so(member, settings, base, allowed):
    settings.PUBLIC_URL, settings.PUBLIC_URL_GIVEN = base, True
    for slug in ("open", "closed"):
        html = html_of(member, f"/connect/{slug}/claude-desktop/")
        assert ("--allow-http" in html) == ("a network you trust" in html) == allowed


def test_pages_are_only_read_and_never_kept(client, servers):
    for path in ("/connect/open/", "/connect/open/cursor/"):
        assert client.post(path).status_code == 405
        assert "no-store" in client.get(path)["Cache-Control"]


def test_page_takes_the_same_queries_for_many_tools(client, demo, django_assert_num_queries):
    tools = [make.entry(demo, f"tool{number}") for number in range(50)]
    make.server("open", visibility="public", entries=tools)
    html_of(client, "/connect/open/")
    with django_assert_num_queries(3):  # servers, rules, what is on it
        html_of(client, "/connect/open/")


def test_line_of_ones_own_client_turns_with_its_call(member, bob, charlie):
    client = make.oauth_client("Codex")
    part = "/connect/closed/codex/connected/"
    assert f'data-refresh="{part}"' in html_of(member, "/connect/closed/codex/")
    assert "Codex has not called yet." in html_of(member, part)
    for person, told in ((charlie, "has not called yet"), (bob, "Connected, last call just now")):
        event = audit.Event("call", "tools/call", person.public_id, str(client.public_id))
        audit.record(event._replace(server="closed", verdict="allow"))
        audit.flush()
        assert told in html_of(member, part)
    assert "Connected, last call just now" in html_of(member, "/connect/closed/connected/")
    assert 'data-refresh="/connect/closed/connected/"' in html_of(member, "/connect/closed/")


def test_who_called_is_told_to_nobody_else(client, servers):
    for slug in ("open", "closed", "nosuch"):
        html = html_of(client, f"/connect/{slug}/connected/", 401)
        assert html.replace(slug, "any") == (
            '<p class="note warning">You are no longer logged in.'
            ' <a href="/login/?next=/connect/any/">Log in</a></p>\n'
        )
    page = html_of(client, "/connect/open/cursor/connected/", 401)
    assert 'href="/login/?next=/connect/open/cursor/"' in page
    assert "data-refresh" not in html_of(client, "/connect/open/")


def test_parts_of_what_is_not_there_are_not_there(member):
    for path in ("nosuch/connected", "finance/connected", "closed/nosuch/connected"):
        html_of(member, f"/connect/{path}/", 404)
