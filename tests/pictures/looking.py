"""Opens the pages of the table in Chromium: takes pictures, and says what is wrong with a page."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, sync_playwright
from playwright.sync_api import Page as Tab

from tests.live import LiveHub
from tests.pictures.axe import FRAME
from tests.pictures.table import Page

CHROMIUM = "/usr/bin/chromium"
HEIGHT = 900
OVERFLOWS = "document.documentElement.scrollWidth > window.innerWidth"


@dataclass
class Scene:
    """A hub with something to see: who is logged in how, and the keys that paths name."""

    hub: LiveHub
    cookie: str
    sessions: dict[str, str]
    keys: dict[str, str]

    def address(self, page: Page) -> str:
        """Return a page's whole address."""
        return f"{self.hub.url}{page.path.format(**self.keys)}"


@dataclass
class Look:
    """What one look at a page found: a picture, if one was asked for, and complaints."""

    page: Page
    width: int
    scheme: str
    complaints: list[str] = field(default_factory=list)


def made(hub: LiveHub) -> Scene:
    """Fill a hub's database, and return the way to what is in it."""
    command = [sys.executable, "-m", "tests.pictures.scene"]
    done = subprocess.run(command, env=hub.environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return Scene(hub, **json.loads(done.stdout))


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        try:
            yield browser
        finally:
            browser.close()


def look(
    browser: Browser,
    scene: Scene,
    page: Page,
    width: int,
    scheme: Any,
    *,
    axe: str = "",
    picture: Path | None = None,
) -> Look:
    """Open a page as its person does; judge it with axe's source, and take a picture, if given."""
    seen = Look(page, width, scheme)
    with _context(browser, scene, page, width, scheme) as context:
        tab = context.new_page()
        tab.on("console", lambda message: _hear(seen, message))
        tab.on("pageerror", lambda error: seen.complaints.append(f"script: {error}"))
        answer = tab.goto(scene.address(page), wait_until="networkidle")
        if answer is None or answer.status != page.status:
            seen.complaints.append(f"status {answer.status if answer else 'none'}")
        for selector in page.clicks:
            tab.click(selector)
        if tab.evaluate(OVERFLOWS):
            seen.complaints.append("wider than the window")
        if axe:
            forgiven = FRAME if page.path.startswith("/admin/") else frozenset()
            seen.complaints += _judged(tab, axe, forgiven)
        if picture is not None:
            tab.screenshot(path=picture, full_page=True, animations="disabled")
    return seen


@contextmanager
def _context(
    browser: Browser, scene: Scene, page: Page, width: int, scheme: Any
) -> Iterator[BrowserContext]:
    """A window of that width, with the person of the page logged in."""
    context = browser.new_context(
        viewport={"width": width, "height": HEIGHT}, color_scheme=scheme, reduced_motion="reduce"
    )
    try:
        if page.who:
            session = {"name": scene.cookie, "value": scene.sessions[page.who]}
            context.add_cookies([{**session, "url": scene.hub.url}])
        yield context
    finally:
        context.close()


def _hear(seen: Look, message: ConsoleMessage) -> None:
    """Take down what a browser complains about, a broken content security policy among it."""
    expected = seen.page.status >= 400 and "Failed to load resource" in message.text
    if message.type == "error" and not expected:
        seen.complaints.append(f"console: {message.text}")


def _judged(tab: Tab, axe: str, forgiven: frozenset[str]) -> list[str]:
    """Return what axe-core finds, but for forgiven rules.

    Its source is evaluated from outside, so the page's policy stays as it is.
    """
    tab.evaluate(axe)
    found = tab.evaluate("axe.run({resultTypes: ['violations']})")
    return [
        f"axe: {one['id']}: {one['help']}: {', '.join(node['target'][0] for node in one['nodes'][:3])}"
        for one in found["violations"]
        if one["id"] not in forgiven
    ]
