"""Text from strangers, made fit to stand in a sentence of ours: one line of visible characters. Pure.

Templates escape it and isolate its direction (`<bdi>`); here goes what those cannot take away: controls,
what turns the direction of writing, what takes no room (zero-width characters, tags, variation
selectors, fillers), marks beyond a few on one letter, and length. Joiners stay between letters of
scripts that need them, and in emoji. What looks like something else in another script stays: a name
proves nothing, and pages say how a client is known.
"""

import re
import unicodedata

NAME_LENGTH = 80
_GONE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_BLANK = frozenset("\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_JOINERS = frozenset("\u200c\u200d")
_MOST_MARKS = 2
_LONGEST_READ = 4_000


def clean_line(text: str, longest: int = NAME_LENGTH) -> str:
    """Return the text in one line, cut with "…" to so many characters; perhaps nothing is left."""
    if text.isascii() and text.isprintable():  # as most are, thousands on a page
        return _cut(" ".join(text[:_LONGEST_READ].split()), longest)
    composed = unicodedata.normalize("NFC", text[:_LONGEST_READ])
    spaced = " ".join(_SELECTORS.sub("", composed).split())
    kept = "".join(one for at, one in enumerate(spaced) if _is_seen(one) or _joins(spaced, at))
    return _cut(" ".join(_with_few_marks(kept).split()), longest)


def _cut(line: str, longest: int) -> str:
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


def _is_seen(character: str) -> bool:
    """Tell whether a character takes room on a page."""
    return unicodedata.category(character) not in _GONE and character not in _BLANK


def _joins(text: str, at: int) -> bool:
    """Tell whether a joiner stands between two characters that are seen, neither of them ASCII."""
    around = text[max(at - 1, 0) : at] + text[at + 1 : at + 2]
    foreign = len(around) == 2 and not any(one.isascii() for one in around)
    return text[at] in _JOINERS and foreign and all(map(_is_seen, around))


def _with_few_marks(text: str) -> str:
    """Return the text without marks that pile up on one letter."""
    kept, marks = [], 0
    for character in text:
        marks = marks + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if marks <= _MOST_MARKS:
            kept.append(character)
    return "".join(kept)
