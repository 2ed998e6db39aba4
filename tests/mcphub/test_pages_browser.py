"""What only a browser shows of pages: what is pressed twice, sent, copied, left open or too long."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import Page as Tab

from tests.pictures import looking
from tests.pictures.table import Page

HEARD = """() => {
  window.heard = [];
  const status = document.querySelector("[data-copied]");
  new MutationObserver(() => window.heard.push(status.textContent))
    .observe(status, { childList: true });
}"""
LONG = """() => {
  const row = document.querySelector("#result_list tbody tr");
  row.querySelector(".field-server").textContent = "christina.underwood";
  row.querySelector(".field-why").textContent = "x".repeat(200) + " " + "long words ".repeat(40);
  const range = document.createRange();
  const lines = (cell) => (range.selectNodeContents(cell), range.getClientRects().length);
  const table = document.querySelector("#result_list");
  return [".field-server", ".field-created_at"].map((each) => lines(row.querySelector(each)))
    .concat(table.scrollWidth <= table.parentElement.clientWidth);
}"""
OPEN = "() => document.querySelector('.menu').open"
TOKENS = "/me/tokens/"

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def viewer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[looking.Viewer]:
    """A browser before a hub with something to see."""
    if not Path(looking.CHROMIUM).exists():
        pytest.skip(f"there is no {looking.CHROMIUM}")
    with looking.viewing(tmp_path_factory.mktemp("scripts")) as viewer:
        yield viewer


def opened(viewer: looking.Viewer, path: str, who: str) -> AbstractContextManager[Tab]:
    """A window of somebody who is logged in."""
    return viewer.tab(Page("script", path, who), 1440, "light")


def test_answer_that_opens_an_app_says_so_and_can_be_given_once(viewer):
    with opened(viewer, "{consent_app}", "three") as tab:
        sent: list[str] = []
        tab.on("request", lambda asked: sent.append(asked.method))
        tab.goto(viewer.scene.address(Page("app", "{consent_app}")))
        allow = tab.get_by_role("button", name="Allow", exact=True)
        allow.click()
        told = tab.get_by_text("Sent to the app. You may close this page.")
        told.wait_for()
        assert told.get_attribute("role") == "status"
        assert allow.is_disabled() and tab.get_by_role("button", name="Deny").is_disabled()
        assert sent.count("POST") == 1


def test_page_left_open_says_that_one_is_logged_in_no_longer(viewer):
    with opened(viewer, "", "three") as tab:
        tab.goto(f"{viewer.scene.hub.url}/connect/warehouse/")
        tab.context.clear_cookies()
        tab.get_by_text("You are no longer logged in.").wait_for()
        link = tab.get_by_role("status").get_by_role("link", name="Log in")
        assert link.get_attribute("href") == "/login/?next=/connect/warehouse/"
        tiles = tab.locator("[data-refresh]")
        assert tiles.evaluate("part => getComputedStyle(part).opacity") == "1"
        assert tiles.get_by_role("link").count() > 10


def test_menu_closes_on_escape_and_on_a_click_elsewhere(viewer):
    with opened(viewer, "", "three") as tab:
        tab.goto(f"{viewer.scene.hub.url}/")
        button = tab.locator(".menu summary")
        button.click()
        assert tab.evaluate(OPEN)
        tab.get_by_role("link", name="Change password").focus()
        tab.keyboard.press("Escape")
        assert not tab.evaluate(OPEN)
        assert button.evaluate("button => button === document.activeElement")
        button.click()
        tab.get_by_role("heading", level=1).click()
        assert not tab.evaluate(OPEN)


def test_copying_is_heard_each_time(viewer):
    with opened(viewer, "", "three") as tab:
        tab.goto(f"{viewer.scene.hub.url}/connect/warehouse/")
        tab.evaluate(HEARD)
        for number in (1, 2):
            tab.get_by_role("button").and_(tab.locator("[data-copy]")).click()
            tab.wait_for_function(
                "most => window.heard.filter(Boolean).length === most", arg=number
            )


def test_list_leaves_names_and_dates_whole_and_breaks_what_has_no_blank(viewer):
    requests = "/admin/servers/accessrequest/"
    with opened(viewer, requests, "admin") as tab:
        tab.goto(f"{viewer.scene.hub.url}{requests}", wait_until="networkidle")
        assert tab.evaluate(LONG) == [1, 1, True]


@pytest.mark.parametrize("scripts", [True, False])
def test_token_whose_button_is_pressed_twice_is_one(viewer, scripts):
    scene = viewer.scene
    name = "once" if scripts else "once without scripts"
    with viewer.browser.new_context(java_script_enabled=scripts) as context:
        cookie = {"name": scene.cookie, "value": scene.sessions["minting"], "url": scene.hub.url}
        context.add_cookies([cookie])
        tab = context.new_page()
        tab.goto(f"{scene.hub.url}{TOKENS}")
        tab.get_by_label("Name").fill(name)
        tab.get_by_role("button", name="Make token").dblclick()
        told = tab.get_by_text("is ready")
        (told if scripts else told.or_(tab.get_by_text("was made already"))).wait_for()
        tab.goto(f"{scene.hub.url}{TOKENS}")
        assert tab.get_by_role("heading", name=name, exact=True).count() == 1
