"""`python -m tests.clients.logins.browsing PLAN ADDRESS`: a person's browser, opened at an address.

The plan, a file, says who the person is and what they do at their first visit, the second, and so on;
afterwards they press Allow as the page stands. Chromium fills in and clicks what is on the page;
otherwise the forms are played over HTTP. Each visit is added to the plan's log.
"""

import fcntl
import json
import ssl
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.clients.logins.played import Inward
from tests.person import Person, arrive

SECONDS = 30.0
CHROMIUM = "/usr/bin/chromium"


def main(plan_file: str, address: str) -> None:
    """Do what the plan says for this visit."""
    plan = json.loads(Path(plan_file).read_text())
    with Path(plan["log"]).open("a+") as log:
        fcntl.flock(log, fcntl.LOCK_EX)
        log.seek(0)
        turn = len(log.readlines())
        does = {"button": "Allow", "ticks": None}
        if turn < len(plan["does"]):
            does = plan["does"][turn]
        back = (
            by_http(plan, address, does) if not plan["chromium"] else clicked(plan, address, does)
        )
        asked = dict(parse_qsl(urlsplit(address).query))
        log.write(json.dumps({"asked": asked, "back": back}) + "\n")
    if not plan["chromium"]:
        arrive(back)


def by_http(plan: dict[str, Any], address: str, does: dict[str, Any]) -> str:
    """Play the forms over HTTP; return where the browser is sent."""
    file = plan["authority"]
    inward = [Inward(ssl.create_default_context(cafile=file))] if file else []
    person = Person(plan["base"], *plan["person"], *inward)
    return person.answer(address, does["button"], does["ticks"])


def clicked(plan: dict[str, Any], address: str, does: dict[str, Any]) -> str:
    """Fill in and click in Chromium; return where the browser was sent, once it has been there."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  (seconds that HTTP need not wait)

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.set_default_timeout(SECONDS * 1000)
        page.goto(address)
        page.get_by_label("Username").fill(plan["person"][0])
        page.get_by_label("Password").fill(plan["person"][1])
        page.get_by_role("button", name="Log in").click()
        page.get_by_role("button", name=does["button"], exact=True).wait_for()
        if does["ticks"] is not None:
            for box in page.locator("input[name=scopes]").all():
                box.set_checked(box.get_attribute("value") in does["ticks"])
        with page.expect_request(lambda sent: not sent.url.startswith(plan["base"])) as leaving:
            page.get_by_role("button", name=does["button"], exact=True).click()
        left = leaving.value
        left.response()
        browser.close()
    return str(left.url)


if __name__ == "__main__":
    main(*sys.argv[1:])
