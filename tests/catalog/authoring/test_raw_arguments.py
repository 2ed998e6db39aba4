"""A schema that its author wrote: it goes out as it is, and the function gets a dict."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from catalog.authoring import Context, tool
from catalog.authoring.authored import Authored, authored_on
from catalog.authoring.errors import AuthoringError

SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {"address": {"$anchor": "addressDef", "type": "object", "title": "Address"}},
    "properties": {"address": {"$ref": "#/$defs/address"}, "phone": {"type": "string"}},
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["address"]}]}],
    "if": {"properties": {"phone": {"const": "1.0"}}},
    "then": {"required": ["phone"]},
    "additionalProperties": False,
}


def read(function: object) -> Authored:
    found = authored_on(function)
    assert found is not None
    return found


def test_schema_goes_out_as_it_was_written() -> None:
    @tool(input_schema=SCHEMA, read_only=True)
    async def write_to(arguments: dict[str, Any]) -> str:
        return ""

    assert json.dumps(read(write_to).definition["inputSchema"]) == json.dumps(SCHEMA)


def test_later_change_of_the_authors_dict_changes_nothing() -> None:
    schema: dict[str, Any] = {"type": "object", "properties": {}}

    @tool(input_schema=schema, read_only=True)
    def write_to(arguments: dict[str, Any]) -> str:
        return ""

    schema["properties"]["a"] = {}
    assert read(write_to).definition["inputSchema"]["properties"] == {}


@pytest.mark.parametrize("hint", [dict, dict[str, Any], Mapping[str, Any], Any])
def test_function_gets_the_arguments_as_a_dict(hint: Any) -> None:
    def write_to(ctx: Context, given: Any) -> str:
        return ""

    write_to.__annotations__["given"] = hint
    tool(input_schema=SCHEMA, read_only=True)(write_to)
    assert read(write_to).bind({"phone": "1"}) == {"given": {"phone": "1"}}
    assert read(write_to).context_parameter == "ctx"


def test_function_takes_one_dict() -> None:
    def none() -> str:
        return ""

    def two(a: dict[str, Any], b: int) -> str:
        return ""

    def number(a: int) -> str:
        return ""

    for function in (none, two):
        with pytest.raises(
            AuthoringError, match="with input_schema it takes one parameter, a dict"
        ):
            tool(input_schema=SCHEMA)(function)
    with pytest.raises(AuthoringError, match="with input_schema parameter 'a' is hinted dict"):
        tool(input_schema=SCHEMA)(number)


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ({"type": "string"}, 'needs "type": "object" at its root'),
        ({}, 'needs "type": "object" at its root'),
        ([], "is a dict of JSON values alone"),
        ({"type": "object", "default": object()}, "is no JSON"),
        ({"type": "object", "default": float("nan")}, "is no JSON"),
        ({"type": "object", "required": ("a",)}, "is a dict of JSON values alone"),
        ({"type": "object", "properties": {1: {}}}, "is a dict of JSON values alone"),
    ],
)
def test_schema_that_cannot_go_out_is_refused(schema: Any, reason: str) -> None:
    def write_to(arguments: dict[str, Any]) -> str:
        return ""

    with pytest.raises(AuthoringError, match=f"write_to: input_schema {reason}"):
        tool(input_schema=schema)(write_to)


def test_header_parameter_of_a_raw_schema_is_checked() -> None:
    def write_to(arguments: dict[str, Any]) -> str:
        return ""

    schema = {"type": "object", "properties": {"a": {"type": "number", "x-mcp-header": "A"}}}
    with pytest.raises(AuthoringError, match="x-mcp-header at /a needs the type"):
        tool(input_schema=schema)(write_to)
