"""Opens the pages of the table in Chromium: takes pictures, and says what is wrong with a page."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Response, Route, sync_playwright
from playwright.sync_api import Page as Tab

from tests import live
from tests.live import LiveHub
from tests.pictures.axe import FRAME
from tests.pictures.table import Act, Page

CHROMIUM = "/usr/bin/chromium"
HEIGHT = 900
ADMIN = "/admin/"
TALL = "document.documentElement.scrollHeight"
OVERFLOWS = "document.documentElement.scrollWidth > window.innerWidth"

View = tuple[int, Any]
"""A width and a colour scheme."""


@dataclass
class Scene:
    """A hub with something to see: who is logged in how, the keys that paths name, pages drawn."""

    hub: LiveHub
    cookie: str
    sessions: dict[str, str]
    keys: dict[str, str]
    drawn: dict[str, str]

    def address(self, page: Page) -> str:
        """Return a page's whole address."""
        return f"{self.hub.url}{page.path.format(**self.keys)}"


@dataclass
class Viewer:
    """A browser before a scene; with axe-core's source it judges by that too."""

    browser: Browser
    scene: Scene
    axe: str = ""

    def look(self, page: Page, views: Sequence[View], folder: Path | None = None) -> list[str]:
        """Open a page as its person does, see it in each view, and return the complaints.

        What somebody does there is done once, under /admin/ once a scheme. With a folder, pictures are
        taken.
        """
        if page.path.startswith(ADMIN):  # its colours are chosen as it is loaded
            schemes = dict.fromkeys(scheme for _, scheme in views)
            parts = [[view for view in views if view[1] == scheme] for scheme in schemes]
            return [one for part in parts for one in self._visit(page, part, folder)]
        return self._visit(page, views, folder)

    def _visit(self, page: Page, views: Sequence[View], folder: Path | None) -> list[str]:
        """Open a page once, see it in each view, and return the complaints."""
        complaints: list[str] = []
        with self.tab(page, *views[0]) as tab:
            tab.on("console", lambda message: complaints.extend(_heard(page, message)))
            tab.on("pageerror", lambda error: complaints.append(f"script: {error}"))
            status = self.open(tab, page)
            if status != page.status:
                complaints.append(f"status {status}")
            for width, scheme in views:
                tab.set_viewport_size({"width": width, "height": HEIGHT})
                tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                name = f"{page.name}-{width}-{scheme}"
                complaints += [f"{name}: {one}" for one in self.judge(tab, page)]
                if folder is not None:
                    _take(tab, width, folder / f"{name}.png")
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
            context.route("**/drawn/*", lambda route: self._draw(route, page))
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
            forgiven = FRAME if page.path.startswith(ADMIN) else {}
            complaints += [_told(one) for one in found if one["id"] not in forgiven]
        return complaints

    def open(self, tab: Tab, page: Page) -> int:
        """Go there, do what is done there, and return the status of the last answer."""
        statuses = [0]
        tab.on("response", lambda answer: statuses.extend(_status(answer)))
        tab.goto(self.scene.address(page), wait_until="networkidle")
        for act in page.acts:
            _do(tab, act)
        if page.acts:
            tab.wait_for_load_state("networkidle")
        return statuses[-1]

    def _draw(self, route: Route, page: Page) -> None:
        """Answer with a page that the scene drew."""
        body = self.scene.drawn[page.path.rpartition("/")[2]]
        route.fulfill(status=page.status, content_type="text/html; charset=utf-8", body=body)


def start(folder: Path) -> LiveHub:
    """Start a hub to be looked at; one private scheme is listed, so that a client can return by it."""
    return live.start(folder, "uvicorn", MCPHUB_PRIVATE_SCHEMES="cursor")


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


@contextmanager
def viewing(folder: Path, axe: str = "") -> Iterator[Viewer]:
    """Have a browser before a hub of its own with something to see."""
    hub = start(folder)
    try:
        with chromium() as browser:
            yield Viewer(browser, made(hub), axe)
    finally:
        live.end(hub)


def _do(tab: Tab, act: Act) -> None:
    """Click, choose or fill."""
    if isinstance(act, str):
        tab.click(act)
    elif act[0].startswith("select"):
        tab.select_option(act[0], label=act[1])
    else:
        tab.fill(*act)


def _take(tab: Tab, width: int, picture: Path) -> None:
    """Take a picture of the whole page, in a window as tall: what sticks to its end hides nothing."""
    tab.set_viewport_size({"width": width, "height": max(HEIGHT, tab.evaluate(TALL))})
    tab.screenshot(path=picture, animations="disabled")


def _status(answer: Response) -> list[int]:
    """Return the status of an answer that is the page itself, and no redirect."""
    page = answer.request.is_navigation_request() and not 300 <= answer.status < 400
    return [answer.status] if page else []


def _heard(page: Page, message: ConsoleMessage) -> list[str]:
    """Return what a browser complains about, a broken content security policy among it."""
    expected = page.status >= 400 and "Failed to load resource" in message.text
    return [] if expected or message.type != "error" else [f"console: {message.text}"]


def _told(violation: Any) -> str:
    """Return what axe-core found in one line."""
    where = ", ".join(str(node["target"][0]) for node in violation["nodes"][:3])
    return f"axe: {violation['id']}: {violation['help']}: {where}"
