"""A person at a browser, played over HTTP: logs in, reads what is asked, and presses a button.

Whatever forms the pages have is filled in as it stands, so a page may change without this file: only
what the log-in is called, and the words on the buttons, are known here.
"""

import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from typing import Any
from urllib.parse import urlencode, urljoin

MOST_PAGES = 10
MOST_TRIES = 20_000
"""How often a person's browser knocks at a port where nobody listens yet."""
REDIRECTS = {301, 302, 303, 307, 308}
SECONDS = 20.0
CHECKED = {"checkbox", "radio"}
"""Fields that say something only if they are checked."""


class Stuck(Exception):
    """A page that the person cannot get on from; the text is its address and what it says."""


@dataclass
class Form:
    """A form as it stands: what is filled in, and the name and value of each button by its words."""

    action: str = ""
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict)

    def pressed(self, words: str, **typed: str) -> bytes:
        """Return what is sent when that button is pressed."""
        kept = [pair for pair in self.fields if pair[0] not in typed]
        button = [pair for pair in [self.buttons.get(words, ("", ""))] if pair[0]]
        return urlencode([*kept, *typed.items(), *button]).encode()


class Reader(HTMLParser):
    """Finds the forms of a page, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.text = ""
        self._open: Form | None = None
        self._button: tuple[str, str] | None = None
        self._words = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a form, a field or a button."""
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Form(said.get("action", ""))
            self.forms.append(self._open)
        elif tag == "button":
            self._button, self._words = (said.get("name", ""), said.get("value", "")), ""
        elif tag == "input" and self._open is not None and said.get("name"):
            self._field(self._open, said)

    def _field(self, form: Form, said: dict[str, str]) -> None:
        """Note an input; one that is a button has its words in its value."""
        kind, pair = said.get("type", "text"), (said["name"], said.get("value", ""))
        if kind == "submit":
            form.buttons[pair[1]] = pair
        elif kind not in CHECKED:
            form.fields.append(pair)
        elif "checked" in said:
            form.fields.append((pair[0], said.get("value", "on")))

    def handle_data(self, data: str) -> None:
        """Note what is written."""
        self.text += data
        self._words += data

    def handle_endtag(self, tag: str) -> None:
        """Note the end of a button, or of a form."""
        if tag == "button" and self._button is not None:
            if self._open is not None:
                self._open.buttons[" ".join(self._words.split())] = self._button
            self._button = None
        elif tag == "form":
            self._open = None


class Stays(urllib.request.HTTPRedirectHandler):
    """Follows redirects within the hub; where else one leads is for the person to say."""

    def __init__(self, base: str) -> None:
        self._base = base

    def redirect_request(
        self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        """Return the next request, or None for an address that is not the hub's."""
        if not newurl.startswith(f"{self._base}/"):
            return None
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class Person:
    """Somebody with an account on the hub at `base`, and a browser with nothing in it.

    `handlers` reach a hub that a plain browser would not.
    """

    def __init__(
        self, base: str, username: str, password: str, *handlers: urllib.request.BaseHandler
    ) -> None:
        self._base, self._name, self._password = base, username, password
        jar = urllib.request.HTTPCookieProcessor(CookieJar())
        none = urllib.request.ProxyHandler({})
        self._browser = urllib.request.build_opener(none, jar, Stays(base), *handlers)

    def answer(self, url: str, button: str = "Allow", ticks: Sequence[str] | None = None) -> str:
        """Go to an address of the hub, press the button; return where the browser is sent in the end.

        `ticks` are the scopes to tick, those that the page has ticked if None.
        """
        url, page = self._open(url)
        for _ in range(MOST_PAGES):
            if not url.startswith(f"{self._base}/"):
                return url
            forms = Reader(page).forms
            login = next((each for each in forms if _asks_password(each)), None)
            asked = next((each for each in forms if button in each.buttons), None)
            if login is not None:
                typed = {"username": self._name, "password": self._password}
                url, page = self._open(urljoin(url, login.action), login.pressed("", **typed))
            elif asked is not None:
                sent = _ticked(asked, ticks).pressed(button)
                url, page = self._open(urljoin(url, asked.action), sent)
            else:
                break
        said = " ".join(Reader(page).text.split())[:200]
        raise Stuck(f"{url.partition('?')[0]}, which says: {said}")

    def _open(self, url: str, body: bytes | None = None) -> tuple[str, str]:
        """Return address and text of the page that a request ends on; of a page elsewhere no text."""
        # Browsers say with a form where it stands.
        request = urllib.request.Request(url, body, {"Origin": self._base} if body else {})
        try:
            with self._browser.open(request, timeout=SECONDS) as page:
                return page.url, page.read().decode()
        except urllib.error.HTTPError as page:
            with page:
                if page.code in REDIRECTS:
                    return urljoin(page.url, page.headers["location"]), ""
                return page.url, f"{page.code} {page.read().decode('utf-8', 'replace')}"


def arrive(url: str) -> None:
    """Open an address that a person was sent to on this machine, as their browser does.

    A program that is slower than the person is waited for: people are not that fast.
    """
    browser = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for _ in range(MOST_TRIES):
        try:
            browser.open(url, timeout=SECONDS).close()
        except urllib.error.HTTPError as refused:
            refused.close()
        except urllib.error.URLError as error:
            if isinstance(error.reason, ConnectionRefusedError):
                continue
            raise
        return
    raise Stuck(f"{url.partition('?')[0]}, where nobody listens")


def _asks_password(form: Form) -> bool:
    return {"username", "password"} <= {name for name, _ in form.fields}


def _ticked(form: Form, ticks: Sequence[str] | None) -> Form:
    """Return a form with these scopes ticked, as it stands if None."""
    if ticks is None:
        return form
    others = [pair for pair in form.fields if pair[0] != "scopes"]
    return replace(form, fields=[*others, *(("scopes", scope) for scope in ticks)])
