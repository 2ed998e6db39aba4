"""The live view in Chromium, before a hub of its own: a client's call turns up by itself."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.live import LiveHub

pytestmark = pytest.mark.browser
CHROMIUM = "/usr/bin/chromium"
LIVE = "/admin/monitoring/auditevent/live/"
SESSION = """
from django.conf import settings
from django.test import Client
from accounts.models import User
client = Client()
client.force_login(User.objects.get(username="admin"))
print(settings.SESSION_COOKIE_NAME, client.cookies[settings.SESSION_COOKIE_NAME].value)
"""
SECOND = 1_000
"""How soon a call is seen, in milliseconds; the machine may be slow, so tests wait longer."""
PATIENCE = 20 * SECOND


def session(hub: LiveHub) -> list[str]:
    """Name and value of the cookie of the admin, who is logged in."""
    return hub.manage("shell", "-v", "0", "-c", SESSION).split()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser, live_hub: LiveHub) -> Iterator[Page]:
    """The view, open, and judged by what the console says."""
    name, value = session(live_hub)
    context = browser.new_context()
    context.add_cookies([{"name": name, "value": value, "url": live_hub.url}])
    opened = context.new_page()
    said: list[str] = []
    opened.on("console", lambda message: said.append(message.text))
    opened.goto(f"{live_hub.url}{LIVE}")
    expect(opened.get_by_text("Live: new calls")).to_be_visible()
    yield opened
    assert said == []
    context.close()


def test_calls_turn_up_and_wait_while_paused(page: Page, live_hub: LiveHub) -> None:
    rows = page.locator("[data-calls] tr")
    before = rows.count()
    page.evaluate("window.stays = true")  # a page that is loaded again forgets it
    live_hub.call("demo", "echo", {"text": "<b>one</b>"})
    expect(rows).to_have_count(before + 1, timeout=PATIENCE)
    expect(rows.first).to_contain_text("echo")
    expect(rows.first).to_contain_text("Allowed")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("status").first).to_contain_text("Paused")
    live_hub.call("demo", "add", {"a": 1, "b": 2})
    page.get_by_role("button", name="Go on").click()
    expect(rows).to_have_count(before + 2, timeout=PATIENCE)
    expect(rows.first).to_contain_text("add")
    assert page.evaluate("window.stays")


def test_call_leads_to_its_event(page: Page, live_hub: LiveHub) -> None:
    live_hub.call("demo", "echo", {"text": "two"})
    rows = page.locator("[data-calls] tr")
    expect(rows.first).to_contain_text("echo", timeout=PATIENCE)
    rows.first.get_by_role("link").first.click()
    expect(page.get_by_text("choose so under Recording")).to_be_visible()


def test_nothing_is_asked_while_nobody_looks(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.install()
    page.add_init_script("Object.defineProperty(document, 'hidden', { get: () => window.away })")
    page.reload()
    page.clock.run_for(3 * SECOND)
    assert [url for url in asked if "/rows/" in url]
    page.evaluate("window.away = true")
    asked.clear()
    page.clock.run_for(10 * SECOND)
    assert [url for url in asked if "/rows/" in url] == []
    page.get_by_role("button", name="Pause").click()
    page.evaluate("window.away = false")
    page.clock.run_for(10 * SECOND)
    assert [url for url in asked if "/rows/" in url] == []


JOBS = "/admin/servers/job/"
A_JOB = """
from servers.models import Server
from tests import make
server = Server.objects.get(slug="demo")
make.job(server, server.entries.filter(entry__kind="tool").first().entry)
"""
IT_WORKS = """
from servers.models import Job
Job.objects.update(state="working", progress=3, total=4, message="<b>three</b>")
"""


def test_list_of_jobs_keeps_itself_up_to_date(page: Page, live_hub: LiveHub) -> None:
    page.goto(f"{live_hub.url}{JOBS}")
    rows = page.locator("#result_list [data-row]")
    expect(rows).to_have_count(0)
    live_hub.manage("shell", "-v", "0", "-c", A_JOB)
    expect(rows).to_have_count(1, timeout=PATIENCE)  # the list came with its first row
    page.evaluate("window.stays = true")
    live_hub.manage("shell", "-v", "0", "-c", IT_WORKS)
    table = page.locator("#result_list")
    expect(table).to_contain_text("<b>three</b>", timeout=PATIENCE)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused.")).to_be_visible()
    live_hub.manage("shell", "-v", "0", "-c", A_JOB)
    expect(rows).to_have_count(1)
    page.get_by_role("button", name="Go on").click()
    expect(rows).to_have_count(2, timeout=PATIENCE)
    assert page.evaluate("window.stays")
