"""`@tool(input_schema={...})`: a JSON Schema that goes out as its author wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, get_origin

from catalog.authoring.contents import compact, jsonable
from catalog.authoring.errors import AuthoringError, ResultError
from catalog.authoring.schemas import Arguments
from catalog.authoring.signature import Signature

_TAKES_ALL = (dict, Mapping, Any)


def raw_arguments(signature: Signature, schema: Mapping[str, Any]) -> Arguments:
    """Keep a schema as it is; the function's only parameter gets the arguments as a dict.

    AuthoringError where it is no JSON or its root no object. What else could be wrong with a schema
    is found where every definition is checked.
    """
    if len(signature.parameters) != 1:
        raise AuthoringError(f"{signature.name}: with input_schema it takes one parameter, a dict")
    parameter = signature.parameters[0]
    if (get_origin(parameter.hint) or parameter.hint) not in _TAKES_ALL:
        raise AuthoringError(
            f"{signature.name}: with input_schema parameter {parameter.name!r} is hinted dict"
        )
    name = parameter.name
    return Arguments(_kept(signature, schema), lambda arguments: {name: dict(arguments)})


def _kept(signature: Signature, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Copy a schema, so that what its author does with his later changes nothing."""
    try:
        plain = jsonable(schema)
        compact(plain)
    except ResultError as error:
        raise AuthoringError(f"{signature.name}: input_schema is no JSON: {error}") from error
    if not isinstance(schema, dict) or plain != schema:
        raise AuthoringError(f"{signature.name}: input_schema is a dict of JSON values alone")
    if schema.get("type") != "object":
        raise AuthoringError(f'{signature.name}: input_schema needs "type": "object" at its root')
    return deepcopy(schema)
