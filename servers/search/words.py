"""A text as the words it is found by.

`createInvoice`, `create_invoice` and "Create invoices" have the same two. Words of one language are not
told from those of another; Chinese and Japanese, which have no blanks, count by character.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

LONGEST_TEXT = 4_000
"""Characters of one text that are looked at."""
LONGEST_WORD = 40
MOST_WORDS = 256
"""Different words that one document is found by."""

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD = re.compile("[\u3041-\u30ff\u3400-\u9fff]|[^\\W\\d_\u3041-\u30ff\u3400-\u9fff]+|\\d+")
_SAYING_NOTHING = (
    "a all also an and any are as at be been but by can could do does each for from had has have how"
    " i if in into is it its may me my no not of on one only or our please should so some such than that"
    " the their them then there these they this those to tool use used uses using want was we were what"
    " when where whether which who will with would you your"
)
STOP_WORDS = frozenset(_SAYING_NOTHING.split())
"""Words that say nothing of what a text is about."""


def words_of(text: str) -> Iterator[str]:
    """Yield the words of a text in order, each as often as it is there."""
    apart = _HUMP.sub(" ", unicodedata.normalize("NFKC", text[:LONGEST_TEXT]))
    for word in _WORD.findall(apart.casefold()):
        yield _singular(word[:LONGEST_WORD])


@lru_cache(maxsize=20_000)
def _singular(word: str) -> str:
    """Return an English plural as its singular, roughly; the same is done to what is sought."""
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    return f"{word[:-3]}y" if word.endswith("ies") and len(word) > 4 else word[:-1]


def asked_for(query: str) -> list[str]:
    """Return the different words of a query in order; stop words only if there are no others."""
    words = list(dict.fromkeys(words_of(query)))
    return [word for word in words if word not in STOP_WORDS] or words


def weighed(texts: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Return what a document is found by: each word with the weights of the texts it stands in.

    What comes first is kept where there are too many. Stop words count only in texts that are short,
    such as names.
    """
    found: dict[str, float] = {}
    for text, weight in texts:
        whole = len(text) <= LONGEST_WORD
        for word in words_of(text):
            if word in found:
                found[word] += weight
            elif len(found) < MOST_WORDS and (whole or word not in STOP_WORDS):
                found[word] = weight
    return found
