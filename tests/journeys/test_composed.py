"""A server composed, a tool switched off and a server stopped, while a client of it listens."""

import re

import pytest

from tests.hub import STATELESS
from tests.journey import Window
from tests.live_client import Client, left, short
from tests.streams import ACKNOWLEDGED, TOOLS

pytestmark = pytest.mark.browser
LISTEN = {"notifications": {"toolsListChanged": True}}
SERVERS = "/admin/servers/server/"


def compose(window: Window) -> None:
    """Publish a server, and put two tools and a prompt on it by search and filter, one renamed."""
    page = window.open(f"{SERVERS}add/")
    page.get_by_label("Title").fill("Front desk")
    page.get_by_label("Public").check()
    window.seen("new")
    window.press("Save")
    window.seen("made")
    window.follow("Choose tools")
    page.get_by_label("Kind").select_option(label="Tools")
    page.get_by_label("Search").fill("e")
    window.press("Search")
    page.get_by_role("checkbox", name=re.compile("^echo ")).check()
    page.get_by_label("Search").fill("add")
    window.press("Search")
    page.get_by_role("checkbox", name=re.compile("^add ")).check()
    page.get_by_label("Exposed name of add").fill("sum_up")
    window.says("1 more is ticked")
    window.seen("chosen")
    window.press("Publish what is ticked")
    window.says("2 published on")
    window.seen("published")


def test_what_is_composed_is_what_clients_see(hub, opens):
    window = opens().log_in()
    compose(window)
    page = window.page
    client = Client(hub, "front-desk", "", STATELESS)
    assert names(client) == ["sum_up", "echo"]
    listener = client.begin("subscriptions/listen", LISTEN)
    with left(listener):
        hears(listener, ACKNOWLEDGED)
        page.get_by_label("Move echo up").click()
        hears(listener, TOOLS)
        assert names(client) == ["echo", "sum_up"]
        page.get_by_label("Exposed name of echo").fill("say_again")
        window.press("Save names and places")
        hears(listener, TOOLS)
        assert names(client) == ["say_again", "sum_up"]
        window.seen("renamed")

        window.follow("say_again")
        page.get_by_label("Enabled").uncheck()
        window.seen("tool")
        window.press("Save")
        hears(listener, TOOLS)
        assert names(client) == ["sum_up"]


def test_stopped_server_tells_its_reason_until_it_is_lifted(hub, opens):
    client = Client(hub, "demo", "", STATELESS)
    assert client.do("add", a=2, b=3) == "5"
    window = opens().log_in()
    page = window.open(SERVERS)
    window.main.get_by_role("link", name=re.compile("^Demo$", re.IGNORECASE)).first.click()
    window.follow("Stop…")
    page.get_by_label("Reason").fill("The sums are being checked.")
    window.seen("stop")
    window.press("Stop it now")
    window.says("Stopped: server")
    window.seen("stopped")
    answer = client.ask("tools/call", name="add", arguments={"a": 2, "b": 3})["result"]
    assert answer["isError"] is True
    assert "The sums are being checked." in answer["content"][0]["text"]
    page.get_by_role("button", name=re.compile("^Lift the stop of server")).click()
    window.seen("lifted")
    assert client.do("add", a=2, b=3) == "5"


def names(client: Client) -> list[str]:
    """What a client is listed, in order."""
    return [tool["name"] for tool in client.ask("tools/list")["result"]["tools"]]


def hears(stream, expected: str) -> None:
    """Check the next message of a stream."""
    assert short(stream.next()) == expected
