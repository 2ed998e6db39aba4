"""Completion: by hints that list their values, and by functions of authors."""

import asyncio
from collections.abc import Iterator, Mapping
from enum import Enum
from itertools import count
from typing import Any, Literal

import pytest

from catalog.authoring import prompt, resource, tool
from catalog.authoring.authored import Authored, authored_on
from catalog.authoring.errors import AuthoringError, ResultError

CITIES = ["Oslo", "Bern", "Brno"]


class Unit(Enum):
    CELSIUS = "celsius"
    KELVIN = "Kelvin"


def nothing() -> list[str]:
    return []


def read(function: object) -> Authored:
    found = authored_on(function)
    assert found is not None
    return found


@prompt
def ask(
    tone: Literal["Kind", "kurt", "plain"],
    unit: Unit | None,
    loud: bool,
    times: Literal[1, 12, 2],
    only: Literal["this"],
    about: str = "",
) -> str:
    return ""


@pytest.mark.parametrize(
    ("argument", "typed", "meant"),
    [
        ("tone", "k", ["Kind", "kurt"]),
        ("tone", "KI", ["Kind"]),
        ("tone", "", ["Kind", "kurt", "plain"]),
        ("tone", "x", []),
        ("unit", "k", ["Kelvin"]),
        ("loud", "", ["true", "false"]),
        ("loud", "T", ["true"]),
        ("times", "1", ["1", "12"]),
        ("only", "th", ["this"]),
        ("about", "a", []),
    ],
)
async def test_hint_that_lists_its_values_completes(
    argument: str, typed: str, meant: list[str]
) -> None:
    assert await read(ask).complete(argument, typed, {}) == meant


async def test_argument_that_does_not_exist_is_told() -> None:
    with pytest.raises(LookupError, match="ask has no argument 'nothing'"):
        await read(ask).complete("nothing", "", {})


async def test_function_completes_from_what_is_typed() -> None:
    def cities(value: str) -> Iterator[str]:
        return (city for city in CITIES if city.startswith(value))

    @resource("weather://{city}", complete={"city": cities})
    def weather(city: str) -> str:
        return city

    assert await read(weather).complete("city", "B", {}) == ["Bern", "Brno"]


async def test_function_may_ask_for_the_other_arguments() -> None:
    seen: list[Mapping[str, str]] = []

    async def cities(value: str, others: dict[str, str]) -> list[str]:
        seen.append(others)
        return [f"{value} in {others['country']}"]

    @resource("weather://{country}/{city}", complete={"city": cities})
    def weather(country: str, city: str) -> str:
        return city

    assert await read(weather).complete("city", "B", {"country": "NO"}) == ["B in NO"]
    assert seen == [{"country": "NO"}]


async def test_plain_function_does_not_stand_in_the_way() -> None:
    def cities(value: str) -> list[str]:
        with pytest.raises(RuntimeError):
            asyncio.get_running_loop()
        return CITIES

    @prompt(complete={"city": cities})
    def plan(city: str) -> str:
        return city

    assert await read(plan).complete("city", "", {}) == CITIES


async def test_function_wins_over_the_hint() -> None:
    @prompt(complete={"unit": lambda value: [value + "!"]})
    def plan(unit: Unit) -> str:
        return ""

    assert await read(plan).complete("unit", "a", {}) == ["a!"]


async def test_values_become_texts_and_an_endless_list_ends() -> None:
    @prompt(
        complete={"number": lambda value: count(), "text": lambda value: ["a\ud800", Unit.KELVIN]}
    )
    def plan(number: int, text: str) -> str:
        return ""

    found = await read(plan).complete("number", "", {})
    assert (len(found), found[:2]) == (10_000, ["0", "1"])
    assert await read(plan).complete("text", "", {}) == ["a\ufffd", "Kelvin"]


@pytest.mark.parametrize("wrong", ["one", b"one", None, {"a": 1}, 3])
async def test_function_that_returns_no_list_is_told(wrong: Any) -> None:
    @prompt(complete={"city": lambda value: wrong})
    def plan(city: str) -> str:
        return city

    with pytest.raises(ResultError, match="a function for completion returned no list of texts"):
        await read(plan).complete("city", "", {})


@pytest.mark.parametrize("wrong", ["x", nothing, str, lambda a, b, c: [], lambda *, value: []])
def test_function_that_cannot_be_called_is_refused(wrong: Any) -> None:
    def plan(city: str) -> str:
        return city

    with pytest.raises(
        AuthoringError, match=r"plan: complete for 'city' is a function of \(value\)"
    ):
        prompt(complete={"city": wrong})(plan)


def test_name_that_is_no_argument_is_refused() -> None:
    def plan(city: str) -> str:
        return city

    def none() -> str:
        return ""

    with pytest.raises(AuthoringError, match="plan: complete names 'town', which is no argument"):
        prompt(complete={"town": list})(plan)
    with pytest.raises(AuthoringError, match="plan: complete names 'town'"):
        resource("weather://{city}", complete={"town": list})(plan)
    with pytest.raises(AuthoringError, match="none: complete names 'a'"):
        resource("weather://none", complete={"a": list})(none)


async def test_parameter_that_is_no_variable_is_not_completed() -> None:
    @resource("weather://{city}")
    def weather(city: str, loud: bool = False) -> str:
        return city

    with pytest.raises(LookupError):
        await read(weather).complete("loud", "", {})


async def test_tools_and_resources_have_nothing_to_complete() -> None:
    @tool
    def add(a: int) -> int:
        return a

    @resource("weather://all")
    def everything() -> str:
        return ""

    for function, name in ((add, "a"), (everything, "b")):
        with pytest.raises(LookupError):
            await read(function).complete(name, "", {})
