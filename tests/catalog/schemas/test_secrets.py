"""Which names hide a value that a schema marks as secret, and when more than a name must."""

from typing import Any

import pytest

from catalog.schemas import marked_by, marked_in

SECRET = {"type": "string", "writeOnly": True}
PLAIN = {"type": "string"}


@pytest.mark.parametrize(
    ("schema", "names"),
    [
        ({"properties": {"a": SECRET, "b": PLAIN}}, {"a"}),
        ({"properties": {"a": {"format": "password"}}}, {"a"}),
        ({"properties": {"a": {"properties": {"b": SECRET}}}}, {"b"}),
        ({"properties": {"a": {"type": "array", "items": SECRET}, "b": PLAIN}}, {"a"}),
        ({"properties": {"a": {"prefixItems": [PLAIN, SECRET]}, "b": PLAIN}}, {"a"}),
        ({"properties": {"a": {"additionalProperties": SECRET}, "b": PLAIN}}, {"a"}),
        ({"properties": {"a": {"patternProperties": {"^x": SECRET}}}}, {"a"}),
        ({"properties": {"a": {"items": {"items": SECRET}}}}, {"a"}),
        ({"properties": {"a": {"anyOf": [{"type": "null"}, SECRET]}}}, {"a"}),
        ({"properties": {"a": {"$ref": "#/$defs/s"}}, "$defs": {"s": SECRET}}, {"a"}),
        ({"allOf": [{"properties": {"a": {"items": SECRET}}}]}, {"a"}),
        ({"properties": {"properties": {"items": SECRET}}}, {"properties"}),
        ({"properties": {"items": SECRET}}, {"items"}),
        (
            {
                "properties": {"tree": {"$ref": "#/$defs/node"}},
                "$defs": {
                    "node": {
                        "properties": {"pin": SECRET, "below": {"items": {"$ref": "#/$defs/node"}}}
                    }
                },
            },
            {"pin"},
        ),
    ],
)
def test_name_or_what_holds_it_hides_a_secret(schema: dict[str, Any], names: set[str]) -> None:
    marked = marked_by(schema)
    assert (marked.names, marked.everything) == (names, False)


@pytest.mark.parametrize(
    "schema",
    [
        SECRET,
        {"additionalProperties": SECRET},
        {"items": {"items": SECRET}},
        {"$ref": "#/nowhere"},
        {"$ref": "https://example.com/schema"},
    ],
)
def test_everything_is_hidden_where_no_name_holds_a_secret(schema: dict[str, Any]) -> None:
    assert marked_by(schema).everything


@pytest.mark.parametrize("schema", [None, {}, {"properties": {"a": PLAIN}}])
def test_nothing_is_hidden_without_a_mark(schema: dict[str, Any] | None) -> None:
    marked = marked_by(schema)
    assert (marked.names, marked.everything) == (set(), False)


def test_both_sides_of_a_definition_are_told_apart_and_remembered() -> None:
    definition = {"inputSchema": {"properties": {"a": SECRET}}, "outputSchema": SECRET}
    marked = marked_in("both-sides", definition)
    assert (marked.arguments.names, marked.result.everything) == ({"a"}, True)
    assert marked_in("both-sides", {}) is marked
