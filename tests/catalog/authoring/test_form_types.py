"""A flat type as a form: what clients see, and what the author gets."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any, Literal, NotRequired, TypedDict

import jsonschema_rs
import pytest
from pydantic import BaseModel, Field, SecretStr, field_validator

from catalog.authoring import Secret
from catalog.authoring.errors import AnswerError, AuthoringError
from catalog.authoring.form_types import typed_form
from catalog.authoring.forms import form_of


class Colour(Enum):
    """A colour of ours."""

    RED = "#f00"
    BLUE = "#00f"


@dataclass
class Wish:
    name: Annotated[str, Field(description="Who", title="Name", min_length=2, pattern="^A")]
    day: date
    guests: int = Field(default=3, gt=0, lt=10)
    share: float = Field(default=0.5, gt=0, le=1)
    loud: bool = False
    size: Literal["s", "m"] = "s"
    only: Literal["this"] = "this"
    colour: Colour = Colour.RED
    tags: list[Literal["x", "y"]] = field(default_factory=list)
    colours: Annotated[set[Colour], Field(min_length=1, max_length=2)] | None = None
    sole: list[Literal["z"]] = field(default_factory=list)
    note: str | None = None


def schema_of(kind: Any) -> dict[str, Any]:
    return typed_form(kind).form.schema


def test_dataclass_is_a_flat_form() -> None:
    assert schema_of(Wish) == {
        "type": "object",
        "properties": {
            "name": {"type": "string", "title": "Name", "description": "Who", "minLength": 2},
            "day": {"type": "string", "format": "date"},
            "guests": {"type": "integer", "default": 3, "minimum": 1, "maximum": 9},
            "share": {"type": "number", "default": 0.5, "maximum": 1},
            "loud": {"type": "boolean", "default": False},
            "size": {"type": "string", "default": "s", "enum": ["s", "m"]},
            "only": {"type": "string", "default": "this", "enum": ["this"]},
            "colour": {
                "type": "string",
                "description": "A colour of ours.",
                "default": "#f00",
                "enum": ["#f00", "#00f"],
            },
            "tags": {"type": "array", "items": {"type": "string", "enum": ["x", "y"]}},
            "colours": {
                "type": "array",
                "items": {"type": "string", "enum": ["#f00", "#00f"]},
                "minItems": 1,
                "maxItems": 2,
            },
            "sole": {"type": "array", "items": {"type": "string", "enum": ["z"]}},
            "note": {"type": "string"},
        },
        "required": ["name", "day"],
    }


def test_form_of_a_type_is_a_form_and_a_schema() -> None:
    assert form_of(schema_of(Wish)).schema == schema_of(Wish)
    jsonschema_rs.meta.validate(schema_of(Wish))


def test_answer_becomes_an_instance() -> None:
    content = {"name": "Anna", "day": "2030-05-01", "colour": "#00f", "colours": ["#f00"]}
    wish = typed_form(Wish).read({**content, "loud": True, "what": "else"})
    assert wish == Wish(
        "Anna", date(2030, 5, 1), 3, 0.5, True, colour=Colour.BLUE, colours={Colour.RED}
    )


class Plan(TypedDict):
    when: datetime
    title: NotRequired[str]
    guests: int | None


def test_typed_dict_is_a_form() -> None:
    assert schema_of(Plan) == {
        "type": "object",
        "properties": {
            "when": {"type": "string", "format": "date-time"},
            "title": {"type": "string"},
            "guests": {"type": "integer"},
        },
        "required": ["when"],
    }
    found = typed_form(Plan).read({"when": "2030-05-01T12:00:00Z"})
    assert found == {"when": datetime.fromisoformat("2030-05-01T12:00:00Z"), "guests": None}


class Address(BaseModel):
    """Where somebody lives."""

    street: str = Field(alias="Street", default="Main Street")
    zip: int

    @field_validator("zip")
    @classmethod
    def exists(cls, value: int) -> int:
        if value > 9999:
            raise ValueError(f"{value} is no zip")
        return value


def test_model_is_a_form_by_the_names_on_the_wire() -> None:
    assert schema_of(Address)["properties"]["Street"] == {
        "type": "string",
        "default": "Main Street",
    }
    found = typed_form(Address).read({"Street": "Elm", "zip": 12})
    assert (found.street, found.zip) == ("Elm", 12)


def test_what_the_type_alone_refuses_is_told_without_the_value() -> None:
    with pytest.raises(AnswerError) as caught:
        typed_form(Address).read({"zip": 123_456})
    assert str(caught.value) == "zip does not fit (value_error)"
    with pytest.raises(AnswerError) as caught:
        typed_form(Wish).read({"name": "Bert", "day": "2030-05-01"})
    assert str(caught.value) == "name does not fit (string_pattern_mismatch)"
    assert caught.value.__cause__ is None and caught.value.__suppress_context__


@dataclass
class Nested:
    wish: Wish


@dataclass
class Listed:
    names: list[str]


@dataclass
class Numbered:
    level: Literal[1, 2]


@dataclass
class Either:
    value: int | str


@dataclass
class Anything:
    value: Any


@dataclass
class Unknown:
    value: object


@dataclass
class Mapped:
    value: dict[str, str]


@pytest.mark.parametrize("kind", [Nested, Listed, Numbered, Either, Anything, Unknown, Mapped])
def test_type_that_is_not_flat_is_refused(kind: Any) -> None:
    with pytest.raises(AuthoringError, match=r"the form's '\w+'"):
        typed_form(kind)


@dataclass
class Hidden:
    key: Secret


class HiddenToo(BaseModel):
    key: SecretStr = SecretStr("")


@pytest.mark.behaviour("N9")
@pytest.mark.parametrize("kind", [Hidden, HiddenToo])
def test_form_asks_for_no_secret(kind: Any) -> None:
    with pytest.raises(AuthoringError, match="the form's 'key' is a secret, which no form"):
        typed_form(kind)


@pytest.mark.parametrize(
    "kind", [str, int, bool, Colour, list[str], Literal["x"], dict, 3, "Wish", [Wish]]
)
def test_other_types_are_no_form(kind: Any) -> None:
    with pytest.raises(AuthoringError, match="a dict, dataclass, TypedDict or pydantic model"):
        typed_form(kind)


class Opaque:
    pass


@dataclass
class Strange:
    value: Opaque


def test_type_without_a_schema_is_told() -> None:
    with pytest.raises(AuthoringError, match="type Strange has no JSON Schema"):
        typed_form(Strange)


class Sets(BaseModel):
    colours: set[Colour] = {Colour.RED, Colour.BLUE}


def test_default_of_a_set_has_one_order_everywhere() -> None:
    assert schema_of(Sets)["properties"]["colours"]["default"] == ["#00f", "#f00"]


def test_optional_field_left_empty_is_none_or_its_default() -> None:
    content = {"when": "2030-05-01T12:00:00Z", "guests": None, "title": None}
    assert "title" not in typed_form(Plan).read(content)
    assert typed_form(Plan).read(content)["guests"] is None


def test_form_is_built_once() -> None:
    assert typed_form(Wish) is typed_form(Wish)
