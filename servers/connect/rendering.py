"""A client's steps with a server's address in them: what a page shows, and nothing else decides it."""

import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from servers.connect import quoting
from servers.connect.catalogue import PLACEHOLDER, Client, Step

TOKEN = "TOKEN"
"""What stands where a token belongs: the hub does not have its text any more."""
UNENCRYPTED = frozenset({"localhost", "127.0.0.1"})
"""Where clients that insist on https go without it unasked: by these two names, no others."""
MARKED = re.compile(r"`([^`]+)`|\*\*([^*]+)\*\*")

WRITERS: dict[str, Callable[[Any], str]] = {
    "shell": quoting.shell,
    "json": quoting.indented,
    "toml": quoting.toml,
    "yaml": quoting.as_yaml,
    "text": str,
    "python": str,
}


@dataclass(frozen=True, slots=True)
class Target:
    """The server to connect to; a public one needs neither a log-in nor a token."""

    url: str
    slug: str
    title: str
    public: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words: plain, or marked as "code" or "strong"."""

    text: str
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A step as a page shows it, with a key of its own there; `others` are other ways of doing it."""

    key: str
    words: tuple[Piece, ...]
    file: str = ""
    language: str = ""
    code: str = ""
    href: str = ""
    label: str = ""
    others: "tuple[Shown, ...]" = ()


@dataclass(frozen=True, slots=True)
class Way:
    """One way to connect: "login", "token" or "open", step by step."""

    kind: str
    steps: tuple[Shown, ...]


def ways(client: Client, target: Target) -> tuple[Way, ...]:
    """Return the ways to connect a client to a server, the best first."""
    if target.public:
        kinds = ["open" if "open" in client.ways else "login"]
    else:
        kinds = [kind for kind in ("login", "token") if kind in client.ways]
    wanted = {"", "public" if target.public else "private"}
    wanted |= {"plain"} if is_plain(target.url) else set()
    return tuple(
        Way(
            "open" if target.public else kind,
            _all_shown(kind, [step for step in client.ways[kind] if step.only in wanted], target),
        )
        for kind in kinds
    )


def reach(url: str) -> str:
    """Return how far an address leads: "loopback", "http" (no encryption) or "https"."""
    parts = urlsplit(url)
    if _is_loopback(parts.hostname or ""):
        return "loopback"
    return "https" if parts.scheme == "https" else "http"


def is_plain(url: str) -> bool:
    """Tell whether an address has no encryption, and clients that insist on it must be told to go."""
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.hostname not in UNENCRYPTED


def is_far(client: Client, reached: str) -> bool:
    """Tell whether a client connects from where a hub that is reached so is not to be reached."""
    return bool(client.cloud) and reached != "https"


def label(slug: str) -> str:
    """Return a server's name as OpenAI takes it: a letter first, and 64 characters at most."""
    return (slug if slug[:1].isalpha() else f"mcp-{slug}")[:64]


def variable(slug: str) -> str:
    """Return the name of a variable for a token of this server."""
    return f"MCP_{slug.upper().replace('-', '_')}_TOKEN"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _all_shown(kind: str, steps: list[Step], target: Target) -> tuple[Shown, ...]:
    """Return the steps, each with the other ways of doing it."""
    found: list[Shown] = []
    for number, step in enumerate(steps):
        shown = _shown(f"{kind}-{number}", step, target)
        if step.instead:
            found[-1] = replace(found[-1], others=(*found[-1].others, shown))
        else:
            found.append(shown)
    return tuple(found)


def _shown(key: str, step: Step, target: Target) -> Shown:
    """Return a step with the server's facts in it, quoted for its format."""
    facts = {
        "url": target.url,
        "slug": target.slug,
        "label": label(target.slug),
        "title": target.title,
        "token": TOKEN,
        "env": variable(target.slug),
    }
    words, body = _pieces(step.say, facts), _fitting(step.body, is_plain(target.url))
    if step.format == "link":
        return Shown(key, words, label=body["label"], href=quoting.link(_filled(body, facts)))
    if step.format == "python":
        facts = {name: json.dumps(value) for name, value in facts.items()}
    code = WRITERS[step.format](_filled(body, facts)).rstrip() if step.format else ""
    return Shown(key, words, file=step.file, language=step.format, code=code)


def _fitting(value: Any, plain: bool) -> Any:
    """Return a value with the {plain: word} of its lists as words, or without them."""
    if isinstance(value, Mapping):
        return {key: _fitting(one, plain) for key, one in value.items()}
    if isinstance(value, list):
        words = [one for one in value if plain or not _is_for_plain(one)]
        return [one["plain"] if _is_for_plain(one) else _fitting(one, plain) for one in words]
    return value


def _is_for_plain(value: Any) -> bool:
    return isinstance(value, Mapping) and set(value) == {"plain"}


def _filled(value: Any, facts: Mapping[str, str]) -> Any:
    """Return a value with its placeholders filled in, once: what is filled in is never looked at."""
    if isinstance(value, Mapping):
        return {_filled(key, facts): _filled(one, facts) for key, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, facts) for one in value]
    if isinstance(value, str):
        return PLACEHOLDER.sub(lambda found: facts[found[1]], value)
    return value


def _pieces(say: str, facts: Mapping[str, str]) -> tuple[Piece, ...]:
    """Return words in runs; marks are read before placeholders are filled in."""
    found: list[Piece] = []
    end = 0
    for mark in MARKED.finditer(say):
        found.append(Piece(_filled(say[end : mark.start()], facts)))
        kind, text = ("code", mark[1]) if mark[1] else ("strong", mark[2])
        found.append(Piece(_filled(text, facts), kind))
        end = mark.end()
    found.append(Piece(_filled(say[end:], facts)))
    return tuple(piece for piece in found if piece.text)
