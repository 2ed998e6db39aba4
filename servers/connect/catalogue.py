"""The table of clients, read from `clients.yaml` and held against what a client may say.

What is wrong in it stops the start with one sentence: a snippet that nobody could use must not wait
for the person who copies it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

FORMATS = ("shell", "json", "toml", "yaml", "python", "text", "link")
WAYS = ("login", "token", "open")
STEP_KEYS = frozenset({"say", "file", "only", "or", *FORMATS})
CLIENT_KEYS = frozenset(
    {
        *("id", "name", "hint", "group", "cloud", "unreached", "instead", "known"),
        *("ran", "documented", *WAYS),
    }
)
LINK_KEYS = (frozenset({"label", "to", "query"}), frozenset({"label", "to", "json"}))
PLACEHOLDER = re.compile(r"\{([a-z]+)\}")
PLACEHOLDERS = frozenset({"url", "slug", "label", "title", "token", "env"})
ONLY = frozenset({"private", "public", "plain"})


class CatalogueError(ValueError):
    """The table of clients says something that cannot be shown; the message names where."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: words, and at most one thing to copy or to click, as data.

    `instead` marks another way of doing the step before.
    """

    say: str = ""
    file: str = ""
    only: str = ""
    instead: bool = False
    format: str = ""
    body: Any = None


@dataclass(frozen=True, slots=True)
class Client:
    """An MCP client; `ways` holds the steps to log in, with a token, or where neither is needed."""

    id: str
    name: str
    hint: str
    group: str
    ways: Mapping[str, tuple[Step, ...]]
    cloud: str = ""
    unreached: str = ""
    instead: str = ""
    ran: str = ""
    documented: str = ""
    known: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All clients by their ids, and the headings they stand under, both in the file's order."""

    groups: Mapping[str, str]
    clients: Mapping[str, Client]

    def known(self, name: str) -> str:
        """Return the id of the client that goes by this name, its first pattern to fit; or nothing."""
        said = name.casefold()
        for client in self.clients.values():
            if any(fnmatchcase(said, pattern) for pattern in client.known):
                return client.id
        return ""


def read(text: str) -> Catalogue:
    """Return the catalogue that a file's text holds; CatalogueError says what is wrong in it."""
    table = yaml.safe_load(text)
    _expect(isinstance(table, dict) and set(table) == {"schemes", "groups", "clients"}, "the file")
    found: dict[str, Client] = {}
    for row in table["clients"]:
        client = _client(row, table)
        _expect(client.id not in found, f"{client.id} stands there twice")
        found[client.id] = client
    for client in found.values():
        _expect(client.instead in {"", *found}, f"{client.id}: instead")
    return Catalogue(table["groups"], found)


def _client(row: Mapping[str, Any], table: Mapping[str, Any]) -> Client:
    """Return a client, every key known and the needed ones there."""
    where = str(row.get("id", "a client without an id"))
    _expect(set(row) <= CLIENT_KEYS, f"{where}: keys {sorted(set(row) - CLIENT_KEYS)}")
    _expect(re.fullmatch(r"[a-z0-9][a-z0-9-]{0,40}", where) is not None, f"{where}: its id")
    _expect(row.get("group") in table["groups"], f"{where}: its group")
    _expect(("ran" in row) != ("documented" in row), f"{where}: either ran or documented")
    _expect("login" in row or {"token", "open"} <= set(row), f"{where}: login, or token and open")
    known = row.get("known", [])
    _expect(all(isinstance(each, str) and each == each.casefold() for each in known), where)
    fields = {name: str(value) for name, value in row.items() if name not in {*WAYS, "known"}}
    _expect(all(fields.get(name) for name in ("name", "hint")), f"{where}: name and hint")
    ways = {way: _steps(row[way], f"{where}, {way}", table) for way in WAYS if way in row}
    return Client(ways=ways, known=tuple(known), **fields)


def _steps(rows: Any, where: str, table: Mapping[str, Any]) -> tuple[Step, ...]:
    """Return the steps of one way, of which there is at least one."""
    _expect(isinstance(rows, list) and bool(rows), where)
    steps = tuple(_step(row, where, table) for row in rows)
    _expect(not steps[0].instead, f"{where}: its first step stands instead of none")
    return steps


def _step(row: Mapping[str, Any], where: str, table: Mapping[str, Any]) -> Step:
    """Return a step: words, and at most one thing of one format."""
    _expect(set(row) <= STEP_KEYS, f"{where}: keys {sorted(set(row) - STEP_KEYS)}")
    formats = [name for name in FORMATS if name in row]
    _expect(bool(row.get("say")) and len(formats) <= 1, f"{where}: what a step says and shows")
    _expect(row.get("only", "private") in ONLY, f"{where}: only")
    _expect(row.get("or", True) is True, f"{where}: or")
    _expect(_names(row) <= PLACEHOLDERS, f"{where}: {sorted(_names(row) - PLACEHOLDERS)}")
    if "link" in row:
        _check_link(row["link"], where, table["schemes"])
    if "python" in row:
        # A title may hold anything, and a string literal of JSON is one of Python for ASCII alone.
        _expect("title" not in _names(row["python"]), f"{where}: a title in code")
    format_ = formats[0] if formats else ""
    words = {name: str(row.get(name, "")) for name in ("say", "file", "only")}
    return Step(**words, instead="or" in row, format=format_, body=row.get(format_))


def _check_link(link: Mapping[str, Any], where: str, schemes: list[str]) -> None:
    """Let a page link to the listed schemes alone."""
    _expect(frozenset(link) in LINK_KEYS, f"{where}: the link's keys")
    _expect(link["to"].partition(":")[0] in schemes, f"{where}: the link's scheme")


def _names(value: Any) -> set[str]:
    """Return the placeholders anywhere in a value."""
    if isinstance(value, Mapping):
        return set().union(*map(_names, value), *map(_names, value.values()))
    if isinstance(value, list):
        return set().union(*map(_names, value))
    return set(PLACEHOLDER.findall(value)) if isinstance(value, str) else set()


def _expect(holds: bool, where: str) -> None:
    if not holds:
        raise CatalogueError(f"clients.yaml, {where}: this is not understood.")


CATALOGUE = read((Path(__file__).parent / "clients.yaml").read_text(encoding="utf-8"))
