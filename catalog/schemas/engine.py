"""How this room uses jsonschema-rs: offline always, patterns always by the linear engine."""

import re
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import jsonschema_rs
from jsonschema_rs import Draft202012Validator, FancyRegexOptions, RegexOptions, Registry

from catalog.errors import SchemaRefused
from catalog.schemas.document import Place, Schema, pointer

PATTERN_SIZE_LIMIT = 256 * 1024
"""Bytes of one compiled pattern; `\\w{1,1000}` still fits."""
LINEAR = RegexOptions(size_limit=PATTERN_SIZE_LIMIT)
BACKTRACKING = FancyRegexOptions(size_limit=PATTERN_SIZE_LIMIT)
REPEATED = r"(?:[*+]|\{\d*,\})"
REPEATED_REPETITION = re.compile(
    r"\((?:\?:)?(?:\[(?:\\.|[^\]\\])*\]|\\.|[^\\()\[\]|*+?{}^$])" + REPEATED + r"\??\)" + REPEATED
)
"""Such as (a+)+: harmless to the linear engine, endless in the engines of many clients."""
JUDGES_KEPT = 32
HOME = "urn:mcphub:schema"


def build(schema: Schema) -> Draft202012Validator:
    """Return a validator; SchemaRefused for what is no JSON Schema 2020-12."""
    try:
        return Draft202012Validator(anonymous(schema), offline=True, pattern_options=LINEAR)
    except jsonschema_rs.ValidationError as error:
        where = pointer(tuple(str(part) for part in error.instance_path))
        raise SchemaRefused(f"at #{where}: {error.message[:300]}") from error


def anonymous(schema: Schema) -> dict[str, Any]:
    """Return the schema without its own address, so that its references are its places."""
    return {key: value for key, value in schema.items() if key != "$id"}


def check_pattern(pattern: str) -> None:
    """Raise SchemaRefused for a pattern that cannot be matched in linear time and small space."""
    if REPEATED_REPETITION.search(pattern):
        raise SchemaRefused(
            f"pattern {pattern[:100]!r} repeats a repetition, "
            "which takes clients that backtrack exponential time"
        )
    if _compiles(pattern, LINEAR):
        return
    if _compiles(pattern, BACKTRACKING):
        raise SchemaRefused(
            f"pattern {pattern[:100]!r} uses look-around or a back-reference, "
            "which cannot be matched in bounded time"
        )
    raise SchemaRefused(
        f"pattern {pattern[:100]!r} is no regular expression, or compiles too large"
    )


def _compiles(pattern: str, options: RegexOptions | FancyRegexOptions) -> bool:
    try:
        Draft202012Validator({"pattern": pattern}, offline=True, pattern_options=options)
    except jsonschema_rs.ValidationError:
        return False
    return True


class Parts:
    """Judges values by single parts of a schema, for finding out which part refused."""

    __slots__ = ("_judges", "_registry")

    def __init__(self, schema: Schema) -> None:
        self._registry = Registry([(HOME, anonymous(schema))])
        self._judges: dict[Place, Draft202012Validator] = {}

    def accepts(self, place: Place, value: Any) -> bool:
        """Tell whether the subschema at this place takes the value."""
        judge = self._judges.get(place)
        if judge is None:
            if len(self._judges) >= JUDGES_KEPT:
                self._judges = {}
            judge = self._judges[place] = self._build(_reference(place))
        return judge.is_valid(value)

    def any_accepts(self, places: list[Place], value: Any) -> bool:
        """Tell whether one of several subschemas takes the value."""
        union = {"anyOf": [_reference(place) for place in places]}
        return self._build(union).is_valid(value)

    def _build(self, part: Schema) -> Draft202012Validator:
        return Draft202012Validator(
            dict(part), registry=self._registry, offline=True, pattern_options=LINEAR
        )


def _reference(place: Place) -> dict[str, str]:
    return {"$ref": f"{HOME}#{quote(pointer(place))}"}


def keyword_accepts(keyword: str, rule: Any, value: Any) -> bool:
    """Tell whether one keyword, which needs no other, takes the value."""
    judge = Draft202012Validator({keyword: rule}, offline=True, pattern_options=LINEAR)
    return judge.is_valid(value)


def pattern_accepts(pattern: str, name: str) -> bool:
    """Tell whether a property's name fits a pattern; a few hundred are kept compiled."""
    return _pattern(pattern).is_valid(name)


@lru_cache(maxsize=256)
def _pattern(pattern: str) -> Draft202012Validator:
    return Draft202012Validator({"pattern": pattern}, offline=True, pattern_options=LINEAR)
