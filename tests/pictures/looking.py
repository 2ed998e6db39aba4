"""Opens the pages of the table in Chromium: takes pictures, and says what is wrong with a page."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, sync_playwright
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
class Viewer:
    """A browser before a scene; with axe-core's source it judges by that too."""

    browser: Browser
    scene: Scene
    axe: str = ""

    def look(self, page: Page, width: int, scheme: Any, picture: Path | None = None) -> list[str]:
        """Open a page as its person does, take a picture if asked, and return the complaints."""
        complaints: list[str] = []
        with self.tab(page, width, scheme) as tab:
            tab.on("console", lambda message: complaints.extend(_heard(page, message)))
            tab.on("pageerror", lambda error: complaints.append(f"script: {error}"))
            answer = tab.goto(self.scene.address(page), wait_until="networkidle")
            if answer is None or answer.status != page.status:
                complaints.append(f"status {answer.status if answer else 'none'}")
            for selector in page.clicks:
                tab.click(selector)
            complaints += self.judge(tab, page)
            if picture is not None:
                tab.screenshot(path=picture, full_page=True, animations="disabled")
        return complaints

    @contextmanager
    def tab(self, page: Page, width: int, scheme: Any) -> Iterator[Tab]:
        """Open a window of that width, with the person of the page logged in."""
        window = {"width": width, "height": HEIGHT}
        context = self.browser.new_context(
            viewport=window, color_scheme=scheme, reduced_motion="reduce"
        )
        try:
            if page.who:
                session = {"name": self.scene.cookie, "value": self.scene.sessions[page.who]}
                context.add_cookies([{**session, "url": self.scene.hub.url}])
            yield context.new_page()
        finally:
            context.close()

    def judge(self, tab: Tab, page: Page) -> list[str]:
        """Return what is wrong with what a tab shows.

        axe-core is evaluated from outside, so the page's own policy stays as it is.
        """
        complaints = ["wider than the window"] if tab.evaluate(OVERFLOWS) else []
        if self.axe:
            tab.evaluate(self.axe)
            found = tab.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
            forgiven = FRAME if page.path.startswith("/admin/") else frozenset()
            complaints += [_told(one) for one in found if one["id"] not in forgiven]
        return complaints


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


def _heard(page: Page, message: ConsoleMessage) -> list[str]:
    """Return what a browser complains about, a broken content security policy among it."""
    expected = page.status >= 400 and "Failed to load resource" in message.text
    return [] if expected or message.type != "error" else [f"console: {message.text}"]


def _told(violation: Any) -> str:
    """Return what axe-core found in one line."""
    where = ", ".join(str(node["target"][0]) for node in violation["nodes"][:3])
    return f"axe: {violation['id']}: {violation['help']}: {where}"
