"""/: the servers one may use."""

import pytest

from accounts.models import Team
from tests import make


@pytest.fixture
def servers(demo, bob):
    """A public server, and one of the team "data"."""
    make.server("open", visibility="public", title="Open <b>", entries=demo.entries.all())
    team = Team.objects.get(name="data")
    make.server("closed", team=team, description="For the team")


def page(client, **headers):
    response = client.get("/", **headers)
    assert response.status_code == 200
    return response.content.decode()


def test_anyone_sees_public_servers_and_a_way_to_log_in(client, servers):
    html = page(client)
    assert "http://testserver/mcp/open" in html
    assert "/mcp/closed" not in html
    assert 'href="/login/"' in html


def test_member_sees_the_teams_server_too(client, servers, bob):
    client.force_login(bob)
    html = page(client)
    assert "http://testserver/mcp/closed" in html
    assert "For the team" in html
    assert 'href="/me/tokens/"' in html


def test_stranger_does_not_see_the_teams_server(client, servers, charlie):
    client.force_login(charlie)
    assert "/mcp/closed" not in page(client)


def test_command_has_the_header_only_where_a_token_is_needed(client, servers, bob):
    client.force_login(bob)
    html = page(client)
    add = "claude mcp add --transport http"
    assert f"{add} open http://testserver/mcp/open<" in html
    header = "--header &quot;Authorization: Bearer TOKEN&quot;"
    assert f"{add} closed http://testserver/mcp/closed {header}<" in html


def test_what_is_on_a_server_is_counted(client, servers):
    html = page(client)
    assert ">1 tool<" in html
    assert ">2 resources<" in html
    assert ">1 prompt<" in html


def test_titles_are_escaped(client, servers):
    assert "Open &lt;b&gt;" in page(client)


def test_given_public_url_stands_in_addresses(client, servers, settings):
    settings.PUBLIC_URL, settings.PUBLIC_URL_GIVEN = "https://hub.example.com", True
    assert "https://hub.example.com/mcp/open" in page(client)


@pytest.mark.parametrize(
    ("person", "words"),
    [
        (None, "There is no public server here"),
        ("alice", "No server is published yet"),
        ("charlie", "Ask an admin"),
    ],
)
def test_empty_page_says_what_to_do_next(client, db, request, person, words):
    if person:
        client.force_login(request.getfixturevalue(person))
    assert words in page(client)


def test_page_is_only_read(client, db):
    assert client.post("/").status_code == 405


def test_page_takes_the_same_queries_for_many_servers(client, bob, demo, django_assert_num_queries):
    client.force_login(bob)
    for _ in range(5):
        make.server(visibility="public", entries=demo.entries.all())
    with django_assert_num_queries(6):  # session, user, and four of the selector
        page(client)
