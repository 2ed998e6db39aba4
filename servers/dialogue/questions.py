"""Names of questions: which answer belongs to which question, however often a call is run again."""

import hashlib
from collections.abc import Mapping
from typing import Any

from catalog.authoring.asking import Question
from servers.protocol.jsonrpc import encode

ANY = ""
"""The digest of an answer that came without a state: it fits whatever is asked under its key."""
Answers = Mapping[str, tuple[str, Any]]
"""Key -> the digest of the question, and its answer."""


def digest_of(question: Question) -> str:
    """Return a short name for what is asked."""
    return hashlib.sha256(encode([question.method, question.params])).hexdigest()[:32]


class Keys:
    """The keys of one run's questions."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def of(self, question: Question, digest: str) -> str:
        """Return a question's key: the author's, or one for its words; a repeated one is counted.

        Not by its place among all: which of two tasks asks first may differ from run to run.
        """
        key = name = question.key or digest
        number = 1
        while key in self._taken:
            number += 1
            key = f"{name}#{number}"
        self._taken.add(key)
        return key
