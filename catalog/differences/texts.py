"""What differs between two texts, word by word.

What is the same at both ends is set aside before words are compared, and texts with too many words
left are shown whole: comparing takes the square of their number.
"""

import json
import re
import unicodedata
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

MOST_WORDS = 400
"""Words of each text that are compared."""
CONTEXT = 160
"""Characters of what is the same that are shown on each side of what is not."""
LONGEST = 4_000
"""Characters of one piece that are shown."""
ALIKE = 3
"""Texts of which less than this part is in both are not told word by word."""
_WORDS = re.compile(r"\w+|\s+|[^\w\s]")
_SEEN = frozenset("\n\t ")
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")

Mark = Literal["same", "added", "removed"]


class Piece(NamedTuple):
    """A part of the text: in both, only in the new one, or only in the old one."""

    mark: Mark
    text: str


def words_compared(before: str, after: str) -> tuple[Piece, ...]:
    """Return the pieces of both texts in one order, bounded, what is not seen made visible.

    None of them if hardly a word is in both: those texts are read better one below the other.
    """
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    start = _same(old, new)
    end = _same(old[start:][::-1], new[start:][::-1])
    middle = old[start : len(old) - end], new[start : len(new) - end]
    pieces = [
        Piece("same", "".join(old[:start])),
        *_between(*middle),
        Piece("same", "".join(old[len(old) - end :])),
    ]
    if ALIKE * sum(len(one.text) for one in pieces if one.mark == "same") < len(after):
        return ()
    last = len(pieces) - 1
    return tuple(_bounded(one, at == 0, at == last) for at, one in enumerate(pieces) if one.text)


def visible(text: str) -> str:
    """Return the text with every character that is not seen, or turns its order, as its code."""
    return "".join(f"⟨U+{ord(one):04X}⟩" if _is_hidden(one) else one for one in text)


def escaped(document: str) -> str:
    """Return JSON with every such character as JSON's own escape: it means the same, and is seen."""
    return "".join(json.dumps(one)[1:-1] if _is_hidden(one) else one for one in document)


def hides(text: str) -> bool:
    """Tell whether the text holds characters that are not seen, or turn its order."""
    return any(_is_hidden(one) for one in text)


def _is_hidden(character: str) -> bool:
    if character.isascii():
        return not character.isprintable() and character not in _SEEN
    return unicodedata.category(character)[0] == "C" or character in _BLANK or _selects(character)


def _selects(character: str) -> bool:
    """Tell whether it is a selector of a variant: many in a row can spell a hidden text."""
    return "\ufe00" <= character <= "\ufe0e" or "\U000e0100" <= character <= "\U000e01ef"


def _same(one: list[str], other: list[str]) -> int:
    """Return with how many of the same words both begin."""
    shorter = min(len(one), len(other))
    return next((at for at in range(shorter) if one[at] != other[at]), shorter)


def _between(old: list[str], new: list[str]) -> list[Piece]:
    if max(len(old), len(new)) > MOST_WORDS:
        return [Piece("removed", "".join(old)), Piece("added", "".join(new))]
    pieces: list[Piece] = []
    removed = added = ""
    for word, a, b, c, d in SequenceMatcher(None, old, new).get_opcodes():
        gone, come = "".join(old[a:b]), "".join(new[c:d])
        if word == "equal" and not (gone.isspace() and removed + added):
            pieces += [Piece("removed", removed), Piece("added", added), Piece("same", gone)]
            removed = added = ""
        else:  # blanks between two changes make them no two
            removed, added = removed + gone, added + come
    return [*pieces, Piece("removed", removed), Piece("added", added)]


def _bounded(piece: Piece, first: bool, last: bool) -> Piece:
    """Cut what is the same to what stands around a change, and what is not to what a page takes."""
    text = visible(piece.text[: 4 * LONGEST] if piece.mark != "same" else piece.text)
    if piece.mark != "same":
        return Piece(piece.mark, text if len(text) <= LONGEST else f"{text[:LONGEST]}…")
    head = "" if first else text[:CONTEXT]
    tail = "" if last else text[-CONTEXT:]
    if len(head) + len(tail) >= len(text):
        return Piece("same", text)
    return Piece("same", f"{head} … {tail}")
