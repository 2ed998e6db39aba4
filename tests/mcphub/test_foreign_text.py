"""What anybody said is text on every page: scripts, templates, attributes and addresses in it do nothing."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from accounts.models import User
from tests import live
from tests.admin_pages import text
from tests.hostile import MARK, PAYLOADS, addresses, judged, poison
from tests.mcphub.test_admin_pages import fill
from tests.pictures import looking


@pytest.fixture
def poisoned(alice: User) -> None:
    """Payloads in every text field of every row."""
    fill(len(PAYLOADS), alice)
    poison()


def test_no_page_takes_what_was_said_for_markup(
    poisoned: None, alice: User, client: Client
) -> None:
    client.force_login(alice)
    wrong, seen = [], 0
    for address in addresses(alice):
        answer = client.get(address)
        if answer.status_code != 200:
            assert answer.status_code in (302, 403, 404), address
            continue
        if not answer["Content-Type"].startswith("text/html"):
            continue
        seen += MARK in text(answer)
        wrong += [(address, found) for found in judged(text(answer))]
    assert wrong == []
    assert seen > 40, "The payloads stand on too few pages for this to say anything."


@pytest.mark.parametrize("payload", PAYLOADS)
def test_search_shows_what_was_searched_for_as_text(
    payload: str, poisoned: None, alice: User, client: Client
) -> None:
    client.force_login(alice)
    for address in ("/admin/catalog/tool/", "/admin/servers/stop/add/?kind=entry&", "/"):
        answer = client.get(address, {"q": payload})
        assert judged(text(answer)) == []


def test_the_judge_sees_what_is_wrong() -> None:
    for html in (
        f"<p>{PAYLOADS[0]}",
        f'<a title="{PAYLOADS[1]}">',
        f"<a title='{PAYLOADS[2]}'>",
        f'<a href="{PAYLOADS[4]}">',
        f"<p x-data=\"{{a: '{MARK}'}}\">",
        f"<script>var a = '{MARK}'</script>",
        f"<p>{MARK}49",
    ):
        assert judged(html), html
    assert not judged(f"<p title='{MARK}'>&lt;script&gt;{MARK}{{{{7*7}}}}")


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[live.LiveHub]:
    """A hub of its own."""
    if not Path(looking.CHROMIUM).exists():
        pytest.skip(f"there is no {looking.CHROMIUM}")
    started = looking.start(tmp_path)
    try:
        yield started
    finally:
        live.end(started)


@pytest.mark.browser
def test_a_browser_runs_loads_and_draws_nothing_of_what_was_said(hub: live.LiveHub) -> None:
    command = [sys.executable, "-m", "tests.hostile"]
    done = subprocess.run(command, env=hub.environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    scene = json.loads(done.stdout)
    wrong: list[str] = []
    with looking.chromium() as browser:
        context = browser.new_context()
        context.add_cookies([{"name": scene["cookie"], "value": scene["session"], "url": hub.url}])
        tab = context.new_page()
        _listen(tab, hub.url, wrong)
        for address in scene["addresses"]:
            wrong.append(address)
            tab.goto(f"{hub.url}{address}", wait_until="load")
            if tab.locator(f"[data-{MARK}]").count():
                wrong.append("drew an element of a payload")
            if wrong[-1] == address:
                wrong.pop()
        context.close()
    assert wrong == []


def _listen(tab: Any, here: str, wrong: list[str]) -> None:
    """Write down each dialog, each complaint, and each request that leads away."""

    def asked(request: Any) -> None:
        there = urlsplit(request.url)
        if there.scheme not in ("data", "blob") and not request.url.startswith(here):
            wrong.append(f"asked {request.url}")

    def dialog(opened: Any) -> None:
        wrong.append(f"dialog: {opened.message}")
        opened.dismiss()

    def heard(message: Any) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            wrong.append(f"console: {message.text}")

    tab.on("dialog", dialog)
    tab.on("console", heard)
    tab.on("pageerror", lambda error: wrong.append(f"script: {error}"))
    tab.on("request", asked)
