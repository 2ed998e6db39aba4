"""From an empty hub to the call of a client that is seen: the steps check themselves off as they happen."""

import re

import pytest
from django.urls import NoReverseMatch, reverse
from playwright.sync_api import expect

from tests.hub import STATELESS
from tests.journey import Window, shell
from tests.live_client import Client

pytestmark = pytest.mark.browser
OVERVIEW, TRAIL = "/admin/", "/admin/monitoring/auditevent/"
EMPTY = """
from catalog.models import Source
from servers.models import Server
Server.objects.all().delete()
Source.objects.all().update(enabled=False)
"""
TOOLS, SERVER, ACCESS, CLIENT, CALL = (
    "Bring in tools",
    "Publish a server",
    "Give access",
    "Connect a client",
    "See the call arrive",
)


def done(window: Window) -> list[str]:
    """The steps that are checked off on the first page."""
    page = window.open(OVERVIEW)
    expect(page.locator(".hub-step-title").first).to_be_visible()
    titles = page.locator(".hub-done .hub-step-title").all_inner_texts()
    return [title.removesuffix(" done") for title in titles]


def bring_in(window: Window) -> None:
    window.follow("Sources")
    window.seen("sources")
    window.main.get_by_role("link", name="demo").first.click()
    window.page.get_by_label("Enabled").check()
    window.press("Save")


def publish(window: Window) -> None:
    page = window.page
    window.follow("Servers")
    window.seen("no-server")
    window.main.get_by_role("link", name=re.compile("^Add")).first.click()
    page.get_by_label("Title").fill("Sums and words")
    window.seen("new-server")
    window.press("Save")
    window.seen("server-made")
    window.follow("Choose tools")
    page.get_by_label("Search").fill("add")
    window.press("Search")
    page.get_by_role("checkbox", name=re.compile("^add ")).check()
    window.seen("choose")
    window.press("Publish what is ticked")
    window.says("1 published on")


def give_access(window: Window) -> None:
    window.follow("Access")
    window.seen("access")
    window.main.get_by_role("link", name=re.compile("^Add")).first.click()
    window.page.get_by_label("Server").select_option(label="Sums and words")
    window.page.get_by_label("Team").select_option(label="Admins")
    window.seen("new-rule")
    window.press("Save")


def token(window: Window) -> str:
    """A token from the person's own page, which the page that connects leads to."""
    window.follow("Connect")
    window.seen("home")
    window.main.get_by_role("link", name="Connect to Sums and words").click()
    window.seen("connect")
    page = window.open("/me/tokens/")
    page.get_by_label("Name").fill("my script")
    page.get_by_label("Server").select_option("sums-and-words")
    window.press("Make token")
    window.seen("token")
    return page.locator("#token").inner_text()


def until(window: Window, *steps: str) -> None:
    """Look at the first page until these steps are checked off: the part is fetched again by itself."""
    window.open(OVERVIEW)
    expect(window.page.locator(".hub-done")).to_have_count(len(steps), timeout=30_000)
    assert done(window) == list(steps)


def test_from_empty_to_a_call_that_is_seen(hub, opens):
    shell(hub, EMPTY)
    window = opens().log_in()
    assert done(window) == []
    window.seen("empty")
    bring_in(window)
    assert done(window) == [TOOLS]
    publish(window)
    assert done(window) == [TOOLS, SERVER]
    window.seen("two-steps")
    give_access(window)
    assert done(window) == [TOOLS, SERVER, ACCESS]

    client = Client(hub, "sums-and-words", token(window), STATELESS)
    assert [tool["name"] for tool in client.ask("tools/list")["result"]["tools"]] == ["add"]
    until(window, TOOLS, SERVER, ACCESS, CLIENT)
    window.seen("connected")

    assert client.do("add", a=2, b=3) == "5"
    expect(window.page.locator(".hub-steps")).to_have_count(0, timeout=30_000)
    window.seen("all-done")
    window.until(TRAIL, "Tool called")
    row = window.page.locator("#result_list tbody tr").first
    assert "admin" in row.inner_text() and "sums-and-words" in row.inner_text()
    window.seen("trail")


def test_call_appears_in_the_live_view_by_itself(hub, opens):
    try:
        live = reverse("admin:monitoring_auditevent_live")
    except NoReverseMatch:
        pytest.skip("there is no live view yet")
    window = opens().log_in()
    page = window.open(f"{live}?server=demo")
    expect(page.get_by_role("heading", name="No such call lately")).to_be_visible()
    assert Client(hub, "demo", "", STATELESS).do("add", a=2, b=3) == "5"
    calls = page.locator("[data-calls] tr")
    expect(calls).to_have_count(1, timeout=30_000)
    assert "add" in calls.inner_text() and "Allowed" in calls.inner_text()
    window.seen("live")
