"""Forms: MCP's restricted schemas, checked as they are written, and hostile answers."""

from typing import Any

import pytest

from catalog.authoring.errors import AnswerError, AuthoringError
from catalog.authoring.forms import form_of

SECRET = "the answer"


def one(part: Any, **more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"a": part}, **more}


def read(part: Any, value: Any) -> Any:
    return form_of(one(part)).read({"a": value})["a"]


TITLED = [{"const": "x", "title": "Ex"}, {"const": "y", "title": "Why"}]

EVERY_FORM = {
    "text": {"type": "string", "title": "T", "description": "D", "default": "ab", "minLength": 2},
    "mail": {"type": "string", "format": "email", "maxLength": 50},
    "number": {"type": "number", "minimum": 0, "maximum": 1.5, "default": 0.5},
    "whole": {"type": "integer", "minimum": -1, "default": 30},
    "yes": {"type": "boolean", "default": True},
    "untitled": {"type": "string", "enum": ["x", "y"], "default": "x"},
    "titled": {"type": "string", "oneOf": TITLED, "default": "y"},
    "legacy": {"type": "string", "enum": ["x", "y"], "enumNames": ["Ex", "Why"]},
    "several": {"type": "array", "items": {"type": "string", "enum": ["x", "y"]}, "minItems": 1},
    "several titled": {"type": "array", "items": {"anyOf": TITLED}, "default": ["x"]},
}


def test_every_form_of_the_specification_goes_out_as_it_is() -> None:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": EVERY_FORM,
        "required": ["mail"],
    }
    assert form_of(schema).schema == schema


def test_every_form_is_read() -> None:
    content = {
        "text": "abc",
        "mail": "a@b.example",
        "number": 1,
        "whole": 3.0,
        "yes": False,
        "untitled": "y",
        "titled": "x",
        "legacy": "x",
        "several": ["y", "x"],
        "several titled": [],
    }
    form = form_of({"type": "object", "properties": EVERY_FORM})
    found = form.read(content)
    assert found == content and type(found["whole"]) is int


@pytest.mark.parametrize(
    ("part", "value", "rule"),
    [
        ({"type": "string"}, 12345, "a is not a text"),
        ({"type": "string", "minLength": 11}, SECRET, "a is less than 11 characters"),
        ({"type": "string", "maxLength": 9}, SECRET, "a is more than 9 characters"),
        ({"type": "string"}, "x" * 32_769, "a is more than 32768 characters"),
        ({"type": "string", "enum": ["x"]}, SECRET, "a is not one of the choices"),
        ({"type": "string", "enum": ["x"]}, ["x"], "a is not a text"),
        ({"type": "string", "oneOf": TITLED}, "Ex", "a is not one of the choices"),
        ({"type": "number"}, SECRET, "a is not a number"),
        ({"type": "number"}, True, "a is not a number"),
        ({"type": "number"}, float("nan"), "a is too large"),
        ({"type": "number"}, float("inf"), "a is too large"),
        ({"type": "number", "minimum": 0.5}, 0.4, "a is less than 0.5"),
        ({"type": "number", "maximum": 3}, 4, "a is more than 3"),
        ({"type": "integer"}, 1.5, "a is not a whole number"),
        ({"type": "integer"}, 10**30, "a is too large"),
        ({"type": "integer"}, False, "a is not a number"),
        ({"type": "boolean"}, 1, "a is neither true nor false"),
        ({"type": "boolean"}, "true", "a is neither true nor false"),
        (EVERY_FORM["several"], "x", "a is not a list"),
        (EVERY_FORM["several"], [SECRET], "a is not one of the choices"),
        (EVERY_FORM["several"], [["x"]], "a is not one of the choices"),
        (EVERY_FORM["several"], [], "a is less than 1 choices"),
        ({**EVERY_FORM["several"], "maxItems": 1}, ["x", "y"], "a is more than 1 choices"),
        ({**EVERY_FORM["several"], "minItems": 2}, ["x", "x"], "a is less than 2 choices"),
    ],
)
def test_answer_that_does_not_fit_is_told_by_its_rule(part: Any, value: Any, rule: str) -> None:
    with pytest.raises(AnswerError) as caught:
        read(part, value)
    assert str(caught.value) == rule


@pytest.mark.parametrize(
    ("known", "value", "rule"),
    [
        ("email", "nobody", "an e-mail address"),
        ("email", "a@b c", "an e-mail address"),
        ("email", "a@b@c", "an e-mail address"),
        ("email", "a\n@b", "an e-mail address"),
        ("uri", "nowhere", "a URI"),
        ("uri", "https://a b", "a URI"),
        ("uri", 'https://a/"', "a URI"),
        ("uri", "https://a/" + "x" * 4_096, "a URI"),
        ("date", "2030-02-30", "a date such as 2030-12-31"),
        ("date", "20300201", "a date such as 2030-12-31"),
        ("date", "2030-02-01T00:00:00Z", "a date such as 2030-12-31"),
        ("date", "\uff12030-02-01", "a date such as 2030-12-31"),
        ("date-time", "2030-02-01", "a date with time and zone such as 2030-12-31T12:00:00Z"),
        (
            "date-time",
            "2030-02-01T12:00:00",
            "a date with time and zone such as 2030-12-31T12:00:00Z",
        ),
        (
            "date-time",
            "2030-02-01T25:00:00Z",
            "a date with time and zone such as 2030-12-31T12:00:00Z",
        ),
    ],
)
def test_formats_are_held(known: str, value: str, rule: str) -> None:
    with pytest.raises(AnswerError) as caught:
        read({"type": "string", "format": known}, value)
    assert str(caught.value) == f"a is not {rule}"


@pytest.mark.parametrize(
    ("known", "value"),
    [
        ("email", "monalisa+octocat@github.example"),
        ("email", "root@localhost"),
        ("uri", "https://a.example/b?c=d#e"),
        ("uri", "urn:isbn:1"),
        ("date", "2028-02-29"),
        ("date-time", "2030-02-01T12:00:00Z"),
        ("date-time", "2030-02-01t12:00:00.123+02:00"),
    ],
)
def test_what_has_its_format_is_taken(known: str, value: str) -> None:
    assert read({"type": "string", "format": known}, value) == value


def test_choice_made_twice_counts_once() -> None:
    assert read(EVERY_FORM["several"], ["y", "y", "x"]) == ["y", "x"]


def test_what_no_answer_can_carry_is_replaced() -> None:
    assert read({"type": "string"}, "a\ud800") == "a\ufffd"


def test_required_field_must_be_there() -> None:
    form = form_of(one({"type": "string"}, required=["a"]))
    for content in (None, {}, {"b": "x"}):
        with pytest.raises(AnswerError) as caught:
            form.read(content)
        assert str(caught.value) == "a is required"


def test_field_left_empty_is_not_there() -> None:
    assert form_of(one({"type": "string"})).read({"a": None}) == {}
    with pytest.raises(AnswerError, match="a is not a text"):
        form_of(one({"type": "string"}, required=["a"])).read({"a": None})


def test_what_was_not_asked_for_is_dropped() -> None:
    form = form_of(one({"type": "string"}))
    assert form.read({"a": "x", "b": {"c": [1]}, "__class__": 1}) == {"a": "x"}
    assert form.read(None) == {}


@pytest.mark.parametrize("content", [[], "x", 3, True])
def test_content_is_an_object(content: Any) -> None:
    with pytest.raises(AnswerError, match="the answer is not an object"):
        form_of(one({"type": "string"})).read(content)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"b": "x" * 70_000}, "too large"),
        ({"x" * 70_000: 1}, "too large"),
        ({"b": [0] * 10_001}, "too large"),
        ({"b": [[0] * 100 for _ in range(100)]}, "too large"),
    ],
)
def test_answer_is_bounded_also_where_nobody_looks(content: Any, reason: str) -> None:
    with pytest.raises(AnswerError, match=reason):
        form_of(one({"type": "string"})).read(content)


def test_deep_answer_is_refused() -> None:
    content: Any = "x"
    for _ in range(5_000):
        content = [content]
    with pytest.raises(AnswerError, match="nested too deeply"):
        form_of(one({"type": "string"})).read({"b": content})


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        ({"type": "object", "properties": {}}, "MCP's forms are flat"),
        ({"type": "null"}, "MCP's forms are flat"),
        ({"type": ["string", "null"]}, "MCP's forms are flat"),
        ({}, "MCP's forms are flat"),
        ("string", "MCP's forms are flat"),
        ({"$ref": "#/$defs/a"}, "MCP's forms are flat"),
        ({"type": "string", "pattern": "a"}, "'a' uses 'pattern', which MCP's forms do not know"),
        ({"type": "string", "minimum": 1}, "uses 'minimum'"),
        ({"type": "number", "exclusiveMinimum": 1}, "uses 'exclusiveMinimum'"),
        ({"type": "boolean", "enum": [True]}, "uses 'enum'"),
        ({"type": "string", "format": "password"}, "format is one of email, uri, date, date-time"),
        ({"type": "string", "format": ["date"]}, "format is one of"),
        ({"type": "string", "title": 3}, "title and description are texts"),
        ({"type": "string", "minLength": -1}, "minLength and maxLength are whole numbers from 0"),
        ({"type": "string", "maxLength": True}, "minLength and maxLength are whole numbers"),
        ({"type": "number", "minimum": "1"}, "minimum and maximum are numbers"),
        ({"type": "integer", "maximum": True}, "minimum and maximum are numbers"),
        ({"type": "string", "default": 3}, "its default is not a text"),
        ({"type": "string", "enum": ["x"], "default": "y"}, "its default is not one of"),
        ({"type": "string", "format": "date", "default": "soon"}, "its default is not a date"),
        ({"type": "integer", "maximum": 3, "default": 4}, "its default is more than 3"),
        ({"type": "string", "enum": []}, "its choices are a list, not empty"),
        ({"type": "string", "enum": "xy"}, "its choices are a list, not empty"),
        ({"type": "string", "enum": ["x", 1]}, "are texts"),
        ({"type": "string", "enum": ["x", "x"]}, "one choice stands there twice"),
        ({"type": "string", "enum": ["x"], "enumNames": []}, "enumNames one for each"),
        ({"type": "string", "enum": ["x"], "enumNames": "x"}, "enumNames one for each"),
        ({"type": "string", "enumNames": ["x"]}, "enumNames stand beside an enum"),
        ({"type": "string", "enum": ["x"], "oneOf": TITLED}, "either an enum or oneOf"),
        ({"type": "string", "oneOf": [{"const": "x"}]}, '"const": ..., "title"'),
        ({"type": "string", "oneOf": ["x"]}, '"const": ..., "title"'),
        ({"type": "string", "oneOf": [{"const": "x", "title": 1}]}, "a choice's title is a text"),
        ({"type": "string", "oneOf": [{"const": 1, "title": "x"}]}, "are texts"),
        ({"type": "array"}, "its items are choices"),
        ({"type": "array", "items": {"type": "string"}}, "either an enum or anyOf"),
        ({"type": "array", "items": {"type": "integer", "enum": [1]}}, "its choices are texts"),
        ({"type": "array", "items": {"enum": ["x"]}}, "its choices are texts"),
        ({"type": "array", "items": {"type": "string", "oneOf": TITLED}}, "uses 'oneOf'"),
        ({**EVERY_FORM["several"], "maxItems": 1.5}, "minItems and maxItems are whole numbers"),
        ({**EVERY_FORM["several"], "uniqueItems": True}, "uses 'uniqueItems'"),
        ({**EVERY_FORM["several"], "default": ["z"]}, "its default is not one of the choices"),
    ],
)
def test_field_that_no_form_has_is_refused(part: Any, reason: str) -> None:
    with pytest.raises(AuthoringError) as caught:
        form_of(one(part))
    assert reason in str(caught.value) and "'a'" in str(caught.value)


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ({}, 'a form is {"type": "object"'),
        ({"type": "object"}, 'a form is {"type": "object"'),
        ({"type": "array", "properties": {}}, 'a form is {"type": "object"'),
        (one({"type": "string"}, allOf=[]), "a form uses 'allOf'"),
        (one({"type": "string"}, required="a"), "required fields are a list of names that it has"),
        (one({"type": "string"}, required=["b"]), "required fields are a list of names"),
        (one({"type": "string"}, required=[[]]), "required fields are a list of names"),
        (one({"type": "string", "default": object()}), "a form is no JSON"),
        (one({"type": "number", "default": float("nan")}), "a form is no JSON"),
        (one({"type": "string", "description": "x" * 40_000}), "32768 are allowed"),
        (
            {"type": "object", "properties": {str(n): {"type": "string"} for n in range(101)}},
            "at most 100 fields",
        ),
    ],
)
def test_form_that_cannot_go_out_is_refused(schema: Any, reason: str) -> None:
    with pytest.raises(AuthoringError) as caught:
        form_of(schema)
    assert reason in str(caught.value)
