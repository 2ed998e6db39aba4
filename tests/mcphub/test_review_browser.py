"""A changed file diffed, approved and rolled back in Chromium, while a client of the hub watches."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.hub import STATELESS
from tests.live import LiveHub, end, start
from tests.live_client import MOST_TRIES, Client, Stream, left, short
from tests.streams import ACKNOWLEDGED, TOOLS

pytestmark = pytest.mark.browser
CHROMIUM = "/usr/bin/chromium"
WAITING = "/admin/catalog/entryversion/waiting/"
LISTEN = {"notifications": {"toolsListChanged": True}}
FILE = '''
import asyncio
from pathlib import Path

from mcphub import Context, tool


@tool(read_only=True)
async def walk(gate: str, ctx: Context) -> str:
    """{words}"""
    await ctx.progress(1)
    while not Path(gate).exists():
        await asyncio.sleep(0.02)
    return "arrived"
'''
BEFORE, AFTER = "Waits at a gate.", "Waits at a gate, and tells the guard your name."


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "careful.py"
    path.write_text(FILE.format(words=BEFORE))
    return path


@pytest.fixture
def hub(prepared: Path, tmp_path: Path, file: Path) -> Iterator[LiveHub]:
    """A hub that serves the file and follows it."""
    folder = tmp_path / "data"
    shutil.copytree(prepared, folder)
    running = start(folder, "uvicorn", MCPHUB_TOOLS=str(file))
    yield running
    end(running)


@pytest.fixture
def page(hub: LiveHub) -> Iterator[Page]:
    """A window where the first admin is logged in."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(f"{hub.url}/login/")
        page.get_by_label("Username").fill("admin")
        page.get_by_label("Password").fill("a password for a test")
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url(f"{hub.url}/")
        yield page
        browser.close()


def put_under_review(page: Page, hub: LiveHub) -> None:
    """Set the source's changes to review on its own page."""
    page.goto(f"{hub.url}/admin/catalog/source/")
    page.get_by_role("link", name="careful").first.click()
    page.get_by_label("Changes").first.select_option("review")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Reviewed").first.wait_for()


def wait_for_change(page: Page, hub: LiveHub) -> None:
    """Look at what waits until something does: the hub reads a saved file within a second or two."""
    for _ in range(MOST_TRIES):
        page.goto(f"{hub.url}{WAITING}")
        if page.locator("article").count():
            return
    raise AssertionError("nothing waits")


def description(client: Client) -> str:
    """What clients read of the tool now."""
    answer: dict[str, Any] = client.ask("tools/list")
    [tool] = answer["result"]["tools"]
    return str(tool["description"])


def hears(stream: Stream, *expected: str) -> None:
    """Check the next messages of a stream."""
    assert [short(stream.next()) for _ in expected] == list(expected)


@pytest.mark.behaviour("M1")
def test_change_is_diffed_approved_and_rolled_back_while_a_client_watches(
    hub: LiveHub, page: Page, file: Path, tmp_path: Path
) -> None:
    client = Client(hub, "careful", hub.token("careful"), STATELESS)
    listener = client.begin("subscriptions/listen", LISTEN)
    hears(listener, ACKNOWLEDGED)
    put_under_review(page, hub)
    file.write_text(FILE.format(words=AFTER))
    wait_for_change(page, hub)
    assert page.locator("article ins").all_inner_texts() == [", and tells the guard your name"]
    assert page.get_by_text("Models follow this text.").count() == 1
    assert description(client) == BEFORE
    page.get_by_role("button", name="Approve walk, version 2").click()
    page.get_by_text("1 version approved.").wait_for()
    hears(listener, TOOLS)
    assert description(client) == AFTER
    gate = tmp_path / "gate"
    running = client.call("walk", gate=str(gate))
    hears(running, 1)  # type: ignore[arg-type]
    with left(listener):
        page.goto(f"{hub.url}/admin/catalog/tool/?q=walk")
        page.locator("#result_list").get_by_role("link", name="walk").first.click()
        page.get_by_role("button", name="Roll back to this (version 1)").click()
        page.get_by_text("walk version 1 is served again.").wait_for()
        hears(listener, TOOLS)
        assert description(client) == BEFORE
        gate.touch()
        assert running.rest() == ["arrived"]
    assert page.get_by_text("Clients get version 1.").is_visible()
