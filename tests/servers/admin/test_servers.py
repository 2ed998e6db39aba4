"""Published servers in the admin: what is on them, under which names, for whom."""

import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from catalog.models import Entry
from servers.admin.areas import AREAS
from servers.costs import list_cost
from servers.models import Server
from tests import make
from tests.admin_pages import area, changes, errors, filled, text, url

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


def test_a_server_is_published_and_its_page_opens(page: Client, alice: User) -> None:
    answer = page.post(url(Server, "add"), NEW)
    server = Server.objects.get(slug="demo")
    assert answer["Location"] == area("overview", server)
    (change,) = changes("server.publish")
    assert (change["user"], change["after"]["slug"]) == (alice.public_id, "demo")


def test_a_server_is_made_discoverable(page: Client, demo: Server) -> None:
    edit(page, demo, discoverable="on")
    demo.refresh_from_db()
    assert demo.discoverable
    (change,) = changes("server.update")
    assert (change["before"]["discoverable"], change["after"]["discoverable"]) == (False, True)


@pytest.mark.parametrize("slug", ["demo", "Not A Slug", "x" * 64])
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


@pytest.mark.parametrize("name", ["calls_per_minute", "burst", "token_budget", "keep_days"])
def test_the_least_limit_that_a_page_offers_is_one(name: str, page: Client, demo: Server) -> None:
    address = url(Server, "change", demo.pk)
    (field,) = re.findall(rf'<input[^>]*name="{name}"[^>]*>', text(page.get(address)))
    assert 'min="1"' in field


def test_a_limit_is_set_and_taken_away(page: Client, demo: Server) -> None:
    edit(page, demo, calls_per_minute="6000", burst="50")
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


def test_the_list_estimates_the_same_cost(page: Client, demo: Server) -> None:
    make.entry(make.source(), "elsewhere")
    assert list_cost(demo) > 0
    (row,) = page.get(url(Server, "changelist")).context["cl"].result_list
    assert (row.tokens, row.published_number) == (list_cost(demo), 2)


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
    for part in ("change", "delete", *AREAS, "publish", "connected"):
        answer = page.get(f"/admin/servers/server/999/{part}/")
        assert answer.status_code == 302


def test_an_address_that_is_not_typed_follows_from_the_title(page: Client, demo: Server) -> None:
    page.post(url(Server, "add"), {**NEW, "slug": ""})
    assert Server.objects.filter(slug="demo-2").exists()
    assert 'data-slug-of="id_title"' in text(page.get(url(Server, "add")))


def test_listing_budget_and_recording_are_set(page: Client, demo: Server) -> None:
    edit(page, demo, listing="search", token_budget="900", recording="all", keep_days="30")
    (change,) = changes("server.update")
    after = change["after"]
    assert (after["listing"], after["budget"], after["recording"]) == ("search", 900, "all")
    assert after["keep_days"] == 30


def test_the_list_says_what_is_over_its_budget(page: Client, demo: Server) -> None:
    assert f"about {list_cost(demo)}" in text(page.get(url(Server, "changelist")))
    Server.objects.update(token_budget=1)
    html = text(page.get(url(Server, "changelist")))
    assert f"{list_cost(demo)} of 1" in html and "over" in html


def test_the_list_counts_the_clients_that_were_allowed(page: Client, demo: Server) -> None:
    make.consent(make.user(), make.oauth_client(), demo)
    assert "1 allowed" in text(page.get(url(Server, "changelist")))
