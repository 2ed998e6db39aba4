"""Forms on HTML pages, as a browser without scripts sends them. Pure."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin

MOST_FIELDS = 500


@dataclass(slots=True)
class Form:
    """A form: where it goes, what it sends unchanged, and its buttons by the words on them."""

    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict)
    passwords: list[str] = field(default_factory=list)

    def target(self, page: str) -> str:
        """Return where it goes, sent from a page."""
        return urljoin(page, self.action) if self.action else page

    def filled(self, values: dict[str, str], button: str = "") -> bytes:
        """Return what is sent with some values filled in, and a button pressed."""
        kept = [(name, value) for name, value in self.fields if name not in values]
        pressed = [self.buttons[button]] if button and self.buttons[button][0] else []
        return urlencode([*kept, *values.items(), *pressed]).encode()


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its forms, and its heading."""

    forms: tuple[Form, ...]
    heading: str

    def form_with_password(self) -> Form | None:
        """Return the form that asks for a password."""
        return next((form for form in self.forms if form.passwords), None)

    def form_with_button(self, words: str) -> Form | None:
        """Return the form with this button."""
        return next((form for form in self.forms if words in form.buttons), None)


def read_page(html: str) -> Page:
    """Return what a page offers to fill in."""
    reader = _Reader()
    reader.feed(html)
    return Page(tuple(reader.forms), " ".join(" ".join(reader.heading).split()))


class _Reader(HTMLParser):
    """Gathers forms while it reads."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.heading: list[str] = []
        self._form: Form | None = None
        self._button: tuple[str, str] | None = None
        self._words: list[str] | None = None
        self._in_heading = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a form, a field or a button."""
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(said.get("action", ""), said.get("method", "get").lower())
            self.forms.append(self._form)
        elif tag == "h1":
            self._in_heading = True
        elif self._form is not None and len(self._form.fields) < MOST_FIELDS:
            self._field(tag, said, self._form)

    def _field(self, tag: str, said: dict[str, str], form: Form) -> None:
        kind, name, value = said.get("type", "").lower(), said.get("name", ""), said.get("value")
        if tag == "button":
            self._button, self._words = (name, value or ""), []
        elif tag == "input" and kind == "submit":
            form.buttons[value or ""] = (name, value or "")
        elif tag == "input" and kind == "password":
            form.passwords.append(name)
        elif tag == "input" and name and (kind not in ("checkbox", "radio") or "checked" in said):
            form.fields.append(
                (name, "on" if value is None and kind == "checkbox" else value or "")
            )

    def handle_endtag(self, tag: str) -> None:
        """End a form, a button or the heading."""
        if tag == "form":
            self._form = None
        elif tag == "h1":
            self._in_heading = False
        elif tag == "button" and self._button is not None and self._words is not None:
            if self._form is not None:
                self._form.buttons[" ".join("".join(self._words).split())] = self._button
            self._button = self._words = None

    def handle_data(self, data: str) -> None:
        """Take the words of a button, or of the first heading."""
        if self._words is not None:
            self._words.append(data)
        elif self._in_heading:
            self.heading.append(data)
