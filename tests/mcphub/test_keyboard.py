"""A list and a form of the admin with the keyboard alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page as Tab

from tests.pictures import looking
from tests.pictures.table import Page

TOOLS = Page("tools", "/admin/catalog/tool/?q=finance", "admin")
FOCUSED = "(selector) => !!document.activeElement && document.activeElement.matches(selector)"
SEEN = """() => {
  const box = document.activeElement.getBoundingClientRect();
  const style = getComputedStyle(document.activeElement);
  return box.top >= 0 && box.bottom <= innerHeight && style.outlineStyle !== 'none';
}"""
MOST = 150
"""Presses of Tab after which something counts as out of reach."""

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def viewer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[looking.Viewer]:
    """A browser before a hub with something to see."""
    if not Path(looking.CHROMIUM).exists():
        pytest.skip(f"there is no {looking.CHROMIUM}")
    with looking.viewing(tmp_path_factory.mktemp("keyboard")) as viewer:
        yield viewer


@pytest.fixture
def tab(viewer: looking.Viewer) -> Iterator[Tab]:
    """The list of tools."""
    with viewer.tab(TOOLS, 1440, "light") as opened:
        opened.goto(viewer.scene.address(TOOLS), wait_until="networkidle")
        yield opened


def reach(tab: Tab, selector: str, key: str = "Tab") -> None:
    """Press Tab until it is there, and see that one sees where one is."""
    for _ in range(MOST):
        tab.keyboard.press(key)
        if tab.evaluate(FOCUSED, selector):
            assert tab.evaluate(SEEN), f"Nobody sees that {selector} has the keyboard."
            return
    raise AssertionError(f"{selector} is out of reach.")


def answered(tab: Tab, words: str) -> None:
    """Wait for the page that says so."""
    tab.get_by_text(words).first.wait_for()


def test_the_first_stop_leads_past_the_sidebar(tab: Tab) -> None:
    tab.keyboard.press("Tab")
    assert tab.evaluate(FOCUSED, ".hub-skip") and tab.evaluate(SEEN)
    tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")
    assert tab.evaluate(FOCUSED, "#content *")


def test_the_filters_open_lead_in_and_close(tab: Tab) -> None:
    reach(tab, "#hub-filters")
    tab.keyboard.press("Enter")
    tab.wait_for_function("document.activeElement.closest('#changelist-filter')")
    tab.keyboard.press("Escape")
    tab.wait_for_function("document.activeElement.id === 'hub-filters'")
    assert not tab.locator("#changelist-filter").is_visible()
    tab.keyboard.press("Enter")
    tab.wait_for_function("document.activeElement.closest('#changelist-filter')")
    reach(tab, "#changelist-filter a:not([aria-current])")
    tab.keyboard.press("Enter")
    tab.get_by_text("(in use)").wait_for()


def test_rows_are_selected_and_an_act_is_run(tab: Tab) -> None:
    reach(tab, "#result_list tbody tr:first-child input.action-select")
    tab.keyboard.press("Space")
    reach(tab, "select[name=action]", "Shift+Tab")
    tab.keyboard.type("Switch off")
    reach(tab, "button[name=index]")
    tab.keyboard.press("Enter")
    answered(tab, "1 tool switched off.")


def test_a_row_is_opened_edited_and_saved(tab: Tab) -> None:
    reach(tab, "#result_list tbody tr:first-child th a, #result_list tbody tr:first-child td a")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/change/**")
    reach(tab, "input[name=own_title]")
    tab.keyboard.press("Control+A")
    tab.keyboard.type("Typed by keyboard")
    reach(tab, "[name=_save]")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/catalog/tool/**")
    answered(tab, "was changed successfully")
