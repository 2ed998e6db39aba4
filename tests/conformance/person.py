"""A person at a browser, played over HTTP: logs in, reads what is asked, and presses a button.

Whatever forms the pages have is filled in as it stands, so a page may change without this file: only
what the log-in is called, and the words on the buttons, are known here.
"""

import urllib.error
import urllib.request
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from urllib.parse import urlencode, urljoin

MOST_PAGES = 10
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


class Person:
    """Somebody with an account on the hub at `base`, and a browser with nothing in it."""

    def __init__(self, base: str, username: str, password: str) -> None:
        self._base, self._name, self._password = base, username, password
        jar = urllib.request.HTTPCookieProcessor(CookieJar())
        self._browser = urllib.request.build_opener(urllib.request.ProxyHandler({}), jar)

    def answer(self, url: str, button: str = "Allow") -> str:
        """Go to an address of the hub, press the button; return where the browser is sent in the end."""
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
                url, page = self._open(urljoin(url, asked.action), asked.pressed(button))
            else:
                break
        said = " ".join(Reader(page).text.split())[:200]
        raise Stuck(f"{url.partition('?')[0]}, which says: {said}")

    def _open(self, url: str, body: bytes | None = None) -> tuple[str, str]:
        """Return the address and the text of the page that a request ends on."""
        try:
            with self._browser.open(url, body, timeout=SECONDS) as page:
                return page.url, page.read().decode()
        except urllib.error.HTTPError as page:
            with page:
                return page.url, f"{page.code} {page.read().decode('utf-8', 'replace')}"


def _asks_password(form: Form) -> bool:
    return {"username", "password"} <= {name for name, _ in form.fields}
