"""The examples work: the docs show them."""

import asyncio
import importlib
import zlib
from typing import Any

import jsonschema_rs
import pytest

from catalog.authoring import ClientCannot, ToolError
from catalog.authoring.authored import Authored
from catalog.authoring.context import CallerView, Context
from catalog.authoring.reading import authored_in
from catalog.authoring.sent import SENT


class Listener:
    """An outbox that keeps progress and logs."""

    def __init__(self) -> None:
        self.steps: list[float] = []
        self.logs: list[Any] = []

    def progress(self, value: float, total: float | None, message: str | None) -> Any:
        self.steps.append(value)
        return SENT

    def log(self, level: str, data: Any, logger: str | None) -> Any:
        self.logs.append(data)
        return SENT

    def cancelled(self) -> bool:
        return False


def declared(example: str) -> dict[str, Authored]:
    return {one.name: one for one in authored_in(importlib.import_module(f"examples.{example}"))}


async def call(one: Authored, listener: Listener | None = None, **arguments: Any) -> Any:
    bound = one.bind(arguments)
    if one.context_parameter:
        caller = CallerView(server="demo")
        bound[one.context_parameter] = Context(caller, listener or Listener())
    if one.blocking:
        return await asyncio.to_thread(one.function, **bound)
    value = one.function(**bound)
    return await value if one.is_async else value


async def test_demo_offers_what_its_server_needs() -> None:
    demo = declared("demo")
    tools = [one for one in demo.values() if one.kind == "tool"]
    assert [one.name for one in tools] == ["add", "echo", "slow", "picture"]
    assert all(one.definition["annotations"] == {"readOnlyHint": True} for one in tools)
    assert await call(demo["add"], a=2, b=3) == 5
    assert await call(demo["greeting"], **demo["greeting"].match("demo://greeting/Ada")) == (
        "Hello, Ada!"
    )
    assert demo["about"].definition["uri"] == "demo://about"
    assert "text" in (await call(demo["summarise"], text="text"))


async def test_demo_slow_reports_each_step(monkeypatch: pytest.MonkeyPatch) -> None:
    async def at_once(seconds: float) -> None: ...

    demo = importlib.import_module("examples.demo")
    monkeypatch.setattr(demo.asyncio, "sleep", at_once)
    listener = Listener()
    assert await call(declared("demo")["slow"], listener, steps=3) == "3 steps done"
    assert listener.steps == [1, 2, 3]


async def test_demo_picture_is_a_png_of_64_rows() -> None:
    data = (await call(declared("demo")["picture"])).data
    start = data.index(b"IDAT") + 4
    assert len(zlib.decompress(data[start : data.index(b"IEND") - 8])) == 64 * (1 + 64 * 3)


async def test_weather_answers_fit_their_schemas() -> None:
    weather = declared("weather")
    for name, arguments in (("current_weather", {"city": "Oslo"}), ("warmest", {"limit": 2})):
        one = weather[name]
        result = one.convert(await call(one, **arguments))
        jsonschema_rs.validate(one.definition["outputSchema"], result.structured)
    variables = weather["forecast"].match("weather://forecast/Oslo/2")
    assert (await call(weather["forecast"], **variables)).count("Day") == 2
    with pytest.raises(ToolError, match="Known: Bern"):
        await call(weather["current_weather"], city="Nowhere")


async def test_notes_are_written_found_and_deleted() -> None:
    notes, listener = declared("notes"), Listener()
    await call(notes["write_note"], title="a", text="Milk, milk")
    assert await call(notes["search_notes"], listener, word="milk") == {"a": 2}
    assert listener.steps == [1]
    await call(notes["delete_note"], title="a")
    with pytest.raises(ToolError):
        await call(notes["delete_note"], title="a")
    assert notes["delete_note"].definition["annotations"] == {"destructiveHint": True}


async def test_notes_never_log_the_key() -> None:
    listener = Listener()
    await call(declared("notes")["import_notes"], listener, address="x", api_key="very-secret-key")
    assert listener.logs == ["asking x with key ***"]


@pytest.mark.parametrize(
    ("name", "arguments", "kinds"),
    [
        ("tone", {}, ["audio"]),
        ("disc", {}, ["image", "text"]),
        ("squares", {"count": 3}, ["resource"]),
    ],
)
async def test_media_become_blocks(name: str, arguments: dict[str, Any], kinds: list[str]) -> None:
    one = declared("media")[name]
    result = one.convert(await call(one, **arguments))
    assert [block["type"] for block in result.content] == kinds


async def test_booking_needs_a_client_to_ask() -> None:
    booking = declared("booking")
    assert await call(booking["recommend"]) == "Rösti"
    with pytest.raises(ClientCannot, match="elicitation"):
        await call(booking["book_table"])


async def test_booking_completes_dishes_and_levels() -> None:
    cook = declared("booking")["cook"]
    assert await cook.complete("dish", "r", {}) == ["Rösti", "Risotto", "Ramen", "Borscht"]
    assert await cook.complete("dish", "RA", {}) == ["Ramen"]
    assert await cook.complete("level", "p", {"dish": "Ramen"}) == ["proud"]
