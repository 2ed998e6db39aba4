"""Header parameters: what clients would refuse, and secrets, are refused at the declaration."""

from enum import Enum
from typing import Annotated, Any

import pytest
from pydantic import Field

from catalog.authoring import Secret, tool
from catalog.authoring.authored import authored_on
from catalog.authoring.errors import AuthoringError
from catalog.authoring.headers import check_headers


def header(name: Any) -> Any:
    return Field(json_schema_extra={"x-mcp-header": name})


def of(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def marked(name: Any = "Region", kind: Any = "string", **more: Any) -> dict[str, Any]:
    return {"type": kind, "x-mcp-header": name, **more}


def test_header_parameter_stands_in_the_schema() -> None:
    @tool(read_only=True)
    def query(sql: str, region: Annotated[str, header("Region")] = "eu") -> str:
        return sql + region

    authored = authored_on(query)
    assert authored is not None
    assert authored.definition["inputSchema"]["properties"]["region"] == {
        "type": "string",
        "default": "eu",
        "x-mcp-header": "Region",
    }


@pytest.mark.parametrize("kind", ["string", "integer", "boolean"])
def test_primitive_types_may_be_headers(kind: str) -> None:
    check_headers("query", of(a=marked(kind=kind)))


def test_header_may_lie_deeper_in_properties() -> None:
    check_headers("query", of(a=of(b=of(c=marked()))))


@pytest.mark.parametrize(
    "kind", ["number", "object", "array", "null", None, ["string", "null"], ["string"]]
)
def test_other_types_are_refused(kind: Any) -> None:
    with pytest.raises(AuthoringError, match="x-mcp-header at /a needs the type string, integer"):
        check_headers("query", of(a=marked(kind=kind)))


@pytest.mark.parametrize("name", ["", "a b", "a:b", "é", "a\r\nb", "a\x00", 3, None, "a\n"])
def test_name_is_a_token(name: Any) -> None:
    with pytest.raises(AuthoringError, match="query: x-mcp-header at /a must be a name"):
        check_headers("query", of(a=marked(name)))


def test_every_character_of_a_token_is_taken() -> None:
    check_headers("query", of(a=marked("aZ09!#$%&'*+-.^_`|~")))


@pytest.mark.behaviour("E18")
def test_name_is_unique_whatever_its_case() -> None:
    with pytest.raises(AuthoringError, match="at /b/c has the name that /a has"):
        check_headers("query", of(a=marked("Region"), b=of(c=marked("REGION"))))


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "x-mcp-header": "Region"},
        {"type": "string", "x-mcp-header": "Region"},
        of(a={"type": "array", "items": marked()}),
        of(a={"type": "array", "prefixItems": [marked()]}),
        of(a={"anyOf": [marked(), {"type": "null"}]}),
        of(a={"oneOf": [marked()]}),
        of(a={"not": marked()}),
        {"type": "object", "allOf": [of(a=marked())]},
        {"type": "object", "if": of(a=marked())},
        {"type": "object", "then": of(a=marked())},
        {"type": "object", "else": of(a=marked())},
        {"type": "object", "$defs": {"a": marked()}, "properties": {"a": {"$ref": "#/$defs/a"}}},
        {"type": "object", "patternProperties": {"a": marked()}},
        {"type": "object", "dependentSchemas": {"a": of(a=marked())}},
        {"type": "object", "additionalProperties": marked()},
        {"type": "object", "unevaluatedProperties": marked()},
        of(a={"type": "object", "propertyNames": marked()}),
    ],
)
def test_only_properties_lead_to_a_header(schema: dict[str, Any]) -> None:
    with pytest.raises(AuthoringError, match="is no parameter that is reached by properties alone"):
        check_headers("query", schema)


def test_property_of_this_name_and_plain_values_are_no_annotations() -> None:
    check_headers("query", of(**{"x-mcp-header": {"type": "number"}}))
    check_headers("query", of(a={"type": "object", "default": {"x-mcp-header": ""}}))
    check_headers("query", of(a={"enum": [{"x-mcp-header": ""}], "const": {"x-mcp-header": 1}}))


@pytest.mark.parametrize("more", [{"writeOnly": True}, {"format": "password"}])
def test_secret_is_no_header(more: dict[str, Any]) -> None:
    with pytest.raises(AuthoringError, match="at /a would show a secret to everything on the way"):
        check_headers("query", of(a=marked(**more)))


def test_parameter_hinted_secret_is_no_header() -> None:
    with pytest.raises(AuthoringError, match="query: x-mcp-header at /key would show a secret"):

        @tool
        def query(key: Annotated[Secret, header("Key")]) -> str:
            return ""


class Colour(Enum):
    RED = "red"


@pytest.mark.parametrize("hint", [str | None, Colour, float, list[str]])
def test_hint_that_is_no_plain_scalar_is_refused(hint: Any) -> None:
    def query(a: Any = None) -> str:
        return ""

    query.__annotations__["a"] = Annotated[hint, header("A")]
    with pytest.raises(AuthoringError, match="at /a needs the type"):
        tool(query)


def test_schema_without_end_is_refused() -> None:
    schema: dict[str, Any] = marked()
    for _ in range(70):
        schema = of(a=schema)
    with pytest.raises(AuthoringError, match="nested more than 64 deep"):
        check_headers("query", schema)
