"""The consent page in Chromium: answers arrive, nothing else does."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.live import LiveHub
from tests.make import CHALLENGE

pytestmark = pytest.mark.browser
CHROMIUM = "/usr/bin/chromium"
FOCUSED = """() => {
  const at = document.activeElement, style = getComputedStyle(at);
  return [at.innerText || at.id, style.outlineStyle, parseFloat(style.outlineWidth)];
}"""
MAKE = """
from accounts.models import OAuthClient
OAuthClient.objects.create(
    name="A client", client_id={id!r}, redirect_uris={uri!r}, registration_source="dcr",
    client_type="public", authorization_grant_type="authorization-code",
)
"""
PUBLISH = """
from servers import services
for number in range(9):
    services.publish_server(
        actor=None, slug=f"many-{number}", title=f"Département {number}", visibility="public"
    )
"""


class Callback(BaseHTTPRequestHandler):
    """Where a client waits; it remembers who came, and from where they say they came."""

    def do_GET(self) -> None:
        if self.path != "/favicon.ico":
            self.server.came.append((self.path, self.headers.get("Referer")))  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>The client</title>")

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def callback() -> Iterator[ThreadingHTTPServer]:
    """A client's port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Callback)
    server.came = []  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


class Client:
    """A client of the hub, as its browser windows see it."""

    def __init__(self, hub: LiveHub, callback: ThreadingHTTPServer) -> None:
        self.hub, self.came = hub, callback.came  # type: ignore[attr-defined]
        self.uri = f"http://127.0.0.1:{callback.server_port}/callback"
        hub.manage("shell", "-c", MAKE.format(id="app", uri=self.uri))

    def asks(self, **changes: str) -> str:
        """The address it opens."""
        said = {
            "response_type": "code",
            "client_id": "app",
            "redirect_uri": self.uri,
            "state": "canary",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            "resource": f"{self.hub.url}/mcp/demo",
        }
        return f"{self.hub.url}/authorize?{urlencode({**said, **changes})}"

    def told(self, page: Page) -> dict[str, list[str]]:
        """What it is told by the one who comes back, whose Referer tells nothing."""
        page.wait_for_url(f"{self.uri}?**")
        path, referer = self.came[-1]
        assert referer is None
        return parse_qs(urlsplit(path).query)


@pytest.fixture(scope="module")
def app(live_hub: LiveHub, callback: ThreadingHTTPServer) -> Client:
    return Client(live_hub, callback)


def log_in(page: Page) -> None:
    """Fill in the form that is shown."""
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill("a password for a test")
    page.get_by_role("button", name="Log in").click()


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def window(request, browser: Browser, app: Client) -> Iterator[Page]:
    """A window where somebody logged in, with and without JavaScript."""
    with browser.new_context(java_script_enabled=request.param) as context:
        page = context.new_page()
        page.goto(f"{app.hub.url}/login/")
        log_in(page)
        page.wait_for_url(f"{app.hub.url}/")
        yield page


@pytest.fixture
def scripted(browser: Browser, app: Client) -> Iterator[Page]:
    """A window with JavaScript where somebody logged in."""
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{app.hub.url}/login/")
        log_in(page)
        page.wait_for_url(f"{app.hub.url}/")
        yield page


@pytest.mark.parametrize(("button", "said"), [("Allow", "code"), ("Deny", "error")])
def test_answer_arrives_at_another_port(window, app, button, said):
    window.goto(app.asks())
    window.get_by_role("button", name=button, exact=True).click()
    told = app.told(window)
    assert said in told and told["state"] == ["canary"] and told["iss"] == [app.hub.url]


def test_log_in_leads_to_the_page_and_the_page_to_the_client(browser, app):
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(app.asks())
        assert page.get_by_role("heading", level=1).inner_text() == (
            "Log in to connect A client to this hub"
        )
        log_in(page)
        page.get_by_role("button", name="Allow", exact=True).click()
        assert "code" in app.told(page)


def test_error_after_log_in_arrives_too(browser, app):
    """The log-in form's own answer leads on to the client, which its policy must let it."""
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(app.asks(response_type="token"))
        log_in(page)
        assert app.told(page)["error"] == ["unsupported_response_type"]


def test_page_is_not_shown_in_a_frame(scripted, app):
    scripted.goto(app.uri)
    with scripted.expect_console_message(lambda said: "frame-ancestors" in said.text):
        scripted.set_content(f'<iframe src="{app.asks()}"></iframe>')
    assert scripted.frames[-1].get_by_role("button").count() == 0


def test_keyboard_alone_is_enough_and_shows_where_it_is(window, app):
    window.goto(app.asks())
    seen = []
    while "Allow" not in seen and len(seen) < 30:
        window.keyboard.press("Tab")
        name, style, width = window.evaluate(FOCUSED)
        assert style != "none" and width >= 2, name
        seen.append(name)
    assert {"scope-1", "scope-2", "scope-3", "scope-4"} <= set(seen)
    window.keyboard.press("Enter")
    assert "code" in app.told(window)


@pytest.mark.parametrize("box", ["Read", "Destroy"])
def test_enter_in_a_box_answers_nothing(scripted, app, box):
    scripted.goto(app.asks())
    scripted.get_by_role("checkbox", name=box).press("Enter")
    scripted.get_by_role("button", name="Deny", exact=True).click()
    assert app.told(scripted)["error"] == ["access_denied"]


def test_enter_in_a_box_without_scripts_shows_the_page_again(browser, app):
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(app.asks())
        log_in(page)
        page.get_by_role("checkbox", name="Destroy").check()
        page.get_by_role("checkbox", name="Prompts").press("Enter")
        assert page.get_by_role("alert").inner_text() == "Choose Allow or Deny."
        assert page.get_by_role("checkbox", name="Destroy").is_checked()
        page.get_by_role("button", name="Deny", exact=True).click()
        assert app.told(page)["error"] == ["access_denied"]


def test_back_button_answers_nothing_and_asks_anew(window, app):
    window.goto(app.asks())
    page = window.locator("[name=page]")
    answered = page.get_attribute("value")
    window.get_by_role("button", name="Allow", exact=True).click()
    app.told(window)
    came = len(app.came)
    window.go_back()
    assert page.get_attribute("value") != answered
    assert len(app.came) == came


def test_double_click_is_one_answer(scripted, app):
    scripted.goto(app.asks())
    scripted.get_by_role("button", name="Allow", exact=True).dblclick(no_wait_after=True)
    assert "code" in app.told(scripted)


def test_boxes_show_what_a_scope_includes(scripted, app):
    scripted.goto(app.asks())
    box = {
        name: scripted.get_by_role("checkbox", name=name) for name in ("Read", "Write", "Destroy")
    }
    for each in box.values():
        each.uncheck()
    box["Destroy"].check()
    assert all(each.is_checked() for each in box.values())
    box["Read"].uncheck()
    assert not any(each.is_checked() for each in box.values())


def test_popup_can_still_speak_to_the_page_that_opened_it(scripted, app):
    scripted.goto(app.uri)
    with scripted.expect_popup() as opened:
        scripted.evaluate("address => { open(address); }", app.asks())
    popup = opened.value
    popup.get_by_role("button", name="Allow", exact=True).click()
    app.told(popup)
    assert popup.evaluate("window.opener !== null")


def test_who_is_somebody_else_logs_out_and_comes_back(window, app):
    window.goto(app.asks())
    window.get_by_role("button", name="Not you? Log out").click()
    window.get_by_role("heading", name="Log in to connect A client").wait_for()
    log_in(window)
    window.get_by_role("button", name="Allow", exact=True).wait_for()


def test_wrong_answer_is_told_on_the_page_and_can_be_put_right(window, app):
    window.goto(app.asks(resource=""))
    for each in window.get_by_role("checkbox").all():
        each.uncheck()
    window.get_by_role("radio").first.check()
    window.get_by_role("button", name="Allow", exact=True).click()
    assert "at least one thing" in window.get_by_role("alert").inner_text()
    window.get_by_role("checkbox", name="Read").check()
    window.get_by_role("button", name="Allow", exact=True).click()
    assert "code" in app.told(window)


@pytest.fixture(scope="module")
def many(app: Client) -> None:
    """More servers than one looks through."""
    app.hub.manage("shell", "-c", PUBLISH)


def test_long_list_of_servers_is_narrowed_and_what_is_chosen_stays(many, scripted, app):
    scripted.goto(app.asks(resource=""))
    chosen = scripted.get_by_role("radio", name="Département 3")
    chosen.check()
    scripted.get_by_role("searchbox", name="Find a server").fill("DEPARTEMENT 7")
    assert scripted.get_by_role("radio").count() == 2 and chosen.is_visible()
    assert scripted.locator("[data-filter-told]").inner_text().startswith("1 of ")
    scripted.get_by_role("searchbox").press("Enter")
    scripted.get_by_role("button", name="Allow", exact=True).click()
    assert "code" in app.told(scripted)


def test_server_that_has_yet_to_be_chosen_is_not_hidden_by_what_was_typed(many, scripted, app):
    scripted.goto(app.asks(resource=""))
    scripted.get_by_role("searchbox").fill("nothing like it")
    assert scripted.locator("[data-filter-told]").inner_text().startswith("None of ")
    scripted.get_by_role("button", name="Allow", exact=True).click()
    assert scripted.get_by_role("radio").count() > 9
    scripted.get_by_role("radio", name="Département 7").check()
    scripted.get_by_role("button", name="Allow", exact=True).click()
    assert "code" in app.told(scripted)


def test_long_list_of_servers_is_whole_without_scripts(many, browser, app):
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(app.asks(resource=""))
        log_in(page)
        assert page.get_by_role("searchbox").count() == 0
        page.get_by_role("radio", name="Département 7").check()
        page.get_by_role("button", name="Allow", exact=True).click()
        assert "code" in app.told(page)


def test_nothing_of_the_page_is_refused_by_its_policy(scripted, app):
    heard: list[str] = []
    scripted.on("console", lambda message: heard.append(message.text))
    scripted.goto(app.asks())
    scripted.get_by_role("button", name="Allow", exact=True).click()
    app.told(scripted)
    assert heard == []
