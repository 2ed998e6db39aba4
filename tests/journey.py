"""Journeys of people through the whole hub: a process of its own, windows of Chromium, real clients.

`Window.seen` is said at each step: whatever is shown there must fit a window, have one heading and break
no policy. With JOURNEYS=folder each step leaves a picture there, to be looked at.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tests import live
from tests.live import LiveHub
from tests.live_client import MOST_TRIES

CHROMIUM = "/usr/bin/chromium"
PASSWORD = "a password for a test"
NARROW, WIDE = {"width": 360, "height": 800}, {"width": 1440, "height": 900}
PATIENCE_MS = 15_000
OVERFLOWS = "document.documentElement.scrollWidth > window.innerWidth"
FOCUS = """() => {
  const at = document.activeElement, style = getComputedStyle(at);
  return at.matches(":focus-visible")
    && (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0 || style.boxShadow !== "none");
}"""
"""Whether it is seen where the keyboard is."""

Opens = Callable[..., "Window"]


class Window:
    """A window of somebody's browser before a hub; `heard` is what the browser complained about."""

    def __init__(self, page: Page, hub: LiveHub, name: str) -> None:
        self.page, self.hub, self._name = page, hub, name
        self._steps = 0
        self.heard: list[str] = []
        page.on("console", lambda said: self.heard.append(said.text))
        page.on("pageerror", lambda error: self.heard.append(str(error)))

    def open(self, path: str) -> Page:
        """Go there."""
        self.page.goto(f"{self.hub.url}{path}")
        return self.page

    def log_in(self, username: str = "admin") -> "Window":
        """Log in as a person does."""
        self.open("/login/")
        self.page.get_by_label("Username").fill(username)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.press("Log in")
        self.page.wait_for_url(f"{self.hub.url}/")
        return self

    def press(self, words: str) -> None:
        """Press the one button of these words."""
        self.page.get_by_role("button", name=words, exact=True).click()

    def follow(self, words: str) -> None:
        """Follow the first link of these words in what the page is about."""
        self.main.get_by_role("link", name=words, exact=True).first.click()

    @property
    def main(self) -> Locator:
        """What the page is about: everything but the sidebar."""
        return self.page.locator("main, #main").first

    def says(self, words: str) -> None:
        """Wait until the page says that."""
        expect(self.page.get_by_text(words).first).to_be_visible()

    def until(self, path: str, words: str) -> None:
        """Look again and again until a page says that: what is written down comes in a moment."""
        for _ in range(MOST_TRIES):
            self.open(path)
            if self.page.get_by_text(words).count():
                return
        raise AssertionError(f"{path} does not say {words}")

    def seen(self, step: str) -> None:
        """Judge what is shown, wide and narrow, and take a picture if they are wanted."""
        self._steps += 1
        for size in (NARROW, WIDE):
            self.page.set_viewport_size(size)
            assert not self.page.evaluate(OVERFLOWS), f"{step} is wider than {size['width']}"
        if folder := os.environ.get("JOURNEYS"):
            picture = f"{self._name}-{self._steps:02}-{step}.png"
            self.page.screenshot(path=Path(folder) / picture, full_page=True)
        assert not self.heard, f"{step}: {self.heard}"


def hub_with(prepared: Path, folder: Path, **environ: str) -> Iterator[LiveHub]:
    """Run a hub as its first start leaves it."""
    shutil.copytree(prepared, folder)
    running = live.start(folder, "uvicorn", **environ)
    try:
        yield running
    finally:
        live.end(running)


@pytest.fixture(scope="module")
def journey_browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def hub(prepared: Path, tmp_path: Path) -> Iterator[LiveHub]:
    """A hub of the journey's own."""
    yield from hub_with(prepared, tmp_path / "data")


@pytest.fixture
def opens(journey_browser: Browser, hub: LiveHub, request: Any) -> Iterator[Opens]:
    """Open a window for somebody, in a browser of their own."""
    contexts = []

    def window(who: str = "admin") -> Window:
        context = journey_browser.new_context(viewport=WIDE, reduced_motion="reduce")
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        name = request.path.stem.removeprefix("test_")
        return Window(context.new_page(), hub, f"{name}-{who}")

    yield window
    for context in contexts:
        context.close()


def shell(hub: LiveHub, program: str) -> str:
    """Run a program beside a hub: what a journey begins with."""
    return hub.manage("shell", "-v", "0", "-c", program)
