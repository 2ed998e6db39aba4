"""Bytes of strangers to a JSON object, strictly and at a bounded price. Pure.

What two readers could read differently is refused: a key that stands twice, NaN and infinities, bytes
that are not UTF-8, half of a surrogate pair; so is what nests deep. The caller bounds the size first.
"""

import json
import math
from typing import Any

DEEPEST = 16
MOST_DIGITS = 300


class UnreadableError(ValueError):
    """These bytes hold no JSON object that the hub reads; the text says why, in a sentence."""


def read_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object in `body`. Raises UnreadableError."""
    try:
        value = _decoder.decode(body.decode("utf-8"))
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnreadableError:
        raise
    except (ValueError, RecursionError):
        raise UnreadableError("This is not JSON in UTF-8.") from None
    if not isinstance(value, dict):
        raise UnreadableError("This is JSON, but no object.")
    if _depth(value) > DEEPEST:
        raise UnreadableError(f"This nests deeper than {DEEPEST} levels.")
    return value


def _depth(value: object) -> int:
    """Return how many levels of objects and arrays there are, no more than are looked at."""
    depth, level = 0, [value]
    while level and depth <= DEEPEST:
        inside = [one for one in level if isinstance(one, dict | list)]
        parts = (one.values() if isinstance(one, dict) else one for one in inside)
        depth, level = depth + bool(inside), [each for part in parts for each in part]
    return depth


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of pairs whose keys differ."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise UnreadableError("An object has the same key twice.")
    return found


def _whole(digits: str) -> int:
    """Return a whole number of bounded length."""
    if len(digits) > MOST_DIGITS:
        raise UnreadableError(f"A number has more than {MOST_DIGITS} digits.")
    return int(digits)


def _finite(text: str) -> float:
    """Return a number that there is."""
    value = float(text)
    if not math.isfinite(value):
        raise UnreadableError("A number is out of range.")
    return value


_decoder = json.JSONDecoder(
    object_pairs_hook=_once, parse_int=_whole, parse_float=_finite, parse_constant=_finite
)
