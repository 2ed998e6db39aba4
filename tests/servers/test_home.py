"""/: the servers one may use."""

import pytest

from accounts.models import Team
from servers import browsing, services
from servers.browsing import A_PAGE, OFFER_SEARCH_FROM
from servers.views.home import TOOLS
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


def test_stranger_does_not_see_the_teams_server(client, servers, charlie):
    client.force_login(charlie)
    assert "/mcp/closed" not in page(client)


def test_each_server_leads_to_its_own_page(client, servers, bob):
    client.force_login(bob)
    html = page(client)
    assert 'href="/connect/open/"' in html and 'href="/connect/closed/"' in html
    assert html.count(">Log-in needed<") == 1 and html.count(">Public<") == 1


def test_tools_stand_by_what_they_do_with_danger_marked(client, demo):
    make.entry(demo, "wipe", body={"title": "Wipe it", "annotations": {"destructiveHint": True}})
    make.entry(
        demo, "look", body={"description": "Looks.\nMore.", "annotations": {"readOnlyHint": True}}
    )
    make.server("open", visibility="public", entries=demo.entries.all())
    html = page(client)
    assert "Can delete or overwrite" in html
    assert html.index("<strong><bdi>look</bdi></strong>") < html.index(
        "<strong><bdi>add</bdi></strong>"
    )
    assert html.index("<strong><bdi>add</bdi></strong>") < html.index(
        "<strong><bdi>Wipe it</bdi></strong>"
    )
    assert "Looks.</bdi>" in html and "More." not in html


def test_of_hundreds_of_tools_the_first_are_shown(client, demo):
    tools = [make.entry(demo, f"tool{number}") for number in range(TOOLS + 5)]
    make.server("open", visibility="public", entries=tools)
    html = page(client)
    assert html.count("<strong><bdi>tool") == TOOLS
    assert 'and 5 more: <a href="/connect/open/#tools">' in html


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
        ("alice", "in the admin"),
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
    for number in range(5):
        make.server(visibility="public", entries=demo.entries.all())
        asked = make.server(f"ask{number}", discoverable=True)
        make.rule(asked, user=make.user())
    page(client)
    with django_assert_num_queries(
        10
    ):  # session, user, four of the selector, three of asking, roles
        page(client)


def test_servers_to_ask_for_show_title_and_description_alone(client, demo, charlie):
    entries = demo.entries.all()
    make.server("finance", title="Money", description="Budgets", discoverable=True, entries=entries)
    make.server("secret", title="Hidden")
    client.force_login(charlie)
    html = page(client)
    assert "Money" in html and "Budgets" in html and "Ask for access" in html
    assert "finance" not in html and "Hidden" not in html and ">add<" not in html


def test_nobody_in_particular_finds_nothing_to_ask_for(client, db):
    make.server("finance", title="Money", discoverable=True)
    assert "Money" not in page(client)


def test_servers_to_ask_for_that_are_not_listed_are_counted(client, charlie, monkeypatch):
    monkeypatch.setattr(browsing, "FINDABLE", 2)
    for number in range(5):
        make.server(f"ask{number}", title=f"Server {number}", discoverable=True)
    client.force_login(charlie)
    html = page(client)
    assert html.count("Ask for access<") == 2 and "And 3 more, which are not listed" in html
    assert "not listed" not in client.get("/", {"q": "Server 4"}).content.decode()


def test_what_was_granted_is_told_in_one_note(client, charlie):
    client.force_login(charlie)
    for number, notes in ((1, 1), (2, 1)):
        server = make.server(f"given{number}", title=f"Given {number}", discoverable=True)
        request = services.ask_for_access(actor=charlie, server=server)
        services.grant_request(actor=None, request=request)
        assert page(client).count('class="note"') == notes
    assert "You may use 2 more servers now." in page(client)


def test_what_cannot_be_seen_of_a_name_is_left_out(client, demo):
    for name, title in (("hidden", "\u200b"), ("turned", "\u202egnp.exe")):
        make.entry(demo, name, body={"title": title, "description": f"{title} it"})
    entries = demo.entries.all()
    make.server("open", title="\u202eOpen", visibility="public", entries=entries)
    for address in ("/", "/connect/open/"):
        html = client.get(address).content.decode()
        assert "<strong><bdi>hidden</bdi></strong>" in html
        assert "<strong><bdi>gnp.exe</bdi></strong>" in html
        assert "<bdi>Open</bdi>" in html and "\u202e" not in html and "\u200b" not in html


def test_search_is_offered_when_there_is_much(client, db):
    make.server(visibility="public")
    assert 'role="search"' not in page(client)
    for _ in range(OFFER_SEARCH_FROM):
        make.server(visibility="public")
    assert 'role="search"' in page(client)


def test_search_looks_at_names_and_tools(client, demo):
    make.server("open", title="Numbers", visibility="public", entries=demo.entries.all())
    make.server("other", title="Letters", visibility="public")
    for query in ("ADD", "numb", "num add"):
        html = client.get("/", {"q": query}).content.decode()
        assert "/mcp/open" in html and "/mcp/other" not in html
    assert "/mcp/open" not in client.get("/", {"q": "add letters"}).content.decode()


@pytest.mark.parametrize("query", ["<script>", "\0", "x" * 5000, "%", "'"])
def test_hostile_search_is_only_text(client, servers, query):
    answer = client.get("/", {"q": query})
    assert answer.status_code == 200
    assert "<script>" not in answer.content.decode().replace('<script src="/static', "")


def test_many_servers_are_shown_by_the_page(client, db):
    for number in range(A_PAGE + 1):
        make.server(f"s{number:02}", title=f"Server {number:02}", visibility="public")
    first, second = page(client), client.get("/", {"page": 2}).content.decode()
    assert first.count("<article") == A_PAGE and second.count("<article") == 1
    assert "page=2" in first and "page=1" in second
    for wrong in ("0", "-1", "x", "9" * 40, "99"):
        assert client.get("/", {"page": wrong}).status_code == 200


def test_curators_words_are_what_people_read_and_find(client, demo):
    body = {"title": "Old name", "description": "Old words."}
    row = make.entry(
        demo, "wipe", body=body, own_title="Clean <b>", own_description="Cleans.\nSlowly."
    )
    make.server("open", visibility="public", entries=[row])
    for address in ("/", "/connect/open/", "/?q=clean"):
        html = client.get(address).content.decode()
        assert "<bdi>Clean &lt;b&gt;</bdi>" in html and "<bdi>Cleans.</bdi>" in html
        assert "Old" not in html
