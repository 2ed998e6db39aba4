"""Asking a client for its roots: the folders and files that it lets servers work on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from catalog.authoring.answers import bounded, list_at, text_at
from catalog.authoring.asking import Question
from catalog.authoring.errors import AnswerError

ROOTS_LIMIT, URI_LIMIT, NAME_LIMIT = 1_000, 4_096, 1_000
ANSWER_LIMIT = 1024 * 1024
"""Characters of a whole answer."""


@dataclass(frozen=True, slots=True)
class Root:
    """One folder or file of the client; its address begins with file:// and is not to be trusted."""

    uri: str
    name: str | None = None


def roots_question(key: str | None) -> Question:
    """Ask for the client's roots."""
    return Question("roots/list", {}, "roots", read_roots, key)


def read_roots(answer: Any) -> list[Root]:
    """Return the roots of an answer; AnswerError where it is no ListRootsResult."""
    listed = list_at(bounded(answer, ANSWER_LIMIT), "roots", ROOTS_LIMIT)
    return [_root(one, f"roots/{index}/") for index, one in enumerate(listed)]


def _root(value: Any, where: str) -> Root:
    if not isinstance(value, dict):
        raise AnswerError(f"{where.rstrip('/')} is not an object")
    uri = text_at(value, "uri", URI_LIMIT, where)
    if not uri.startswith("file://") or not uri.isprintable() or " " in uri:
        raise AnswerError(f"{where}uri does not begin with file://, or holds blanks")
    name = None if value.get("name") is None else text_at(value, "name", NAME_LIMIT, where)
    return Root(uri, name)
