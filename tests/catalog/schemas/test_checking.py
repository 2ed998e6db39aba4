import socket
from typing import Any

import pytest

from catalog.errors import SchemaRefused
from catalog.schemas import check

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def root(**more: Any) -> dict[str, Any]:
    return {"type": "object", **more}


def having(schema: Any) -> dict[str, Any]:
    return root(properties={"x": schema})


def shelf(**schemas: Any) -> dict[str, Any]:
    return {"$defs": schemas}


def doubling(steps: int) -> dict[str, Any]:
    """A schema in which each step applies the next one twice."""
    defs: dict[str, Any] = {
        f"a{i}": {"allOf": [{"$ref": f"#/$defs/a{i + 1}"}] * 2} for i in range(steps)
    }
    defs[f"a{steps}"] = {"type": "object"}
    return root(**{"$ref": "#/$defs/a0", "$defs": defs})


def chain(steps: int) -> dict[str, Any]:
    defs: dict[str, Any] = {f"a{i}": {"$ref": f"#/$defs/a{i + 1}"} for i in range(steps)}
    defs[f"a{steps}"] = {"type": "object"}
    return root(**{"$ref": "#/$defs/a0", "$defs": defs})


def deep(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = root()
    for _ in range(levels):
        schema = having(schema)
    return schema


TAKEN = {
    "nothing but an object": root(),
    "its dialect named": root(**{"$schema": DIALECT}),
    "its dialect named with an empty fragment": root(**{"$schema": DIALECT + "#"}),
    "a local reference": root(properties={"x": {"$ref": "#/$defs/q"}}, **shelf(q={})),
    "a reference to true": root(properties={"x": {"$ref": "#/$defs/q"}}, **shelf(q=True)),
    "an anchor": root(properties={"x": {"$ref": "#q"}}, **shelf(a={"$anchor": "q"})),
    "an escaped place": root(
        properties={"x": {"$ref": "#/$defs/a~1b%20c"}}, **shelf(**{"a/b c": {}})
    ),
    "an address of its own": root(**{"$id": "http://x.example/y"}, properties={"x": {"$ref": "#"}}),
    "a tree of itself": root(properties={"left": {"$ref": "#"}, "right": {"$ref": "#"}}),
    "properties named as keywords": root(properties={"$ref": {"type": "string"}, "pattern": {}}),
    "an example that looks like a reference": root(examples=[{"$ref": "http://x.example/"}]),
    "a slug's pattern": having({"pattern": "^[a-z0-9]+(?:-[a-z0-9]+)*$"}),
    "a short chain of references": chain(20),
}
REFUSED = {
    "a root that is a list": ({"type": "array"}, "type"),
    "a root of no type": ({}, "type"),
    "an older dialect": (
        root(**{"$schema": "http://json-schema.org/draft-07/schema#"}),
        "draft-07",
    ),
    "an older dialect inside": (having({"$schema": "http://x.example/"}), "not supported"),
    "a remote reference": (having({"$ref": "http://127.0.0.1:9/x"}), "leads out"),
    "a reference to a file": (having({"$ref": "file:///etc/passwd"}), "leads out"),
    "a relative reference": (having({"$ref": "other.json#/a"}), "leads out"),
    "a remote dynamic reference": (having({"$dynamicRef": "http://x.example/"}), "leads out"),
    "an unused remote reference": (root(**shelf(a={"$ref": "http://x.example/"})), "leads out"),
    "a remote reference behind a reference to no keyword": (
        root(properties={"x": {"$ref": "#/parts/q"}}, parts={"q": {"$ref": "http://x.example/"}}),
        "leads out",
    ),
    "a reference to nothing": (having({"$ref": "#/$defs/no"}), "leads nowhere"),
    "an anchor that is not there": (having({"$ref": "#no"}), "leads nowhere"),
    "an address inside": (having({"$id": "http://x.example/"}), r"\$id"),
    "too many bytes": (having({"description": "x" * 65_536}), "65536 are allowed"),
    "too many levels": (deep(17), "32 levels"),
    "too many subschemas": (root(properties={f"{i}": {} for i in range(5_001)}), "5000"),
    "a repeated repetition": (having({"pattern": "^(a+)+$"}), "repeats a repetition"),
    "a repeated repetition of a class": (having({"pattern": "^([a-zA-Z]+)*$"}), "repeats"),
    "look-ahead": (having({"pattern": "^(?=a)b"}), "look-around"),
    "look-ahead in a property's name": (root(patternProperties={"(?!a)": {}}), "look-around"),
    "a back-reference": (having({"pattern": r"(a)\1"}), "back-reference"),
    "a pattern that compiles too large": (having({"pattern": "(a{1000}){1000}"}), "too large"),
    "no regular expression": (having({"pattern": "("}), "no regular expression"),
    "a long pattern": (having({"pattern": "a" * 1_001}), "1000 characters"),
    "an unused pattern": (root(**shelf(a={"pattern": "(?=a)"})), "look-around"),
    "many patterns": (root(patternProperties={f"a{i}": {} for i in range(201)}), "200 patterns"),
    "a root that is itself": (root(**{"$ref": "#"}), "circle"),
    "two that are each other": (
        root(**shelf(a={"$ref": "#/$defs/b"}, b={"anyOf": [{"$ref": "#/$defs/a"}]})),
        "circle",
    ),
    "steps that double": (doubling(60), "unrolls"),
    "a long chain of references": (chain(250), "inside each other"),
    "a type that does not exist": (having({"type": "strin"}), "properties/x/type"),
    "a type that does not exist, unused": (root(**shelf(a={"type": "no"})), r"\$defs/a/type"),
    "what is no JSON": (root(default=float("nan")), "no JSON"),
}


@pytest.mark.behaviour("I1")
@pytest.mark.behaviour("I1", transport="stdio")
@pytest.mark.parametrize("schema", TAKEN.values(), ids=TAKEN)
def test_harmless_schema_is_taken(schema: dict[str, Any]) -> None:
    check(schema, what="inputSchema")


@pytest.mark.behaviour("I1", "I3", "I4")
@pytest.mark.behaviour("I1", "I3", "I4", transport="stdio")
@pytest.mark.parametrize(("schema", "reason"), REFUSED.values(), ids=REFUSED)
def test_schema_is_refused_with_its_part_and_the_reason(schema: Any, reason: str) -> None:
    with pytest.raises(SchemaRefused, match=rf"^inputSchema: .*{reason}"):
        check(schema, what="inputSchema")


def test_output_may_be_something_else_than_an_object() -> None:
    check({"type": "array"}, what="outputSchema")


@pytest.mark.behaviour("I2")
@pytest.mark.behaviour("I2", transport="stdio")
def test_nothing_is_connected_to_for_a_remote_reference() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/schema"
        with pytest.raises(SchemaRefused):
            check(having({"$ref": address}), what="inputSchema")
        with pytest.raises(BlockingIOError):
            server.accept()
