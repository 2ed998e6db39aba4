"""What a tool's definition tells a person: title, first words, and the scope it needs.

Definitions never change under their SHA-256, so what was read once is remembered: a page that lists
hundreds of tools reads no body twice.
"""

import json
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from catalog.models import Definition
from catalog.policy.scopes import required_scope

MOST_REMEMBERED = 20_000
LONGEST = 240
"""Characters of a title or of first words; the rest is for models."""
AT_ONCE = 1000
"""Bodies asked for in one query: databases bound the number of its values."""


@dataclass(frozen=True, slots=True)
class Told:
    """A tool in a person's words; `title` is empty where the definition has none."""

    title: str
    words: str
    scope: str


_remembered: OrderedDict[str, Told] = OrderedDict()
_lock = Lock()


def tools_told(definitions: Iterable[str]) -> dict[str, Told]:
    """Return by their SHA-256 what these definitions tell; one that is not there is not in it."""
    wanted = dict.fromkeys(definitions)
    with _lock:
        found = {name: _remembered[name] for name in wanted if name in _remembered}
    unread = [name for name in wanted if name not in found]
    for start in range(0, len(unread), AT_ONCE):
        found |= _read(unread[start : start + AT_ONCE])
    return found


def _read(names: list[str]) -> dict[str, Told]:
    """Read definitions and remember them."""
    rows = Definition.objects.filter(pk__in=names).values_list("pk", "body")
    read = {name: _told(json.loads(body)) for name, body in rows.iterator()}
    with _lock:
        _remembered.update(read)
        while len(_remembered) > MOST_REMEMBERED:
            _remembered.popitem(last=False)
    return read


def _told(body: Mapping[str, Any]) -> Told:
    hints = body.get("annotations") or {}
    title = body.get("title") or hints.get("title") or ""
    return Told(
        _cut(str(title)),
        _cut(str(body.get("description") or "").strip().partition("\n")[0]),
        required_scope("tool", hints),
    )


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
