"""What a tool returned -> Produced: content for models, structured JSON for programs.

Plain scalars take a short way, because most tools return one and every call passes here. All other
values go through the serializer of the return hint, so that they keep what the schema promises.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any, NamedTuple

from catalog.authoring.contents import (
    Block,
    blocks_of,
    clean,
    compact,
    holds_blocks,
    jsonable,
    text_block,
    unsendable,
)
from catalog.authoring.errors import ResultError
from catalog.authoring.schemas import Returns
from catalog.authoring.secret import Secret


class Produced(NamedTuple):
    """One tool result: MCP content blocks, and the same as JSON where there is such a form."""

    content: list[Block]
    structured: dict[str, Any] | None = None
    is_error: bool = False


def produced(value: Any, returns: Returns) -> Produced:
    """Turn a returned value into a result; ResultError when it cannot be sent as promised."""
    kind = type(value)
    if kind in _WRITERS and (kind is returns.exact or returns.schema is None):
        return _scalar(value, returns.schema is not None)
    if returns.schema is None:
        return _untold(value)
    return _told(value, returns)


def _scalar(value: Any, structured: bool) -> Produced:
    kind = type(value)
    try:
        text = _WRITERS[kind](value)
    except ValueError as error:  # Python's own limit on the digits of an int
        raise unsendable(value) from error
    result = text if kind is str else value
    return Produced([{"type": "text", "text": text}], {"result": result} if structured else None)


def _untold(value: Any) -> Produced:
    """Send a value that no schema speaks of: blocks for media, and JSON objects also as such."""
    if value is None:
        return Produced([])
    if holds_blocks(value):
        return Produced(blocks_of(value))
    text, plain = _mirrored(jsonable(value))
    return Produced([text_block(text)], plain if isinstance(plain, dict) else None)


def _told(value: Any, returns: Returns) -> Produced:
    if value is None and not returns.nullable:
        raise ResultError("None was returned where the return hint promises a value")
    text, plain = _mirrored(_dumped(value, returns))
    structured = {"result": plain} if returns.wrapped else plain
    return Produced([text_block(text)], structured)


def _dumped(value: Any, returns: Returns) -> Any:
    if isinstance(value, Secret):
        value = str(value)  # the mask, whatever the hint says
    assert returns.dump is not None  # a schema never comes without its serializer
    try:
        return returns.dump(value)
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ResultError(
            f"a value of type {type(value).__name__} does not fit the return hint"
        ) from error


def _mirrored(plain: Any) -> tuple[str, Any]:
    """Give (text, JSON): the text says the same, for models and for clients that know no JSON."""
    if isinstance(plain, str):
        return clean(plain), clean(plain)
    text = compact(plain)
    tidy = clean(text)
    return tidy, plain if tidy == text else json.loads(tidy)


def _number(value: float) -> str:
    if not math.isfinite(value):
        raise ResultError("a result holds NaN or Infinity, which JSON does not know")
    return repr(value)


_WRITERS: dict[type[Any], Callable[[Any], str]] = {
    str: clean,
    int: int.__repr__,
    float: _number,
    bool: {True: "true", False: "false"}.__getitem__,
}
