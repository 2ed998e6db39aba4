"""One whole journey by keys alone: log in, compose a server, publish, rename, save; focus is always seen."""

import pytest
from playwright.sync_api import Page

from tests.hub import STATELESS
from tests.journey import FOCUS, PASSWORD
from tests.live_client import Client

pytestmark = pytest.mark.browser
MOST_TABS = 120
AT = """() => {
  const at = document.activeElement;
  if (at === document.body) return "";
  const label = at.labels && at.labels[0] ? at.labels[0].innerText : "";
  const seen = at.cloneNode(true);
  for (const sign of seen.querySelectorAll(".material-symbols-outlined")) sign.remove();
  const words = seen.innerText.trim() || at.innerText || at.title || "";
  return (at.getAttribute("aria-label") || label || words).trim();
}"""
WHAT = "document.activeElement.outerHTML.slice(0, 300)"


class Keys:
    """Somebody without a mouse."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def reach(self, words: str) -> None:
        """Tab on until what has the focus begins with these words; it is seen at each stop."""
        passed = []
        for _ in range(MOST_TABS):
            if self._page.evaluate(AT).startswith(words):
                return
            self._page.keyboard.press("Tab")
            if self._page.evaluate("document.activeElement === document.body"):
                continue  # between the end of the page and its beginning
            at = self._page.evaluate(AT)
            passed.append(at)
            assert self._page.evaluate(FOCUS), f"not seen: {self._page.evaluate(WHAT)}"
        raise AssertionError(f"no {words!r} among {passed}")

    def type(self, label: str, text: str) -> None:
        """Write into a field, in the place of what is there."""
        self.reach(label)
        self._page.keyboard.press("Control+A")
        self._page.keyboard.type(text)

    def go(self, words: str, key: str = "Enter") -> None:
        """Press a button or follow a link, and wait for the page it leads to."""
        self.reach(words)
        with self._page.expect_navigation():
            self._page.keyboard.press(key)


def test_server_is_composed_without_a_mouse(hub, opens):
    window = opens()
    page = window.open("/login/")
    keys = Keys(page)
    keys.type("Username", "admin")
    keys.type("Password", PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    keys.go("Admin")
    keys.go("Servers")
    keys.go("Add server")
    keys.type("Title", "By hand")
    keys.reach("Team")
    page.keyboard.press("ArrowUp")
    keys.go("Save")
    keys.go("Choose tools")
    keys.type("Search", "ech")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    keys.reach("echo")
    page.keyboard.press("Space")
    keys.type("Exposed name of echo", "say_again")
    keys.go("Publish what is ticked")
    client = Client(hub, "by-hand", "", STATELESS)
    assert [tool["name"] for tool in client.ask("tools/list")["result"]["tools"]] == ["say_again"]
    keys.type("Exposed name of echo", "repeat")
    keys.go("Save names and places")
    assert [tool["name"] for tool in client.ask("tools/list")["result"]["tools"]] == ["repeat"]
    window.seen("composed")
