"""Type hints -> JSON Schema 2020-12 and the pydantic validator or serializer behind it.

Both are built once, at import. Schemas are self-contained (`$defs` inside) and free of the titles
that pydantic makes up from names: they cost every model tokens and say nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import NoneType
from typing import Annotated, Any, Literal, get_args

from pydantic import ConfigDict, Field, TypeAdapter
from pydantic.fields import FieldInfo

from catalog.authoring.docstrings import Documentation
from catalog.authoring.errors import AuthoringError
from catalog.authoring.media import Audio, File, Image
from catalog.authoring.plain_schema import REFUSALS, Plain, Schema, refusal
from catalog.authoring.signature import MISSING, Parameter, Signature
from catalog.authoring.typed_dicts import typed_dict

_BLOCKS = frozenset({Image, Audio, File, bytes, bytearray})
_UNTOLD = frozenset({MISSING, Any, object, None, NoneType, list, tuple})


@dataclass(frozen=True, slots=True)
class Arguments:
    """What goes in: the schema for clients, and a validator from a mapping to keyword arguments."""

    schema: Schema
    validate: Callable[[Any], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Returns:
    """What comes out; without a schema, whatever comes out is told as it is.

    `wrapped` results travel as {"result": value}: roots that are no object are refused by clients
    of older revisions. `exact` is the plain type that needs no serializer.
    """

    schema: Schema | None = None
    wrapped: bool = False
    nullable: bool = True
    exact: type[Any] | None = None
    dump: Callable[[Any], Any] | None = None


def arguments_of(signature: Signature, docs: Documentation) -> Arguments:
    """Build validator and schema from the parameters, descriptions filled in from the docstring."""
    fields = {one.name: _field(one, docs.parameters.get(one.name)) for one in signature.parameters}
    shape = typed_dict(signature.name, fields)
    shape.__pydantic_config__ = ConfigDict(extra="forbid")
    try:
        adapter: TypeAdapter[Any] = TypeAdapter(shape)
        schema = _tidied(adapter.json_schema(schema_generator=Plain), signature.name)
    except REFUSALS as error:
        raise _blamed(signature, error) from error
    return Arguments({"type": "object", **schema}, adapter.validator.validate_python)


def returns_of(signature: Signature) -> Returns:
    """Build serializer and schema from the return hint; none for media and for unsaid types."""
    hint = signature.returns
    if _untold(hint) or _holds_blocks(hint):
        return Returns()
    try:
        adapter: TypeAdapter[Any] = TypeAdapter(hint)
        raw = adapter.json_schema(mode="serialization", schema_generator=Plain)
    except REFUSALS as error:
        raise AuthoringError(f"{signature.name}: {refusal(hint, error)}") from error
    schema = _tidied(raw, getattr(hint, "__name__", ""))
    wrapped = not _is_object(schema)
    return Returns(
        schema=_wrapped(schema) if wrapped else {"type": "object", **schema},
        wrapped=wrapped,
        nullable=adapter.validator.isinstance_python(None),
        exact=hint if hint in (str, int, float, bool) else None,
        dump=_dumper(adapter),
    )


def _dumper(adapter: TypeAdapter[Any]) -> Callable[[Any], Any]:
    to_python = adapter.serializer.to_python

    def dump(value: Any) -> Any:
        return to_python(value, mode="json", by_alias=True, warnings="error")

    return dump


def _field(parameter: Parameter, description: str | None) -> Any:
    """Put a parameter's default and description where pydantic looks for them."""
    hint, default = parameter.hint, parameter.default
    if isinstance(default, FieldInfo):
        hint = Annotated[hint, default]
    elif default is not MISSING:
        hint = Annotated[hint, Field(default=default)]
    if description and not parameter.described:
        hint = Annotated[hint, Field(description=description)]
    return hint


def _untold(hint: Any) -> bool:
    """Tell whether a hint promises nothing: `list` alone may as well hold images."""
    if hint is MISSING or (isinstance(hint, type | NoneType) and hint in _UNTOLD) or hint is Any:
        return True
    return getattr(hint, "__origin__", None) is list and get_args(hint) == (Any,)


def _holds_blocks(hint: Any) -> bool:
    """Tell whether media can come out, at the top or inside lists, unions and `Annotated`."""
    if getattr(hint, "__origin__", None) in (dict, Literal):
        return False
    return (
        hint in _BLOCKS
        if isinstance(hint, type) and not get_args(hint)
        else any(map(_holds_blocks, get_args(hint)))
    )


def _is_object(schema: Schema) -> bool:
    """Tell whether the root is an object, also when a recursive type hides it behind `$ref`."""
    if "$ref" in schema:
        target = schema["$ref"].removeprefix("#/$defs/")
        return bool(schema["$defs"][target].get("type") == "object")
    return schema.get("type") == "object"


def _wrapped(schema: Schema) -> Schema:
    definitions = schema.pop("$defs", None)
    outer: Schema = {"type": "object", "properties": {"result": schema}, "required": ["result"]}
    return {**outer, "$defs": definitions} if definitions else outer


def _tidied(schema: Schema, name: str) -> Schema:
    """Drop the titles that only repeat a type's name, from the root and from each definition."""
    named = [(name, schema), *schema.get("$defs", {}).items()]
    for key, part in named:
        if part.get("title") and key.endswith(part["title"]):
            del part["title"]
    return schema


def _blamed(signature: Signature, error: Exception) -> AuthoringError:
    """Find the parameter that cannot be described: pydantic names only the type."""
    for one in signature.parameters:
        try:
            TypeAdapter(one.hint).json_schema(schema_generator=Plain)
        except REFUSALS as reason:
            where = f"{signature.name}: parameter {one.name!r}"
            return AuthoringError(f"{where}: {refusal(one.hint, reason)}")
    return AuthoringError(f"{signature.name}: {error}")
