"""How a broken rule is told: one sentence, bounded, nothing secret in it."""

import json
from collections.abc import Callable
from typing import Any

SENTENCE_LIMIT = 500
VALUE_LIMIT = 60
NAME_LIMIT = 60
PATH_LIMIT = 200
LARGEST_SHOWN = 10**30
HIDDEN = "this secret value"

SIMPLE: dict[str, Callable[[str, Any], str]] = {
    "type": lambda value, rule: f"{value} is not of type {either(rule)}",
    "enum": lambda value, rule: f"{value} is not one of {listed(rule)}",
    "const": lambda value, rule: f"{value} is not {shown(rule)}",
    "minimum": lambda value, rule: f"{value} is less than {rule}",
    "maximum": lambda value, rule: f"{value} is greater than {rule}",
    "exclusiveMinimum": lambda value, rule: f"{value} is not greater than {rule}",
    "exclusiveMaximum": lambda value, rule: f"{value} is not less than {rule}",
    "multipleOf": lambda value, rule: f"{value} is not a multiple of {rule}",
    "minLength": lambda value, rule: f"{value} is shorter than {rule} characters",
    "maxLength": lambda value, rule: f"{value} is longer than {rule} characters",
    "pattern": lambda value, rule: f"{value} does not match {cut(rule, 100)!r}",
    "minItems": lambda value, rule: f"{value} has fewer than {rule} items",
    "maxItems": lambda value, rule: f"{value} has more than {rule} items",
    "uniqueItems": lambda value, rule: f"{value} has equal items",
    "minProperties": lambda value, rule: f"{value} has fewer than {rule} properties",
    "maxProperties": lambda value, rule: f"{value} has more than {rule} properties",
    "dependentRequired": lambda value, rule: f"{value} lacks a property that another one needs",
}
"""Keywords that judge a value alone, and the sentence that tells each, type first."""


def sentence(path: tuple[str | int, ...], rule: str) -> str:
    """Return "/path: rule", short and printable."""
    where = cut("".join(f"/{_step(part)}" for part in path) or "/", PATH_LIMIT)
    return cut(f"{where}: {rule}", SENTENCE_LIMIT)


def shown(value: Any) -> str:
    """Return a short single value as it is, anything else by what it is."""
    if isinstance(value, str):
        return repr(cut(value, VALUE_LIMIT))
    if isinstance(value, dict | list | tuple):
        return "an object" if isinstance(value, dict) else "a list"
    if isinstance(value, int) and not -LARGEST_SHOWN < value < LARGEST_SHOWN:
        return "a very large number"  # Python refuses to write numbers of thousands of digits
    return cut(json.dumps(value), VALUE_LIMIT)


def either(types: str | list[str]) -> str:
    """Return one type or several, quoted."""
    return " or ".join(repr(one) for one in ([types] if isinstance(types, str) else types))


def listed(options: list[Any]) -> str:
    """Return the first few options."""
    more = ", ..." if len(options) > 10 else ""
    return ", ".join(shown(option) for option in options[:10]) + more


def cut(text: str, limit: int) -> str:
    """Return the text, at most so many characters of it."""
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def _step(part: str | int) -> str:
    """Return a part of a path: printable, as a name may be anything that a caller sends."""
    name = cut(str(part), NAME_LIMIT).replace("~", "~0").replace("/", "~1")
    return name if name.isprintable() else name.encode("unicode_escape").decode("ascii")
