"""The form of an elicitation: a flat object schema, checked once, that then reads answers.

A schema goes out as it was written, so what MCP's restricted schemas do not know is refused: a rule
that the hub would not hold, and that no client shows, would only look like one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from catalog.authoring.answers import bounded
from catalog.authoring.contents import compact, jsonable
from catalog.authoring.errors import AnswerError, AuthoringError, ResultError
from catalog.authoring.form_fields import FORMATS, Field, Misfit, is_bound

Schema = dict[str, Any]
FIELDS_LIMIT = 100
SCHEMA_LIMIT = 32 * 1024
"""Characters of a schema as JSON."""
ANSWER_LIMIT = 64 * 1024
"""Characters of all that one answer holds."""
_ROOT = frozenset({"$schema", "type", "properties", "required", "title", "description"})
_ALWAYS = frozenset({"type", "title", "description", "default"})


@dataclass(frozen=True, slots=True)
class Form:
    """A schema, and its fields by name."""

    schema: Schema
    fields: Mapping[str, Field]
    required: frozenset[str]

    def read(self, content: Any) -> dict[str, Any]:
        """Return an answer's content with only the fields that were asked for; else AnswerError.

        What was not asked for is dropped: clients add what they like, and nobody waits for it.
        """
        sent = bounded({} if content is None else content, ANSWER_LIMIT)
        for name in self.fields:
            if name in self.required and name not in sent:
                raise AnswerError(f"{name} is required")
        return {
            name: _read(name, field, sent)
            for name, field in self.fields.items()
            if name in self.required or sent.get(name) is not None  # null: it was left empty
        }


def _read(name: str, field: Field, sent: dict[str, Any]) -> Any:
    try:
        return field.read(sent[name])
    except Misfit as misfit:
        raise AnswerError(f"{name} {misfit}") from None


EMPTY: Schema = {"type": "object", "properties": {}}
"""A plain confirmation."""


def form_of(schema: Mapping[str, Any]) -> Form:
    """Check a requestedSchema as it is written; AuthoringError says what MCP's forms do not know."""
    plain = _plain(schema)
    properties, required = plain.get("properties"), plain.get("required", [])
    if plain.get("type") != "object" or not isinstance(properties, dict):
        raise AuthoringError('a form is {"type": "object", "properties": {...}}')
    _refuse_unknown(plain, _ROOT, "a form")
    if len(properties) > FIELDS_LIMIT:
        raise AuthoringError(f"a form has at most {FIELDS_LIMIT} fields")
    if not isinstance(required, list) or not all(name in list(properties) for name in required):
        raise AuthoringError("a form's required fields are a list of names that it has")
    fields = {name: field_of(name, part) for name, part in properties.items()}
    return Form(plain, fields, frozenset(required))


def _plain(schema: Mapping[str, Any]) -> Schema:
    """Copy a schema as plain JSON; what cannot be sent is refused."""
    try:
        plain: Schema = jsonable(dict(schema))
        size = len(compact(plain))
    except ResultError as error:
        raise AuthoringError(f"a form is no JSON: {error}") from error
    if size > SCHEMA_LIMIT:
        raise AuthoringError(f"a form has {size} characters; {SCHEMA_LIMIT} are allowed")
    return plain


def field_of(name: str, part: Any) -> Field:
    """Check one field's schema; AuthoringError names the field."""
    where = f"the form's {name!r}"
    kind = part.get("type") if isinstance(part, dict) else None
    if not isinstance(kind, str) or kind not in KINDS:
        raise AuthoringError(
            f"{where} is not text, a number, yes or no, or a choice: {_NO_NESTING}"
        )
    keywords, read = KINDS[kind]
    _refuse_unknown(part, _ALWAYS | keywords, where)
    if not all(isinstance(part.get(key, ""), str) for key in ("title", "description")):
        raise AuthoringError(f"{where}: title and description are texts")
    field = read(where, part)
    _check_default(where, field, part)
    return field


_NO_NESTING = "MCP's forms are flat"


def _refuse_unknown(part: Schema, known: frozenset[str], where: str) -> None:
    if unknown := part.keys() - known:
        raise AuthoringError(f"{where} uses {min(unknown)!r}, which MCP's forms do not know")


def _check_default(where: str, field: Field, part: Schema) -> None:
    if "default" in part:
        try:
            field.read(part["default"])
        except Misfit as misfit:
            raise AuthoringError(f"{where}: its default {misfit}") from None


def _text(where: str, part: Schema) -> Field:
    if "enum" in part or "oneOf" in part:
        return Field("string", choices=_choices(where, part, "oneOf"))
    if "enumNames" in part:
        raise AuthoringError(f"{where}: enumNames stand beside an enum")
    known = part.get("format")
    if known is not None and known not in tuple(FORMATS):
        raise AuthoringError(f"{where}: format is one of {', '.join(FORMATS)}")
    low, high = _counts(where, part, "minLength", "maxLength")
    return Field("string", low, high, known)


def _number(where: str, part: Schema) -> Field:
    low, high = part.get("minimum"), part.get("maximum")
    if not all(bound is None or is_bound(bound) for bound in (low, high)):
        raise AuthoringError(f"{where}: minimum and maximum are numbers")
    return Field(part["type"], low, high)


def _boolean(where: str, part: Schema) -> Field:
    return Field("boolean")


def _several(where: str, part: Schema) -> Field:
    items = part.get("items")
    if not isinstance(items, dict):
        raise AuthoringError(f"{where}: its items are choices")
    _refuse_unknown(items, frozenset({"type", "enum", "anyOf"}), f"{where} in its items")
    if items.get("type", "string") != "string" or ("enum" in items and "type" not in items):
        raise AuthoringError(f"{where}: its choices are texts")
    low, high = _counts(where, part, "minItems", "maxItems")
    return Field("array", low, high, choices=_choices(where, items, "anyOf"))


def _choices(where: str, part: Schema, titled: str) -> tuple[str, ...]:
    """Return the values to choose from: `enum`, or with titles `oneOf` (of several: `anyOf`)."""
    if ("enum" in part) == (titled in part):
        raise AuthoringError(f"{where}: choices are either an enum or {titled}")
    options = part.get("enum", part.get(titled))
    if not isinstance(options, list) or not options:
        raise AuthoringError(f"{where}: its choices are a list, not empty")
    values = options if "enum" in part else [_titled(where, option) for option in options]
    names = part.get("enumNames", values)
    texts = [*values, *names] if isinstance(names, list) else [None]
    if not all(isinstance(one, str) for one in texts) or len(names) != len(values):
        raise AuthoringError(f"{where}: choices, and enumNames one for each, are texts")
    if len(set(values)) != len(values):
        raise AuthoringError(f"{where}: one choice stands there twice")
    return tuple(values)


def _titled(where: str, option: Any) -> Any:
    if not isinstance(option, dict) or option.keys() != {"const", "title"}:
        raise AuthoringError(f'{where}: a choice with a title is {{"const": ..., "title": ...}}')
    if not isinstance(option["title"], str):
        raise AuthoringError(f"{where}: a choice's title is a text")
    return option["const"]


def _counts(where: str, part: Schema, least: str, most: str) -> tuple[int | None, int | None]:
    low, high = part.get(least), part.get(most)
    if not all(bound is None or (type(bound) is int and bound >= 0) for bound in (low, high)):
        raise AuthoringError(f"{where}: {least} and {most} are whole numbers from 0")
    return low, high


KINDS: dict[str, tuple[frozenset[str], Callable[[str, Schema], Field]]] = {
    "string": (
        frozenset({"format", "minLength", "maxLength", "enum", "enumNames", "oneOf"}),
        _text,
    ),
    "number": (frozenset({"minimum", "maximum"}), _number),
    "integer": (frozenset({"minimum", "maximum"}), _number),
    "boolean": (frozenset(), _boolean),
    "array": (frozenset({"items", "minItems", "maxItems"}), _several),
}
"""Type -> the keywords that MCP's forms know for it, and what reads them."""
