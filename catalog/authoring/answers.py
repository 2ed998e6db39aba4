"""What clients answer is anything: bounded and taken apart here, before an author sees it.

Each refusal says where and what was expected, never what was there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from catalog.authoring.contents import clean
from catalog.authoring.errors import AnswerError

DEPTH_LIMIT = 32
PARTS_LIMIT = 10_000
"""Members of objects and items of lists, together."""


def bounded(answer: Any, characters: int) -> dict[str, Any]:
    """Return an answer that is an object of bounded depth, parts and text; else AnswerError.

    `characters` bounds all its texts and names together.
    """
    if not isinstance(answer, dict):
        raise AnswerError("the answer is not an object")
    parts = PARTS_LIMIT
    level: list[Any] = [answer]
    for _ in range(DEPTH_LIMIT):
        characters -= sum(len(value) for value in level if isinstance(value, str))
        holders = [value for value in level if isinstance(value, dict | list)]
        parts -= sum(map(len, holders))
        if characters < 0 or parts < 0:
            raise AnswerError("the answer is too large")
        if not holders:
            return answer
        level = [part for holder in holders for part in _parts(holder)]
    raise AnswerError("the answer is nested too deeply")


def _parts(holder: dict[Any, Any] | list[Any]) -> Iterator[Any]:
    """Yield items, or names and values."""
    yield from holder
    if isinstance(holder, dict):
        yield from holder.values()


def text_at(holder: dict[str, Any], name: str, limit: int, where: str = "") -> str:
    """Return a text that must be there, lone surrogates replaced; else AnswerError."""
    value = holder.get(name)
    if not isinstance(value, str):
        raise AnswerError(f"{where}{name} is not a text")
    if len(value) > limit:
        raise AnswerError(f"{where}{name} has more than {limit} characters")
    return clean(value)


def list_at(holder: dict[str, Any], name: str, limit: int) -> list[Any]:
    """Return a list that must be there, of at most so many items; else AnswerError."""
    value = holder.get(name)
    if not isinstance(value, list):
        raise AnswerError(f"{name} is not a list")
    if len(value) > limit:
        raise AnswerError(f"{name} has more than {limit} items")
    return value
