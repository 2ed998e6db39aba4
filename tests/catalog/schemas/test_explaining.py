from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.schemas import Validator

MODEL = {
    "type": "object",
    "properties": {"n": {"type": "integer", "minimum": 3}},
    "required": ["n"],
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "count": {"type": "integer"},
        "word": {"type": "string", "minLength": 2, "maxLength": 4, "pattern": "^[a-z]+$"},
        "unit": {"enum": ["metric", "imperial"]},
        "maybe": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        "model": {"anyOf": [{"$ref": "#/$defs/Model"}, {"type": "null"}]},
        "numbers": {"type": "array", "items": {"type": "integer"}, "maxItems": 3},
        "pair": {"type": "array", "prefixItems": [{"type": "string"}], "items": {"type": "null"}},
        "both": {"allOf": [{"type": "integer"}, {"maximum": 5}]},
        "forms": {"oneOf": [{"multipleOf": 2}, {"multipleOf": 3}]},
        "never": False,
        "free": {
            "type": "object",
            "patternProperties": {"^x-": {"type": "string"}},
            "additionalProperties": {"type": "integer"},
        },
        "gate": {"if": {"required": ["a"]}, "then": {"required": ["b"]}},
        "ties": {"dependentSchemas": {"a": {"required": ["b"]}}},
        "names": {"propertyNames": {"maxLength": 2}},
    },
    "required": ["count"],
    "additionalProperties": False,
    "$defs": {"Model": MODEL},
}
TOLD = [
    ([], "/: a list is not of type 'object'"),
    ({}, "/count: is required"),
    ({"count": "x"}, "/count: 'x' is not of type 'integer'"),
    ({"count": True}, "/count: true is not of type 'integer'"),
    ({"zz": 1}, "/zz: is not expected"),
    ({"never": 1}, "/never: is not expected"),
    ({"word": "a"}, "/word: 'a' is shorter than 2 characters"),
    ({"word": "abcde"}, "/word: 'abcde' is longer than 4 characters"),
    ({"word": "A1"}, "/word: 'A1' does not match '^[a-z]+$'"),
    ({"unit": "si"}, "/unit: 'si' is not one of 'metric', 'imperial'"),
    ({"maybe": "x"}, "/maybe: 'x' is not of type 'integer' or 'null'"),
    ({"model": {}}, "/model/n: is required"),
    ({"model": {"n": 1}}, "/model/n: 1 is less than 3"),
    ({"model": 3}, "/model: 3 is not of type 'object' or 'null'"),
    ({"numbers": [1, "x"]}, "/numbers/1: 'x' is not of type 'integer'"),
    ({"numbers": [1, 2, 3, 4]}, "/numbers: a list has more than 3 items"),
    ({"pair": [1]}, "/pair/0: 1 is not of type 'string'"),
    ({"pair": ["a", 1]}, "/pair/1: 1 is not of type 'null'"),
    ({"both": 6}, "/both: 6 is greater than 5"),
    ({"forms": 1}, "/forms: 1 fits none of the allowed forms"),
    ({"forms": 6}, "/forms: 6 does not fit its schema"),
    ({"free": {"x-a": 1}}, "/free/x-a: 1 is not of type 'string'"),
    ({"free": {"a": "1"}}, "/free/a: '1' is not of type 'integer'"),
    ({"gate": {"a": 1}}, "/gate/b: is required"),
    ({"ties": {"a": 1}}, "/ties/b: is required"),
    ({"names": {"abc": 1}}, "/names: an object does not fit its schema"),
]
SECRET = {"type": "string", "format": "password", "writeOnly": True, "minLength": 99}
SECRETS = {
    "itself": {"properties": {"s": SECRET}},
    "by format": {"properties": {"s": {"type": "integer", "format": "password"}}},
    "behind a reference": {"properties": {"s": {"$ref": "#/$defs/S"}}, "$defs": {"S": SECRET}},
    "in a union": {"properties": {"s": {"anyOf": [SECRET, {"type": "null"}]}}},
    "marked beside what refuses": {"properties": {"s": {"writeOnly": True, "type": "integer"}}},
    "spoken of elsewhere": {
        "properties": {"s": {"type": "integer"}},
        "allOf": [{"properties": {"s": {"writeOnly": True}}}],
    },
    "without a name": {"additionalProperties": SECRET},
}


def problem(schema: dict[str, Any], value: Any) -> str:
    return Validator(schema).problem(value) or ""


@pytest.mark.parametrize(("value", "told"), TOLD)
def test_problem_names_path_and_rule(value: Any, told: str) -> None:
    if isinstance(value, dict) and value:
        value = {"count": 1, **value}
    assert problem(SCHEMA, value) == told


@pytest.mark.parametrize("schema", SECRETS.values(), ids=SECRETS)
def test_secret_value_is_never_repeated(schema: dict[str, Any]) -> None:
    told = problem({"type": "object", **schema}, {"s": "hunter2"})
    assert told.startswith("/s: this secret value")
    assert "hunter2" not in told


def test_value_behind_an_anchor_is_told() -> None:
    shelf = {"$defs": {"Q": {"$anchor": "q", "type": "integer"}}}
    schema = {"type": "object", "properties": {"a": {"$ref": "#q"}}, **shelf}
    assert problem(schema, {"a": "x"}) == "/a: 'x' is not of type 'integer'"


def test_other_values_are_shown_beside_a_secret() -> None:
    schema = {"type": "object", "properties": {"s": SECRET, "a": {"type": "integer"}}}
    assert problem(schema, {"a": "x"}) == "/a: 'x' is not of type 'integer'"


def test_value_inside_a_secret_object_is_not_repeated() -> None:
    inner = {"type": "object", "writeOnly": True, "properties": {"pin": {"type": "integer"}}}
    told = problem({"type": "object", "properties": {"s": inner}}, {"s": {"pin": "hunter2"}})
    assert told == "/s/pin: this secret value is not of type 'integer'"


def test_sentence_stays_short_and_printable() -> None:
    schema = {"type": "object", "additionalProperties": {"type": "integer"}}
    told = problem(schema, {"\x1b[31m\n" + "n" * 10_000: "v" * 10_000})
    assert len(told) <= 500
    assert told.isprintable()


def test_number_too_large_to_write_is_told() -> None:
    schema = {"type": "object", "properties": {"a": {"maximum": 5}}}
    assert problem(schema, {"a": 10**400}) == "/a: a very large number is greater than 5"


def test_deep_value_in_a_branching_recursive_schema_is_told() -> None:
    """The validator's own errors would double with each of the sixty levels."""
    branches = [
        {
            "type": "object",
            "properties": {"kind": {"const": kind}, "inner": {"$ref": "#/$defs/Node"}},
        }
        for kind in "ab"
    ]
    schema = {
        "type": "object",
        "properties": {"node": {"$ref": "#/$defs/Node"}},
        "$defs": {"Node": {"anyOf": branches}},
    }
    value: dict[str, Any] = {"kind": "bad"}
    for _ in range(60):
        value = {"kind": "a", "inner": value}
    assert problem(schema, {"node": value}) == "/node: an object fits none of the allowed forms"


def test_wide_value_in_a_union_of_many_is_told() -> None:
    """The validator's own errors would repeat the list three hundred times."""
    forms = [{"items": {"type": "string", "minLength": i}} for i in range(300)]
    schema = {"type": "object", "properties": {"x": {"anyOf": forms}}}
    assert problem(schema, {"x": [1] * 10_000}) == "/x: a list fits none of the allowed forms"


def test_explanation_that_costs_too_much_tells_what_it_knows() -> None:
    """Three thousand ways to refuse the same long list: it is not judged by each of them."""
    parts = [{"properties": {"x": {"maxItems": 9_000 + i}}} for i in range(1_000)]
    schema = {"type": "object", "allOf": [*parts, {"required": ["no"]}]}
    assert problem(schema, {"x": [1] * 1_000}) == "/: does not fit its schema"


def test_many_names_and_many_patterns_are_told() -> None:
    patterns = {f"^{n}x": {"type": "integer"} for n in range(200)}
    schema = {"type": "object", "patternProperties": patterns, "maxProperties": 9_999}
    value = {f"n{n}": "s" for n in range(9_000)}
    told = problem(schema, {**value, "1x": "s"})
    assert told == "/: an object does not fit its schema"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*SCHEMA["properties"], "zz"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(JSON)
def test_problem_is_told_exactly_where_the_schema_refuses(value: Any) -> None:
    validator = Validator(SCHEMA)
    told = validator.problem(value)
    assert (told is None) == validator.is_valid(value)
    assert told is None or (told.startswith("/") and 0 < len(told) <= 500)
