"""A dataclass, TypedDict or pydantic model as the form of an elicitation.

What MCP's forms cannot say (a pattern, an open bound) is left out of the schema; the type itself
still refuses an answer that breaks it.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import typing_extensions
from pydantic import BaseModel, TypeAdapter, ValidationError

from catalog.authoring.errors import AnswerError, AuthoringError
from catalog.authoring.form_fields import FORMATS
from catalog.authoring.forms import KINDS, Form, form_of
from catalog.authoring.plain_schema import REFUSALS, Plain, Schema, refusal
from catalog.authoring.typed_dicts import accepted

TYPES_KEPT = 256
"""Types whose forms are kept ready: building one takes milliseconds."""
_TOLD = frozenset({"type", "title", "description", "default", "items"})
_NULL = {"type": "null"}
_SENSITIVE = (
    "is a secret, which no form may ask for: send the person to a page of yours with elicit_url"
)


@dataclass(frozen=True, slots=True)
class TypedForm:
    """A form, and the type that its answers become."""

    form: Form
    adapter: TypeAdapter[Any]
    empty: tuple[str, ...]
    """Fields that may be None and have no default: None is what a missing answer means."""

    def read(self, content: Any) -> Any:
        """Return an answer's content as an instance of the type; AnswerError when it does not fit."""
        found = dict.fromkeys(self.empty) | self.form.read(content)
        try:
            return self.adapter.validate_python(found)
        except ValidationError as error:
            raise _misfit(error) from None


def _misfit(error: ValidationError) -> AnswerError:
    """Tell the first misfit by its place and kind alone: pydantic's sentence may quote the value."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    path = "/".join(str(part) for part in first["loc"])[:200]
    return AnswerError(f"{path or 'the answer'} does not fit ({first['type']})")


def typed_form(kind: Any) -> TypedForm:
    """Return the form of a type; AuthoringError names the field that no form can ask for."""
    if not _is_known(kind):
        raise AuthoringError(
            "an elicitation's schema is a dict, dataclass, TypedDict or pydantic model"
        )
    return _built(kind)


@lru_cache(maxsize=TYPES_KEPT)
def _built(kind: Any) -> TypedForm:
    try:
        adapter: TypeAdapter[Any] = TypeAdapter(accepted(kind))
        described = adapter.json_schema(schema_generator=Plain)
    except REFUSALS as error:
        raise AuthoringError(refusal(kind, error)) from error
    shelf = described.get("$defs", {})
    root = _resolved(described, shelf)
    return _typed(adapter, root, shelf)


def _is_known(kind: Any) -> bool:
    if not isinstance(kind, type):
        return False
    known = dataclasses.is_dataclass(kind) or typing_extensions.is_typeddict(kind)
    return known or issubclass(kind, BaseModel)


def _typed(adapter: TypeAdapter[Any], root: Schema, shelf: Schema) -> TypedForm:
    properties: Schema = {}
    required: list[str] = []
    empty: list[str] = []
    for name, part in root.get("properties", {}).items():
        field, nullable = _without_null(_resolved(part, shelf), shelf)
        properties[name] = _restricted(name, field, shelf)
        if name in root.get("required", ()):
            (empty if nullable else required).append(name)
    schema: Schema = {"type": "object", "properties": properties}
    form = form_of(schema | ({"required": required} if required else {}))
    return TypedForm(form, adapter, tuple(empty))


def _resolved(part: Schema, shelf: Schema) -> Schema:
    """Return a subschema with what it refers to in its place; what stands beside it wins.

    A type's title is its name in the code, which is no name for a field.
    """
    if "$ref" not in part:
        return part
    beside = {key: value for key, value in part.items() if key != "$ref"}
    target = shelf[part["$ref"].removeprefix("#/$defs/")]
    return {key: value for key, value in target.items() if key != "title"} | beside


def _without_null(part: Schema, shelf: Schema) -> tuple[Schema, bool]:
    """Return the schema of `X | None` as that of X, and whether it was one."""
    options = [one for one in part.get("anyOf", ()) if one != _NULL]
    if len(options) != 1:
        return part, False
    beside = {key: value for key, value in part.items() if key != "anyOf"}
    if beside.get("default", "") is None:
        del beside["default"]
    return {**_resolved(options[0], shelf), **beside}, True


def _restricted(name: str, part: Schema, shelf: Schema) -> Schema:
    """Return what MCP's forms can say of a field."""
    if part.get("writeOnly") or part.get("format") == "password":
        raise AuthoringError(f"the form's {name!r} {_SENSITIVE}")
    if "const" in part:
        part = {**part, "enum": [part["const"]]}
    kind = part.get("type")
    if "enum" in part and kind != "string":
        raise AuthoringError(f"the form's {name!r} has choices that are no texts")
    known = KINDS[kind][0] if isinstance(kind, str) and kind in KINDS else frozenset()
    found = {key: value for key, value in part.items() if key in known | _TOLD}
    if found.get("format", "date") not in FORMATS:
        del found["format"]
    if kind == "integer":
        found = _closed(part) | found
    if isinstance(items := found.get("items"), dict):
        found["items"] = _choice(_resolved(items, shelf))
    if part.get("uniqueItems") and isinstance(default := found.get("default"), list):
        found["default"] = sorted(default, key=str)  # a set has another order in each process
    return found


def _choice(items: Schema) -> Schema:
    if "const" in items:
        items = {**items, "enum": [items["const"]]}
    return {key: items[key] for key in ("type", "enum") if key in items}


def _closed(part: Schema) -> Schema:
    """Return a whole number's open bounds as closed ones."""
    bounds = {"minimum": ("exclusiveMinimum", 1), "maximum": ("exclusiveMaximum", -1)}
    return {closed: part[open_] + step for closed, (open_, step) in bounds.items() if open_ in part}
