"""One field of an elicitation's form: which values it takes, and how an answer is read.

MCP's restricted schemas, all of them: text with a format, numbers, yes or no, one choice or several,
with or without titles. A refusal is a rule ("is not a date"), never the value.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from catalog.authoring.contents import clean

TEXT_LIMIT = 32 * 1024
"""Characters of one text."""
LARGEST_NUMBER = 10**18


class Misfit(ValueError):
    """A value that a field does not take; the text is the rule it broke."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field as its schema says: `low` and `high` bound length, value or number of choices."""

    kind: str
    low: float | None = None
    high: float | None = None
    format: str | None = None
    choices: tuple[str, ...] | None = None

    def read(self, value: Any) -> Any:
        """Return a JSON value as an author gets it; Misfit when it does not fit."""
        return READERS[self.kind](self, value)

    def bound(self, number: float, unit: str = "") -> None:
        """Raise Misfit unless the number lies within the bounds."""
        if self.low is not None and number < self.low:
            raise Misfit(f"is less than {self.low:g}{unit}")
        if self.high is not None and number > self.high:
            raise Misfit(f"is more than {self.high:g}{unit}")


def _text(field: Field, value: Any) -> str:
    if not isinstance(value, str):
        raise Misfit("is not a text")
    if field.choices is not None:
        return _choice(field.choices, value)
    if len(value) > TEXT_LIMIT:
        raise Misfit(f"is more than {TEXT_LIMIT} characters")
    field.bound(len(value), " characters")
    if field.format is not None:
        FORMATS[field.format](value)
    return clean(value)


def _choice(choices: tuple[str, ...], value: Any) -> str:
    if not isinstance(value, str) or value not in choices:
        raise Misfit("is not one of the choices")
    return value


def _number(field: Field, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Misfit("is not a number")
    if not abs(value) <= LARGEST_NUMBER:  # so that NaN is refused, too
        raise Misfit("is too large")
    field.bound(value)
    return value


def _integer(field: Field, value: Any) -> int:
    """Take 3.0 for 3, as JSON Schema does."""
    number = _number(field, value)
    if isinstance(number, float) and not number.is_integer():
        raise Misfit("is not a whole number")
    return int(number)


def _boolean(field: Field, value: Any) -> bool:
    if not isinstance(value, bool):
        raise Misfit("is neither true nor false")
    return value


def _several(field: Field, value: Any) -> list[str]:
    """Read choices; one that is made twice counts once."""
    if not isinstance(value, list):
        raise Misfit("is not a list")
    chosen = list(dict.fromkeys(_choice(field.choices or (), one) for one in value))
    field.bound(len(chosen), " choices")
    return chosen


READERS: dict[str, Callable[[Field, Any], Any]] = {
    "string": _text,
    "number": _number,
    "integer": _integer,
    "boolean": _boolean,
    "array": _several,
}


_EMAIL = re.compile(r"[^\s@\x00-\x1f]{1,64}@[^\s@\x00-\x1f]{1,255}")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s\x00-\x1f\x7f<>\"{}|\\^`]+")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)
URI_LENGTH = 4_096


def _email(value: str) -> None:
    if not _EMAIL.fullmatch(value):
        raise Misfit("is not an e-mail address")


def _uri(value: str) -> None:
    if len(value) > URI_LENGTH or not _URI.fullmatch(value):
        raise Misfit("is not a URI")


def _date(value: str) -> None:
    try:
        date.fromisoformat(value if _DATE.fullmatch(value) else "")
    except ValueError:
        raise Misfit("is not a date such as 2030-12-31") from None


def _moment(value: str) -> None:
    try:
        datetime.fromisoformat(value.upper() if _MOMENT.fullmatch(value) else "")
    except ValueError:
        raise Misfit("is not a date with time and zone such as 2030-12-31T12:00:00Z") from None


FORMATS: dict[str, Callable[[str], None]] = {
    "email": _email,
    "uri": _uri,
    "date": _date,
    "date-time": _moment,
}
"""The formats that MCP's forms know."""


def is_bound(value: Any) -> bool:
    """Tell whether a value can bound numbers: a finite number."""
    known = isinstance(value, int | float) and not isinstance(value, bool)
    return known and math.isfinite(value)
