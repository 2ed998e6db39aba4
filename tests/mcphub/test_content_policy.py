"""What browsers may load and run: strict everywhere, a little less under /admin/, nothing from afar."""

from html.parser import HTMLParser

import pytest
from django.test import Client

from accounts.content_policy import STRICT
from accounts.models import User
from mcphub.middleware import ADMIN, ADMIN_HEADER, FOR_ADMIN, STRICT_HEADER
from tests.admin_pages import text
from tests.hostile import addresses
from tests.mcphub.test_admin_pages import fill

LOADED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "audio": "src"}
DATA = "data:"


class Reader(HTMLParser):
    """Reads a page, and says what of it the strict policy would not let be."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self.foreign: list[str] = []
        self._script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at what an element loads, runs and how it is dressed."""
        said = {name: value or "" for name, value in attrs}
        self._script = tag == "script" and "src" not in said and "json" not in said.get("type", "")
        self.scripts += [f"<{tag} {name}>" for name in said if name.startswith("on")]
        self.styles += [f"<{tag} style>"] if tag == "style" or "style" in said else []
        loaded = said.get("href" if tag == "link" else LOADED.get(tag, ""), "")
        if loaded and not (_local(loaded) or (loaded.startswith(DATA) and tag == "img")):
            self.foreign.append(f"<{tag}> {loaded}")

    def handle_data(self, data: str) -> None:
        """Look at what stands in a script."""
        self.scripts += [data.strip()] if self._script and data.strip() else []

    def handle_endtag(self, tag: str) -> None:
        """Leave an element."""
        self._script = False


def _local(address: str) -> bool:
    return address.startswith("/") and not address.startswith("//")


def read(html: str) -> Reader:
    """Return what a reader found."""
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader


def test_the_admin_is_let_three_things_more_and_no_other_page() -> None:
    more = {name: FOR_ADMIN[name] for name in FOR_ADMIN if FOR_ADMIN[name] != STRICT.get(name)}
    assert more == {
        "script-src": "'self' 'unsafe-eval'",
        "style-src": "'self' 'unsafe-inline'",
        "media-src": "data:",  # sounds that a tool gave, in the playground
    }


def test_every_page_keeps_to_its_policy_and_loads_from_here_alone(
    alice: User, client: Client
) -> None:
    fill(2, alice)
    client.force_login(alice)
    seen, wrong = 0, []
    for address in [*addresses(alice), "/admin/nosuch/", "/nosuch/", "/login/", "/me/password/"]:
        answer = client.get(address)
        policy = ADMIN_HEADER if address.startswith(ADMIN) else STRICT_HEADER
        if answer["Content-Security-Policy"] != policy:
            wrong.append((address, answer["Content-Security-Policy"]))
        if not answer.get("Content-Type", "").startswith("text/html"):
            continue
        seen += 1
        found = read(text(answer))
        wrong += [(address, each) for each in (*found.scripts, *found.foreign)]
        wrong += [] if address.startswith(ADMIN) else [(address, each) for each in found.styles]
    assert wrong == []
    assert seen > 100


@pytest.mark.parametrize("path", ["/administrator/", "/admin", "/me/tokens/?next=/admin/"])
def test_what_only_looks_like_the_admin_has_the_strict_policy(
    path: str, alice: User, client: Client
) -> None:
    client.force_login(alice)
    assert client.get(path)["Content-Security-Policy"] == STRICT_HEADER


def test_the_reader_sees_what_is_wrong() -> None:
    assert read("<p onclick='a()'>").scripts and read("<script>a()</script>").scripts
    assert read("<p style='a'>").styles and read("<style>a</style>").styles
    for html in (
        "<script src='//cdn.example/a.js'>",
        "<link href='https://fonts.example/a.css'>",
        "<img src='http://a.example/a.png'>",
    ):
        assert read(html).foreign
    fine = read("<script src='/static/a.js'></script><script type='application/json'>{}</script>")
    assert not (fine.scripts or fine.foreign)
