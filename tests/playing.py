"""The playground in a browser before a hub that is a process: what its tests share."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests import authored_play, live
from tests.live import LiveHub

CHROMIUM = "/usr/bin/chromium"
NEW, OLD = "2026-07-28", "2025-11-25"
REVISIONS = (NEW, OLD, "2025-06-18", "2025-03-26")
MOST_LOOKS = 20
PEOPLE = """
import json
from accounts.models import Team, User
from catalog.models import Entry
from servers.models import Server
from servers.services import add_rule
bob = User.objects.create_user("bob", password="x")
server = Server.objects.get(slug="authored-play")
add_rule(actor=None, server=server, user=bob, effect="allow", pattern="*")
add_rule(actor=None, server=server, user=bob, effect="deny", pattern="markup")
print(json.dumps({row.name: [row.kind, row.pk] for row in Entry.objects.all()}))
"""
LAST = """
from monitoring.models import AuditEvent, AuditPerson
event = AuditEvent.objects.filter(action="tools/call").latest("id")
print(AuditPerson.objects.get(pk=event.user).label, event.client.partition(":")[0], event.verdict)
"""


@pytest.fixture(scope="module")
def play_hub(tmp_path_factory) -> Iterator[LiveHub]:
    """A hub with the tools of tests/authored_play.py, and bob, who may use all of them but one."""
    folder = tmp_path_factory.mktemp("playground")
    running = live.start(folder, "uvicorn", MCPHUB_TOOLS=authored_play.__file__)
    try:
        yield running
    finally:
        live.end(running)


@pytest.fixture(scope="module")
def play_entries(play_hub) -> dict[str, list[Any]]:
    """Name -> kind and key of what can be tried."""
    found: dict[str, list[Any]] = json.loads(play_hub.manage("shell", "-v", "0", "-c", PEOPLE))
    return found


@pytest.fixture(scope="module")
def play_browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def play_session(play_browser, play_hub) -> list[Any]:
    """The cookies of the admin, who logged in once."""
    with play_browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{play_hub.url}/login/")
        page.get_by_label("Username").fill("admin")
        page.get_by_label("Password").fill("a password for a test")
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url(f"{play_hub.url}/")
        return list(context.cookies())


class Playground:
    """The page of one thing, as somebody uses it; `heard` is what the browser complained about."""

    def __init__(self, page: Page, hub: LiveHub, entries: dict[str, list[Any]]) -> None:
        self.page, self._hub, self._entries = page, hub, entries
        self.heard: list[str] = []
        page.on("console", lambda message: self.heard.append(message.text))
        page.on("pageerror", lambda error: self.heard.append(str(error)))
        page.on("dialog", lambda dialog: self.heard.append(dialog.message))

    def open(self, name: str, revision: str = NEW) -> Page:
        """Go there, and choose the revision."""
        kind, key = self._entries[name]
        self.page.goto(f"{self._hub.url}/admin/servers/server/try/{kind}/{key}/")
        self.page.locator("#playground[data-ready]").wait_for()
        self.page.locator(".play-who > summary").click()
        self.page.get_by_label("Revision of MCP").select_option(revision)
        return self.page

    def part(self, name: str) -> Any:
        """A part of the page by its name."""
        return self.page.locator(f"[data-play={name}]")

    def run(self, words: str = "Call") -> None:
        """Press the one button."""
        self.page.get_by_role("button", name=words, exact=True).click()

    def ends(self, words: str) -> str:
        """Wait until the page says that, and return the result's text."""
        expect(self.part("state")).to_contain_text(words)
        return str(self.part("result").inner_text())


@pytest.fixture
def play(play_browser, play_session, play_hub, play_entries) -> Iterator[Playground]:
    with play_browser.new_context(viewport={"width": 1200, "height": 900}) as context:
        context.add_cookies(play_session)
        yield Playground(context.new_page(), play_hub, play_entries)


def last_call(hub: LiveHub, said: str) -> None:
    """Look into the trail until its last call says that: who, by what, and the verdict."""
    for _ in range(MOST_LOOKS):
        found = hub.manage("shell", "-v", "0", "-c", LAST)
        if found == said:
            return
    raise AssertionError(f"{found}, not {said}")
