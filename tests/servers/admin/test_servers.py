"""Published servers in the admin: what is on them, under which names, for whom."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from catalog.models import Entry
from servers.models import AccessRule, Server, ServerEntry
from servers.selectors import list_cost
from tests import make
from tests.admin_pages import changes, errors, filled, text, url

LEAST = "Ensure this value is greater than or equal to 1."
NEW = {"slug": "demo", "title": "Demo", "visibility": "team"}


@pytest.fixture
def page(alice: User, client: Client) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def demo(db: None) -> Server:
    """A server with "add" and "echo"."""
    source = make.source("calc")
    return make.server("demo", entries=[make.entry(source, "add"), make.entry(source, "echo")])


def edit(client: Client, server: Server, **said: Any) -> Any:
    """Submit a server's page with this changed; None takes a field out."""
    address = url(Server, "change", server.pk)
    data = {**filled(client.get(address)), **said}
    return client.post(address, {name: value for name, value in data.items() if value is not None})


def publish_url(server: Server) -> str:
    return f"{url(Server, 'change', server.pk).removesuffix('change/')}publish/"


def test_a_server_is_published_and_its_page_opens(page: Client, alice: User) -> None:
    answer = page.post(url(Server, "add"), NEW)
    server = Server.objects.get(slug="demo")
    assert answer["Location"] == url(Server, "change", server.pk)
    (change,) = changes("server.publish")
    assert (change["user"], change["after"]["slug"]) == (alice.public_id, "demo")


def test_a_server_is_made_discoverable(page: Client, demo: Server) -> None:
    edit(page, demo, discoverable="on")
    demo.refresh_from_db()
    assert demo.discoverable
    (change,) = changes("server.update")
    assert (change["before"]["discoverable"], change["after"]["discoverable"]) == (False, True)


@pytest.mark.parametrize("slug", ["demo", "Not A Slug", "x" * 64, ""])
def test_an_address_that_will_not_do_is_told_in_the_form(
    slug: str, page: Client, demo: Server
) -> None:
    answer = page.post(url(Server, "add"), {**NEW, "slug": slug})
    assert answer.status_code == 200
    assert errors(answer)
    assert Server.objects.count() == 1


def test_a_server_is_changed_with_before_and_after(page: Client, demo: Server) -> None:
    team = make.team("data")
    edit(page, demo, title="New", team=team.pk, visibility="public")
    (change,) = changes()
    assert change["action"] == "server.update"
    before, after = change["before"], change["after"]
    assert (before["title"], before["team"], before["visibility"]) == ("Demo", None, "team")
    assert (after["title"], after["team"], after["visibility"]) == ("New", "data", "public")


@pytest.mark.parametrize("name", ["calls_per_minute", "burst"])
def test_the_least_limit_that_a_page_offers_is_one(name: str, page: Client, demo: Server) -> None:
    for address in (url(Server, "add"), url(Server, "change", demo.pk)):
        (field,) = re.findall(rf'<input[^>]*name="{name}"[^>]*>', text(page.get(address)))
        assert 'min="1"' in field


def test_a_limit_is_set_and_taken_away(page: Client, demo: Server) -> None:
    edit(page, demo, calls_per_minute="6000", burst="50")
    html = text(page.get(url(Server, "changelist")))
    assert "6,000 a minute" in html
    edit(page, demo, calls_per_minute=None, burst=None)
    (given, taken) = changes("server.update")
    assert (given["after"]["calls_per_minute"], given["after"]["burst"]) == (6000, 50)
    assert (taken["after"]["calls_per_minute"], taken["after"]["burst"]) == (None, None)


@pytest.mark.parametrize(
    ("calls", "burst", "where", "told"),
    [
        ("0", None, "calls_per_minute", LEAST),
        ("0", "5", "calls_per_minute", LEAST),
        ("60", "0", "burst", LEAST),
        (None, "5", "burst", "Needs calls a minute."),
    ],
)
def test_a_limit_that_will_not_do_is_told_in_the_form(
    calls: str | None, burst: str | None, where: str, told: str, page: Client, demo: Server
) -> None:
    answer = edit(page, demo, calls_per_minute=calls, burst=burst)
    assert errors(answer) == [told]
    assert answer.context["adminform"].form.errors == {where: [told]}
    demo.refresh_from_db()
    assert (demo.calls_per_minute, demo.burst) == (None, None)


def test_a_server_is_switched_off_and_on(page: Client, demo: Server) -> None:
    edit(page, demo, enabled=None)
    edit(page, demo, enabled="on")
    assert [change["action"] for change in changes()] == ["server.disable", "server.enable"]


@pytest.mark.parametrize(("action", "enabled"), [("switch_on", True), ("switch_off", False)])
def test_several_are_switched_at_once(action: str, enabled: bool, page: Client) -> None:
    rows = [make.server(enabled=not enabled) for _ in range(2)]
    order = {"action": action, "_selected_action": [row.pk for row in rows]}
    page.post(url(Server, "changelist"), order)
    assert set(Server.objects.values_list("enabled", flat=True)) == {enabled}
    assert len(changes()) == 2


def test_saving_without_a_change_leaves_no_trace(page: Client, demo: Server) -> None:
    assert edit(page, demo).status_code == 302
    assert changes() == []


def test_the_page_shows_the_url_and_the_estimated_cost(page: Client, demo: Server) -> None:
    html = text(page.get(url(Server, "change", demo.pk)))
    assert "http://testserver/mcp/demo" in html
    assert f"about <strong>{list_cost(demo)}</strong> tokens" in html
    assert "an estimate" in html


def test_the_list_estimates_the_same_cost(page: Client, demo: Server) -> None:
    make.entry(make.source(), "elsewhere")
    assert list_cost(demo) > 0
    (row,) = page.get(url(Server, "changelist")).context["cl"].result_list
    assert (row.tool_tokens, row.published_number) == (list_cost(demo), 2)


def test_something_is_renamed_and_moved(page: Client, demo: Server) -> None:
    edit(page, demo, **{"entries-0-exposed_name": "plus", "entries-0-position": "7"})
    row = demo.entries.get(exposed_name="plus")
    assert row.position == 7
    (change,) = changes("server.entry.update")
    assert (change["before"]["exposed_name"], change["after"]["exposed_name"]) == ("add", "plus")
    assert (change["before"]["position"], change["after"]["position"]) == (0, 7)


def test_an_empty_name_gives_its_own_again(page: Client, demo: Server) -> None:
    edit(page, demo, **{"entries-0-exposed_name": "plus"})
    edit(page, demo, **{"entries-0-exposed_name": ""})
    assert set(demo.entries.values_list("exposed_name", flat=True)) == {"add", "echo"}


def test_two_equal_exposed_names_are_told_in_the_form(page: Client, demo: Server) -> None:
    answer = edit(page, demo, title="New", **{"entries-0-exposed_name": "echo"})
    assert answer.status_code == 200
    assert errors(answer) == ["The tool name echo is taken on demo. Publish it under another name."]
    assert "is taken on demo" in text(answer)
    demo.refresh_from_db()
    assert demo.title == "Demo"
    assert changes() == []


def test_a_name_clients_could_not_use_is_told_in_the_form(page: Client, demo: Server) -> None:
    assert "must be 1 to 128" in errors(edit(page, demo, **{"entries-0-exposed_name": "ä b"}))[0]


def test_something_is_taken_off(page: Client, demo: Server) -> None:
    edit(page, demo, **{"entries-0-DELETE": "on"})
    assert demo.entries.get().exposed_name == "echo"
    assert changes("server.entry.unpublish")[0]["before"]["exposed_name"] == "add"


def test_what_comes_with_a_source_is_not_taken_off_singly(page: Client) -> None:
    source = make.source("calc")
    make.entry(source)
    server = make.server("demo")
    edit(page, server, **{"sources-2-TOTAL_FORMS": 1, "sources-2-0-source": source.pk})
    answer = edit(page, server, **{"entries-0-DELETE": "on"})
    assert "is published with all of calc" in errors(answer)[0]


def test_all_of_a_source_is_published_and_withdrawn(page: Client) -> None:
    source = make.source("calc")
    make.entry(source)
    server = make.server("demo")
    new = {"sources-2-TOTAL_FORMS": 1, "sources-2-0-source": source.pk}
    edit(page, server, **new)
    assert server.entries.get().exposed_name == "add"
    edit(page, server, **{"sources-0-DELETE": "on"})
    assert not server.entries.exists()
    published, withdrawn = changes()
    assert published["after"]["source"] == withdrawn["before"]["source"] == "calc"


def test_a_source_published_twice_is_told_in_the_form(page: Client) -> None:
    source, server = make.source("calc"), make.server("demo")
    new = {"sources-2-TOTAL_FORMS": 1, "sources-2-0-source": source.pk}
    edit(page, server, **new)
    answer = edit(page, server, **new)
    assert answer.status_code == 200
    assert "already" in text(answer)
    assert server.sources.count() == 1


def test_tools_are_found_ticked_named_and_published(page: Client, demo: Server) -> None:
    source = make.source("weather")
    rain, snow = make.entry(source, "rain"), make.entry(source, "snow")
    html = text(page.get(publish_url(demo)))
    assert "rain" in html and 'value="add"' not in html
    assert "snow" not in text(page.get(publish_url(demo), {"q": "rain weather"}))
    said = {"entry": [rain.pk, snow.pk], f"name-{snow.pk}": "snowfall"}
    page.post(publish_url(demo), said)
    names = dict(demo.entries.values_list("exposed_name", "position"))
    assert names == {"add": 0, "echo": 1, "rain": 2, "snowfall": 3}
    assert len(changes("server.entry.publish")) == 2


def test_a_taken_name_publishes_nothing_and_keeps_what_was_typed(
    page: Client, demo: Server
) -> None:
    source = make.source("weather")
    rain, snow = make.entry(source, "rain"), make.entry(source, "snow")
    said = {"entry": [rain.pk, snow.pk], f"name-{snow.pk}": "add"}
    answer = page.post(publish_url(demo), said)
    assert answer.status_code == 200
    assert "The tool name add is taken on demo" in text(answer)
    assert f'value="{snow.pk}" id="entry-{snow.pk}"' in text(answer)
    assert "checked" in text(answer)
    assert demo.entries.count() == 2
    assert changes() == []


def test_nothing_ticked_is_said(page: Client, demo: Server) -> None:
    make.entry(make.source("weather"), "rain")
    assert "Tick at least one." in text(
        page.post(publish_url(demo), {"entry": ["x", "\0", "9" * 30]})
    )


def test_a_server_with_everything_on_it_says_so(page: Client, demo: Server) -> None:
    assert "Everything in the catalog is on this server" in text(page.get(publish_url(demo)))


def test_who_may_only_see_publishes_nothing(client: Client, demo: Server) -> None:
    staff = make.user("staff", is_staff=True)
    staff.user_permissions.add(Permission.objects.get(codename="view_server"))
    client.force_login(staff)
    assert client.get(url(Server, "change", demo.pk)).status_code == 200
    assert client.get(publish_url(demo)).status_code == 403
    assert client.post(publish_url(demo), {"entry": ["1"]}).status_code == 403


def test_rules_stand_on_the_page_in_words(page: Client, demo: Server) -> None:
    make.rule(demo, effect="deny", team=make.team("data"), pattern="delete_*")
    html = text(page.get(url(Server, "change", demo.pk)))
    assert "team data may not use delete_* on demo" in html
    assert "It has no team" in html
    assert f"{url(AccessRule, 'add')}?server={demo.pk}" in html


def test_rules_are_hidden_from_who_may_not_see_them(client: Client, demo: Server) -> None:
    make.rule(demo, effect="deny", team=make.team("data"))
    staff = make.user("staff", is_staff=True)
    staff.user_permissions.add(Permission.objects.get(codename="change_server"))
    client.force_login(staff)
    assert "team data may not use" not in text(client.get(url(Server, "change", demo.pk)))
    assert edit(client, demo, title="New").status_code == 302


def test_a_server_is_deleted_once_its_address_is_typed(
    page: Client, demo: Server, bob: User
) -> None:
    make.token(bob, demo)
    address = url(Server, "delete", demo.pk)
    assert "1 token opens nothing any more." in text(page.get(address))
    assert page.post(address, {"name": "Demo"}).status_code == 422
    page.post(address, {"name": "demo"})
    assert not Server.objects.exists()
    assert Entry.objects.count() == 2
    assert changes("server.delete")[0]["before"]["slug"] == "demo"


def test_a_server_that_is_gone_leads_back(page: Client) -> None:
    for part in ("change", "delete", "publish"):
        answer = page.get(f"/admin/servers/server/999/{part}/")
        assert answer.status_code == 302


def test_a_page_with_much_on_it_asks_the_database_no_more(page: Client) -> None:
    server, source = make.server("demo"), make.source("calc")
    _publish(server, source, range(5))
    few = _queries(page, server)
    _publish(server, source, range(5, 50))
    assert _queries(page, server) <= few


def _publish(server: Server, source: Any, numbers: range) -> None:
    for number in numbers:
        row = make.entry(source, f"tool{number}")
        ServerEntry.objects.create(
            server=server, entry=row, kind=row.kind, exposed_name=row.name, position=number
        )
        make.rule(server, user=make.user())


def _queries(client: Client, server: Server) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert client.get(url(Server, "change", server.pk)).status_code == 200
    return len(seen)


def test_more_than_a_page_of_it_is_paged(page: Client) -> None:
    server, source = make.server("demo"), make.source("calc")
    _publish(server, source, range(60))
    data = filled(page.get(url(Server, "change", server.pk)))
    assert int(data["entries-TOTAL_FORMS"]) == 50
    address = f"{url(Server, 'change', server.pk)}?entries-page=2"
    data = {**filled(page.get(address)), "entries-0-exposed_name": "renamed"}
    assert page.post(address, data).status_code == 302
    assert server.entries.get(position=50).exposed_name == "renamed"


def test_a_nul_in_the_search_breaks_nothing(page: Client, demo: Server) -> None:
    assert page.get(publish_url(demo), {"q": "a\0b"}).status_code == 200
