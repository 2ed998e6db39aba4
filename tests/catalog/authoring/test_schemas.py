"""Hints become JSON Schema that an independent validator agrees with."""

import dataclasses
from collections.abc import Callable
from enum import Enum
from typing import Annotated, Any, Literal, NotRequired, Required, TypedDict

import jsonschema_rs
import pytest
from pydantic import BaseModel, Field

from catalog.authoring import Audio, File, Image, Secret, tool
from catalog.authoring.authored import authored_on


class Unit(Enum):
    CELSIUS = "c"
    KELVIN = "k"


@dataclasses.dataclass
class Wind:
    speed: float


class Place(BaseModel):
    """A spot."""

    title: str
    winds: list[Wind] = []


class Trip(TypedDict):
    start: Place
    note: NotRequired[str]


class Family(TypedDict, total=False):
    head: Required[str]
    members: "list[Family]"


@dataclasses.dataclass
class Node:
    children: "list[Node]"


def definition(function: Callable[..., Any]) -> dict[str, Any]:
    found = authored_on(tool(function))
    assert found is not None
    return found.definition


def output(hint: Any) -> Any:
    def give(): ...  # type: ignore[no-untyped-def]

    give.__annotations__["return"] = hint
    return definition(give).get("outputSchema")


def test_every_kind_of_parameter_is_described() -> None:
    def book(
        trip: Trip,
        unit: Unit = Unit.CELSIUS,
        mode: Literal["car", "train"] = "train",
        seats: Annotated[int, Field(ge=1, le=9, description="How many.")] = 1,
        back: bool | None = None,
    ) -> None: ...

    schema = definition(book)["inputSchema"]
    jsonschema_rs.Draft202012Validator(schema)
    assert schema["required"] == ["trip"]
    assert schema["additionalProperties"] is False
    assert set(schema["$defs"]) == {"Trip", "Place", "Wind", "Unit"}
    assert schema["properties"]["seats"] == {
        "type": "integer",
        "minimum": 1,
        "maximum": 9,
        "default": 1,
        "description": "How many.",
    }
    assert schema["properties"]["unit"]["default"] == "c"
    assert schema["properties"]["back"]["anyOf"] == [{"type": "boolean"}, {"type": "null"}]


def test_typed_dict_is_described_once_even_when_it_names_itself() -> None:
    def join(one: Family, other: list[Family]) -> None: ...

    schema = definition(join)["inputSchema"]
    jsonschema_rs.Draft202012Validator(schema)
    assert list(schema["$defs"]) == ["Family"]
    assert schema["$defs"]["Family"]["required"] == ["head"]


def test_made_up_titles_are_gone_and_said_ones_stay() -> None:
    def book(place: Place, seats: Annotated[int, Field(title="Seats")]) -> None: ...

    schema = definition(book)["inputSchema"]
    assert "title" not in schema
    assert "title" not in schema["$defs"]["Place"]
    assert schema["$defs"]["Place"]["properties"]["title"] == {"type": "string"}
    assert schema["properties"]["seats"]["title"] == "Seats"


def test_field_description_wins_over_the_docstring() -> None:
    def find(a: Annotated[int, Field(description="said")], b: int) -> None:
        """Find.

        Args:
            a: not this
            b: this
        """

    properties = definition(find)["inputSchema"]["properties"]
    assert (properties["a"]["description"], properties["b"]["description"]) == ("said", "this")


def test_aliased_parameter_travels_under_its_alias() -> None:
    @tool
    def since(from_: Annotated[str, Field(alias="from")]) -> None: ...

    found = authored_on(since)
    assert found is not None
    assert list(found.definition["inputSchema"]["properties"]) == ["from"]
    assert found.bind({"from": "x"}) == {"from_": "x"}


def test_secret_parameter_is_a_password() -> None:
    def login(key: Secret) -> None: ...

    assert definition(login)["inputSchema"]["properties"]["key"] == {
        "type": "string",
        "format": "password",
        "writeOnly": True,
    }


def test_secret_default_is_not_told() -> None:
    def login(key: Secret = Secret("hush")) -> None: ...  # noqa: B008

    schema = definition(login)["inputSchema"]
    assert "default" not in schema["properties"]["key"]
    assert "required" not in schema


@pytest.mark.parametrize("hint", [Wind, Place, Trip, dict[str, int], Node, Family, dict])
def test_object_result_is_described_as_it_is(hint: Any) -> None:
    schema = output(hint)
    jsonschema_rs.Draft202012Validator(schema)
    assert schema["type"] == "object"
    assert "result" not in schema.get("properties", {})


@pytest.mark.parametrize(
    ("hint", "inner"),
    [
        (str, {"type": "string"}),
        (bool, {"type": "boolean"}),
        (list[int], {"type": "array", "items": {"type": "integer"}}),
        (Literal["a", "b"], {"type": "string", "enum": ["a", "b"]}),
        (int | None, {"anyOf": [{"type": "integer"}, {"type": "null"}]}),
        (Wind | None, {"anyOf": [{"$ref": "#/$defs/Wind"}, {"type": "null"}]}),
    ],
)
def test_other_result_is_wrapped(hint: Any, inner: Any) -> None:
    schema = output(hint)
    jsonschema_rs.Draft202012Validator(schema)
    assert schema["properties"] == {"result": inner}
    assert schema["required"] == ["result"]


@pytest.mark.parametrize(
    "hint",
    [
        None,
        Any,
        list,
        bytes,
        Image,
        Audio,
        File,
        list[Image],
        list[Any],
        Image | str,
        list[str | Image],
        Annotated[Image, "x"],
        tuple[Image, str],
    ],
)
def test_media_and_unsaid_results_have_no_schema(hint: Any) -> None:
    assert output(hint) is None


def test_missing_hint_has_no_schema() -> None:
    def give():  # type: ignore[no-untyped-def]
        return 1

    assert "outputSchema" not in definition(give)
