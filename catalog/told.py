"""What a definition tells a person: title, first words, the scope it needs, what it says it does.

Definitions never change under their SHA-256, so what was read once is remembered: a page that lists
hundreds of tools reads no body twice. What curators say instead is laid over afterwards.
"""

import json
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

from accounts.foreign import clean_line
from catalog.definitions import tokens_in
from catalog.models import Definition
from catalog.overlay import Words
from catalog.policy.scopes import required_scope

MOST_REMEMBERED = 20_000
LONGEST = 240
"""Characters of a title or of first words; the rest is for models."""
AT_ONCE = 1000
"""Bodies asked for in one query: databases bound the number of its values."""
HINTS = ("readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint")
"""The annotations of a tool that say what it does (MCP, ToolAnnotations)."""


@dataclass(frozen=True, slots=True)
class Told:
    """An entry in a person's words, foreign ones; `title` is empty where none of it can be seen.

    `hints` are those that the definition says are so; `lengths` are its characters: of its title,
    of its description, of all.
    """

    title: str
    words: str
    scope: str
    hints: frozenset[str] = frozenset()
    lengths: tuple[int, int, int] = (0, 0, 0)

    @property
    def tokens(self) -> int:
        """About how many tokens a model spends on it each time it is listed; a guess, say so."""
        return tokens_in(self.lengths[2])

    def under(self, words: Words) -> "Told":
        """Return what it tells with a curator's words in place of its own."""
        if not any(words):
            return self
        title, description, whole = self.lengths
        if words.title:
            whole += len(words.title) - title
        if words.description:
            whole += len(words.description) - description
        return replace(
            self,
            title=clean_line(words.title, LONGEST) or self.title,
            words=_first(words.description) or self.words,
            lengths=(len(words.title) or title, len(words.description) or description, whole),
        )


_remembered: OrderedDict[str, Told] = OrderedDict()
_lock = Lock()


def told_by(definitions: Iterable[str]) -> dict[str, Told]:
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
    read = {name: _told(body) for name, body in rows.iterator()}
    with _lock:
        _remembered.update(read)
        while len(_remembered) > MOST_REMEMBERED:
            _remembered.popitem(last=False)
    return read


def _told(text: str) -> Told:
    body: Mapping[str, Any] = json.loads(text)
    hints = body.get("annotations") or {}
    title = str(body.get("title") or hints.get("title") or "")
    description = str(body.get("description") or "")
    return Told(
        clean_line(title, LONGEST),
        _first(description),
        required_scope("tool", hints),
        # Only `true` counts, as it does for the scope.
        frozenset(hint for hint in HINTS if hints.get(hint) is True),
        (len(title), len(description), len(text)),
    )


def _first(text: str) -> str:
    """Return the first line, fit to be shown."""
    return clean_line(text.strip().partition("\n")[0], LONGEST)
