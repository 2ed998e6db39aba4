"""What clients answer is anything: bounded and taken apart here, before an author sees it.

Each refusal says where and what was expected, never what was there.
"""

from __future__ import annotations

from typing import Any

from catalog.authoring.contents import clean
from catalog.authoring.errors import AnswerError

DEPTH_LIMIT = 32
PARTS_LIMIT = 10_000
"""Members of objects and items of lists, together."""


def bounded(answer: Any, characters: int) -> dict[str, Any]:
    """Return an answer that is an object of bounded depth, parts and text; else AnswerError.

    `characters` bounds all its texts and names together. Names that are no text are no JSON.
    """
    if not isinstance(answer, dict):
        raise AnswerError("the answer is not an object")
    level, left, parts = [answer], characters, 0
    for _ in range(DEPTH_LIMIT):
        deeper: list[Any] = []
        for value in level:
            left -= len(value) if isinstance(value, str) else 0
            if isinstance(value, dict | list):
                parts += len(value)
                deeper.extend(value.values() if isinstance(value, dict) else value)
                deeper.extend(value if isinstance(value, dict) else ())
        if left < 0 or parts > PARTS_LIMIT:
            raise AnswerError("the answer is too large")
        if not deeper:
            return answer
        level = deeper
    raise AnswerError("the answer is nested too deeply")


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
