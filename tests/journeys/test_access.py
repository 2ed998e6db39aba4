"""A denied call traced to its rule and repaired; a request for access that becomes a working call."""

import re

import pytest

from tests.hub import STATELESS
from tests.journey import PASSWORD, shell
from tests.live_client import Client

pytestmark = pytest.mark.browser
PEOPLE = f"""
from accounts.models import Team, User
from servers.models import Server
from servers.services import add_rule, update_server
bob = User.objects.create_user("bob", password={PASSWORD!r})
"""
DENIED = """
server = Server.objects.get(slug="demo-private")
add_rule(actor=None, server=server, user=bob, effect="allow", pattern="*")
add_rule(actor=None, server=server, effect="deny", pattern="ec*", note="Until it is checked")
"""
DISCOVERABLE = """
server = Server.objects.get(slug="demo-private")
update_server(actor=None, server=server, discoverable=True)
"""


def test_denied_call_is_traced_to_its_rule_and_repaired(hub, opens):
    shell(hub, PEOPLE + DENIED)
    client = Client(hub, "demo-private", hub.token("demo-private", "bob"), STATELESS)
    assert client.do("add", a=1, b=1) == "2"
    refused = client.ask("tools/call", name="echo", arguments={"text": "hello"})
    assert "echo" in refused["error"]["message"]

    window = opens().log_in()
    window.until("/admin/monitoring/auditevent/?verdict=deny", "bob")
    page = window.page
    window.seen("trail")
    window.main.locator("#result_list").get_by_role("link").first.click()
    window.seen("event")
    window.follow("What decides, and what would alter it")
    decides = page.locator(".hub-decides")
    assert "ec*" in decides.inner_text() and "This decides" in decides.inner_text()
    window.seen("why")
    window.follow("Delete this rule…")
    window.seen("rule")
    page.get_by_label("Type demo-private to go on").fill("demo-private")
    window.press("Delete")
    window.seen("repaired")
    assert client.do("echo", text="hello") == "hello"


def test_request_becomes_a_working_call(hub, opens):
    shell(hub, PEOPLE + DISCOVERABLE)
    theirs = opens("bob").log_in("bob")
    theirs.seen("home")
    theirs.page.get_by_role("link", name=re.compile("^Ask")).first.click()
    theirs.page.get_by_role("textbox").fill("I add up the orders of the week.")
    theirs.seen("ask")
    theirs.press("Ask for access")
    theirs.seen("waits")

    window = opens().log_in()
    page = window.open("/admin/")
    page.get_by_role("link", name=re.compile("^Requests")).click()
    window.says("I add up the orders of the week.")
    window.seen("inbox")
    page.get_by_role("button", name=re.compile("^Grant")).first.click()
    window.says("bob may use")
    window.seen("granted")

    theirs.open("/")
    theirs.says("Your request was granted.")
    theirs.seen("granted")
    theirs.open("/me/tokens/")
    theirs.page.get_by_label("Name").fill("my script")
    theirs.page.get_by_label("Server").select_option("demo-private")
    theirs.press("Make token")
    token = theirs.page.locator("#token").inner_text()
    assert Client(hub, "demo-private", token, STATELESS).do("add", a=2, b=3) == "5"
