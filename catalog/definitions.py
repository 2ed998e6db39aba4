"""The text behind a version: canonical JSON, its hash, its bounds and what it costs a model.

The same definition gives the same text on every process and machine, so that a hash names it. Pure.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from catalog.errors import DefinitionRefused, DefinitionTooLarge

BODY_LIMIT = 256 * 1024
"""Bytes of canonical JSON that a definition may have."""
DEPTH_LIMIT = 32
"""Levels of objects and lists that a definition may have, the definition itself being the first."""
CHARACTERS_A_TOKEN = 4


def canonical(definition: Mapping[str, Any]) -> str:
    """Return the definition as canonical JSON: keys sorted, no blanks, characters as they are.

    Raises DefinitionTooLarge, and DefinitionRefused for what JSON or UTF-8 cannot say (NaN, a lone
    surrogate, a value that is no JSON type).
    """
    check_depth(definition, DEPTH_LIMIT, what="the definition")
    try:
        body = json.dumps(
            definition,
            sort_keys=True,
            separators=(",", ":"),
            ensure_ascii=False,
            allow_nan=False,
        )
        size = len(body.encode())
    except (TypeError, ValueError) as error:
        raise DefinitionRefused(f"the definition is no JSON: {error}") from error
    if size > BODY_LIMIT:
        raise DefinitionTooLarge(f"the definition has {size} bytes; {BODY_LIMIT} are allowed")
    return body


def sha256(body: str) -> str:
    """Return the SHA-256 of a body, as 64 hexadecimal digits: the name it is stored under."""
    return hashlib.sha256(body.encode()).hexdigest()


def token_estimate(body: str) -> int:
    """Return about how many tokens a model spends on this text; say on screen that it is a guess.

    Four characters a token: tokenizers differ between models, and the order of magnitude decides.
    """
    return tokens_in(len(body))


def tokens_in(characters: int) -> int:
    """Return the same of a text of so many characters."""
    return -(-characters // CHARACTERS_A_TOKEN)


def check_depth(value: object, limit: int, *, what: str) -> None:
    """Raise DefinitionTooLarge if `value` nests deeper than `limit` levels.

    Level by level and never by recursion: what is judged here may be built to exhaust a stack.
    """
    level, depth = [value], 0
    while level := [one for one in level if isinstance(one, Mapping | list | tuple)]:
        depth += 1
        if depth > limit:
            raise DefinitionTooLarge(f"{what} nests deeper than {limit} levels")
        level = [
            child for one in level for child in (one.values() if isinstance(one, Mapping) else one)
        ]
