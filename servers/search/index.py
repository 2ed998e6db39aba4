"""An index of words in memory, and the documents that fit a query best, by BM25.

Promises: a search depends on the visible documents alone, in what it finds and in which order; so words
are rare or frequent among those, and the length of a document is held against a constant. The work of one
search is bounded: so many words, so many documents for each.
"""

import heapq
import math
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from servers.search.words import asked_for

MOST_WORDS = 8
"""Words of a query that are looked at."""
MOST_MATCHES = 2_500
"""A word that more documents have is looked at only if there is no rarer one, and then but two of them."""
MOST_ENDINGS = 50
"""Words that one beginning may stand for."""
SHORTEST, LONGEST_ENDING = 3, 3
"""Letters of a word that others may share, and of the ending that they do not."""
AKIN = 0.5
"""What a word counts that only shares its beginning with the one sought."""
SATURATION, LENGTH_SHARE, USUAL_LENGTH = 1.2, 0.5, 40.0
"""BM25's k1 and b, and the sum of weights of a document of usual length."""
VAST = 10_000.0
"""Documents there are as it were: a word's rarity must not tell how many there are really."""

Postings = tuple["array[int]", "array[float]"]
"""The documents that have a word, in order, and how much it says of each."""


class Meant(NamedTuple):
    """What a word of a query stands for: the words that documents have, and how many do."""

    terms: tuple[str, ...]
    matches: int
    share: float


class Visible:
    """Which documents of one index may be seen; `flags` has a 1 for each of them, by number."""

    __slots__ = ("_counts", "flags", "whole")

    def __init__(self, flags: bytes) -> None:
        self.flags = flags
        self.whole = flags.count(1) == len(flags)
        self._counts: dict[str, int] = {}

    def count(self, term: str, documents: "array[int]") -> int:
        """Return how many of the documents that have a word may be seen; kept where it takes time."""
        if self.whole:
            return len(documents)
        if len(documents) <= MOST_MATCHES:
            return sum(map(self.flags.__getitem__, documents))
        if term not in self._counts:
            self._counts[term] = sum(map(self.flags.__getitem__, documents))
        return self._counts[term]


class Index:
    """Documents by their words; they are numbered in the order given."""

    def __init__(self, documents: Iterable[Mapping[str, float]]) -> None:
        """Take the weight of each word in each document."""
        self._postings: dict[str, Postings] = {}
        for number, words in enumerate(documents):
            pivot = SATURATION * (
                1 - LENGTH_SHARE + LENGTH_SHARE * sum(words.values()) / USUAL_LENGTH
            )
            for word, weight in words.items():
                postings = self._postings.get(word)
                if postings is None:
                    postings = self._postings[word] = array("I"), array("f")
                postings[0].append(number)
                postings[1].append(weight * (SATURATION + 1) / (weight + pivot))
        self._sorted = sorted(self._postings)

    def search(self, query: str, visible: Visible, limit: int) -> list[int]:
        """Return the numbers of the visible documents that fit best, the best first."""
        scores: dict[int, float] = {}
        for meant in self._chosen(query, visible):
            worth = meant.share * math.log(1 + VAST / meant.matches)
            for term in meant.terms:
                self._add(scores, term, worth, visible)
        return _best(scores, limit)

    def _chosen(self, query: str, visible: Visible) -> list[Meant]:
        """Return what is worth looking at of a query: the words that few have, or two that many have."""
        words = asked_for(query)[:MOST_WORDS]
        known = [meant for word in words if (meant := self._meant(word, visible)).matches]
        known.sort(key=lambda meant: meant.matches)
        return [meant for meant in known if meant.matches <= MOST_MATCHES] or known[:2]

    def _meant(self, word: str, visible: Visible) -> Meant:
        """Return what a word stands for: the first reading of it that visible documents have."""
        for terms, share in self._readings(word):
            seen = tuple(islice((one for one in terms if self._count(one, visible)), MOST_ENDINGS))
            if seen:
                return Meant(seen, sum(self._count(one, visible) for one in seen), share)
        return Meant((), 0, 0.0)

    def _readings(self, word: str) -> Iterator[tuple[Iterable[str], float]]:
        """Yield a word itself; then, unless it is a number, what begins with it ("inv", "invoice"), what it
        is with an ending ("searching", "search"), and what has another ending ("creating", "create").
        """
        yield (word,), 1.0
        if word.isdigit():
            return
        shortest = max(SHORTEST, len(word) - LONGEST_ENDING)
        stems = [word[:length] for length in range(len(word) - 1, shortest - 1, -1)]
        yield self._beginning_with(word), AKIN
        yield from (((stem,), AKIN) for stem in stems)
        yield from ((self._beginning_with(stem), AKIN) for stem in stems if len(stem) > SHORTEST)

    def _count(self, term: str, visible: Visible) -> int:
        postings = self._postings.get(term)
        return visible.count(term, postings[0]) if postings else 0

    def _beginning_with(self, word: str) -> Iterator[str]:
        """Yield the words that begin with this one, in their order."""
        if len(word) < SHORTEST:
            return
        for place in range(bisect_left(self._sorted, word), len(self._sorted)):
            if not self._sorted[place].startswith(word):
                return
            yield self._sorted[place]

    def _add(self, scores: dict[int, float], term: str, worth: float, visible: Visible) -> None:
        """Add what a word says of each visible document that has it."""
        flags, known = visible.flags, scores.get
        for number, impact in zip(*self._postings[term], strict=True):
            if flags[number]:
                scores[number] = known(number, 0.0) + worth * impact


def _best(scores: dict[int, float], limit: int) -> list[int]:
    """Return the documents with the highest scores; among equals the first come first."""
    if not scores or limit < 1:
        return []
    least = heapq.nlargest(limit, scores.values())[-1]
    enough = ((-score, number) for number, score in scores.items() if score >= least)
    return [number for _score, number in heapq.nsmallest(limit, enough)]
