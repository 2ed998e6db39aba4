"""Returned values become content, and structured JSON that keeps the schema's promise."""

import dataclasses
import math
from collections.abc import Callable
from datetime import UTC, datetime
from enum import Enum
from typing import Any, TypedDict

import jsonschema_rs
import pytest
from pydantic import BaseModel, Field

from catalog.authoring import File, Image, Secret, tool
from catalog.authoring.authored import Authored, authored_on
from catalog.authoring.errors import ResultError
from catalog.authoring.results import Produced

PNG = b"\x89PNG\r\n\x1a\nrest"


class Unit(Enum):
    CELSIUS = "c"


@dataclasses.dataclass
class Wind:
    speed: float


class Place(BaseModel):
    name: str = Field(serialization_alias="Name")


class Trip(TypedDict):
    start: str


class Opaque: ...


def returning(hint: Any = ...) -> Authored:
    def give(): ...  # type: ignore[no-untyped-def]

    if hint is not ...:
        give.__annotations__["return"] = hint
    found = authored_on(tool(give))
    assert found is not None
    return found


def texts(result: Produced) -> list[str]:
    return [block["text"] for block in result.content]


@pytest.mark.parametrize(
    ("hint", "value", "text", "structured"),
    [
        (str, "hi", "hi", {"result": "hi"}),
        (str, "\ud800é", "\ufffdé", {"result": "\ufffdé"}),
        (int, 7, "7", {"result": 7}),
        (float, 1.5, "1.5", {"result": 1.5}),
        (float, 2, "2.0", {"result": 2.0}),
        (bool, True, "true", {"result": True}),
        (int | None, None, "null", {"result": None}),
        (list[int], [1, 2], "[1,2]", {"result": [1, 2]}),
        (list[str], ["\ud800"], '["\ufffd"]', {"result": ["\ufffd"]}),
        (Unit, Unit.CELSIUS, "c", {"result": "c"}),
        (datetime, datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00Z", ...),
        (Wind, Wind(1.0), '{"speed":1.0}', {"speed": 1.0}),
        (Wind | None, Wind(1.0), '{"speed":1.0}', {"result": {"speed": 1.0}}),
        (Place, Place(name="É"), '{"Name":"É"}', {"Name": "É"}),
        (Trip, {"start": "x"}, '{"start":"x"}', {"start": "x"}),
        (dict[str, Wind], {"a": Wind(1.0)}, '{"a":{"speed":1.0}}', {"a": {"speed": 1.0}}),
        (Secret, Secret("hush"), "***", {"result": "***"}),
        (str, Secret("hush"), "***", {"result": "***"}),
        (dict[str, Any], {"a": Secret("hush")}, '{"a":"***"}', {"a": "***"}),
    ],
)
def test_promised_value_keeps_its_schema(hint: Any, value: Any, text: str, structured: Any) -> None:
    tool_ = returning(hint)
    result = tool_.convert(value)
    assert texts(result) == [text]
    assert structured is ... or result.structured == structured
    assert result.is_error is False
    jsonschema_rs.validate(tool_.definition["outputSchema"], result.structured)


@pytest.mark.parametrize(
    ("value", "text", "structured"),
    [
        ("hi", "hi", None),
        (7, "7", None),
        (False, "false", None),
        ([1, "a"], '[1,"a"]', None),
        ({"a": Wind(1.0)}, '{"a":{"speed":1.0}}', {"a": {"speed": 1.0}}),
        (Wind(1.0), '{"speed":1.0}', {"speed": 1.0}),
        (Unit.CELSIUS, "c", None),
        ({"key": Secret("hush")}, '{"key":"***"}', {"key": "***"}),
        (Secret("hush"), "***", None),
    ],
)
def test_value_without_promise_is_told_as_it_is(value: Any, text: str, structured: Any) -> None:
    assert returning().convert(value) == Produced([{"type": "text", "text": text}], structured)


def test_none_without_promise_is_no_content() -> None:
    assert returning(None).convert(None) == Produced([])


def test_media_and_text_mix_in_one_list() -> None:
    result = returning(list[Image | str]).convert([Image(PNG), "look", {"a": 1}])
    assert [block["type"] for block in result.content] == ["image", "text", "text"]
    assert texts(Produced(result.content[1:])) == ["look", '{"a":1}']
    assert result.structured is None


def test_bytes_are_looked_at() -> None:
    picture, other = (returning(bytes).convert(data).content[0] for data in (PNG, b"\xff\x00"))
    assert (picture["type"], picture["mimeType"]) == ("image", "image/png")
    assert other["resource"]["blob"] == "/wA="


def test_file_is_embedded_as_text_or_blob() -> None:
    files = [File(b"a,b", "t a.csv"), File(b"\xff", "bad.txt")]
    text, blob = (block["resource"] for block in returning(list[File]).convert(files).content)
    assert text == {"uri": "attachment:///t%20a.csv", "mimeType": "text/csv", "text": "a,b"}
    assert blob == {"uri": "attachment:///bad.txt", "mimeType": "text/plain", "blob": "/w=="}


def test_file_keeps_an_address_of_its_own() -> None:
    (block,) = returning(File).convert(File(b"a", "a.txt", uri="test://a/b")).content
    assert block["resource"] == {"uri": "test://a/b", "mimeType": "text/plain", "text": "a"}


def cycle() -> list[Any]:
    loop: list[Any] = []
    loop.append(loop)
    return loop


@pytest.mark.parametrize(
    ("hint", "make", "sentence"),
    [
        (float, lambda: math.nan, "NaN"),
        (..., lambda: math.inf, "NaN"),
        (Wind, lambda: Wind(math.nan), "NaN"),
        (..., lambda: {"a": [-math.inf]}, "NaN"),
        (..., lambda: Opaque(), "Opaque"),
        (..., lambda: {"a": Opaque()}, "dict"),
        (..., cycle, "list"),
        (..., lambda: 10**5000, "int"),
        (int, lambda: "text", "str"),
        (Wind, lambda: {"speed": "fast"}, "dict"),
        (Wind, lambda: None, "None"),
        (str, lambda: Image(PNG), "Image"),
    ],
)
def test_value_that_cannot_be_sent_is_refused(
    hint: Any, make: Callable[[], Any], sentence: str
) -> None:
    with pytest.raises(ResultError, match=sentence):
        returning(hint).convert(make())
