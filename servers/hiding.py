"""What is hidden of the calls of one entry, before anything of them is kept: made once, and remembered.

By the marks of its schemas (`writeOnly`, `format: password`, an author's `Secret`), and by the words
that names hold.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from catalog.schemas import Marked, marked_by, marked_in
from monitoring.recorded.names import Words, bare, known
from servers.capabilities.base import Unavailable
from servers.capabilities.registry import capability
from servers.published import PublishedEntry


class Hidden:
    """What is hidden of one side of calls of one definition: by its marks, and by the words."""

    def __init__(self, names: frozenset[str], everything: bool, words: Words) -> None:
        self.everything, self._words = everything, words
        self._names = frozenset(map(bare, names))

    def hide(self, name: str) -> bool:
        """Tell whether what bears this name is hidden."""
        if self._words.hide(name):
            return True
        return bool(self._names) and bare(name) in self._names


class Hiding(NamedTuple):
    """What is hidden of both sides, and what that was made of."""

    words: Words
    takes: Mapping[str, Any] | None
    given: Hidden
    result: Hidden


_hiding: dict[str, Hiding] = {}
MOST_HIDING = 1_000


def hidden_of(entry: PublishedEntry | None) -> Hiding | None:
    """Return what is hidden of arguments and of results; None where no words are known."""
    words = known()
    if words is None or entry is None:
        return None
    sha256, takes = entry.defined.sha256, _takes(entry)
    made = _hiding.get(sha256)
    if made is None or made.words is not words or made.takes is not takes:
        if len(_hiding) >= MOST_HIDING:
            _hiding.clear()
        made = _hiding[sha256] = _hide(entry, words, takes)
    return made


def hidden_in(sha256: str, definition: Mapping[str, Any]) -> Hiding | None:
    """Return what is hidden of calls of a tool's definition; None where no words are known."""
    words = known()
    return None if words is None else _by_marks(words, None, marked_in(sha256, definition))


def _takes(entry: PublishedEntry) -> Mapping[str, Any] | None:
    """Return the schema of arguments where the definition has none: those of prompts and templates."""
    if entry.kind == "tool":
        return None
    try:
        return capability(entry.source_kind).prepare(entry).takes
    except Unavailable:
        return None


def _hide(entry: PublishedEntry, words: Words, takes: Mapping[str, Any] | None) -> Hiding:
    """Return both sides: what an argument is called secret by, hides in a result too."""
    marked = marked_in(entry.defined.sha256, entry.defined.body)
    if takes is not None:
        marked = marked._replace(arguments=marked_by(takes))
    return _by_marks(words, takes, marked)


def _by_marks(words: Words, takes: Mapping[str, Any] | None, marked: Marked) -> Hiding:
    given, result = marked
    both = given.names | result.names
    return Hiding(
        words,
        takes,
        Hidden(given.names, given.everything, words),
        Hidden(both, result.everything, words),
    )
