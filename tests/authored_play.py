"""An author's file for tests of the playground: nested input, every kind of result, progress, questions."""

import asyncio
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from mcphub import Audio, CallError, Context, Image, ToolError, prompt, resource, tool

HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>"
DOT = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d4944415478da63"
    "64f8ffbf1e00058402803ad9a0310000000049454e44ae426082"
)
CITIES = ("Zurich", "Zug", "Bern")


class Guest(BaseModel):
    name: Annotated[str, Field(min_length=2, description=HOSTILE)]
    diet: Literal["none", "vegan", "halal"] = "none"
    age: Annotated[int | None, Field(ge=0, le=130)] = None


class Dinner(BaseModel):
    day: date
    guests: Annotated[list[Guest], Field(min_length=1, max_length=3)]
    notes: dict[str, str] = {}


@dataclass
class Seat:
    row: Annotated[int, Field(ge=1, le=40)]
    by: Literal["window", "aisle"] = "aisle"
    extras: list[Literal["tea", "coffee"]] = field(default_factory=list)


@tool(read_only=True)
def dine(dinner: Dinner, loud: bool = False) -> dict[str, Any]:
    """Plan a dinner out of nested objects."""
    guests = [guest.model_dump() for guest in dinner.guests]
    return {"day": str(dinner.day), "guests": guests, "loud": loud, "notes": dinner.notes}


@tool(read_only=True)
def dot() -> Image:
    """Draw one dot."""
    return Image(DOT, "png")


@tool(read_only=True)
def silence() -> Audio:
    """Play nothing."""
    return Audio(b"RIFF$\0\0\0WAVEfmt ", "wav")


@tool(read_only=True)
def markup() -> str:
    """Say what would run if it were no text."""
    return HOSTILE


@tool(read_only=True)
async def climb(ctx: Context, steps: int = 3) -> str:
    """Report steps, and say something meanwhile."""
    for step in range(1, steps + 1):
        await ctx.progress(step, total=steps, message=f"step {step}")
        await ctx.info(f"at {step}")
    return "up"


@tool(read_only=True)
async def forever(ctx: Context) -> str:
    """Report a step, and never come to an end."""
    await ctx.progress(1, message="begun")
    await asyncio.Event().wait()
    return "never"


@tool(idempotent=True)
async def seat(ctx: Context) -> str:
    """Ask for a seat, then whether that is sure."""
    answer = await ctx.elicit("Which seat?", Seat)
    if not answer.accepted:
        return f"no seat: {answer.action}"
    opened = await ctx.elicit_url("Pay here.", "https://pay.example/1")
    return f"{answer.content.row} {answer.content.by}, {opened.action}"


@tool(idempotent=True)
async def think(ctx: Context) -> str:
    """Ask the client's model."""
    return (await ctx.sample("What is it?", max_tokens=9)).text


@tool(job="required", idempotent=True)
async def brew(ctx: Context) -> str:
    """Ask for a seat, in a job that only a task can hold."""
    answer = await ctx.elicit("Which seat?", Seat)
    return f"brewed for {answer.content.row}" if answer.accepted else f"not brewed: {answer.action}"


@tool(job="required", read_only=True)
async def simmer(ctx: Context) -> str:
    """Report a step, and never come to an end."""
    await ctx.progress(1, message="begun")
    await asyncio.Event().wait()
    return "never"


@tool(job="required", read_only=True)
async def burn(as_result: bool = False) -> str:
    """Fail, as a result or as the call itself."""
    if as_result:
        raise ToolError("burnt")
    raise CallError("burnt down", 4001)


@tool(job=True, read_only=True)
async def stew(ctx: Context) -> str:
    """Report a step and say something, in a job."""
    await ctx.progress(1, total=2, message="half")
    await ctx.info("smells good")
    return "stewed"


@resource("play://note", mime_type="text/plain")
async def note() -> str:
    """A note."""
    return "a note"


@resource("play://page/{number}/{rest*}", mime_type="application/json")
async def page(number: str, rest: str) -> str:
    """A page."""
    return f'[{{"number": "{number}", "rest": "{rest}"}}]'


@prompt(complete={"city": lambda value: [city for city in CITIES if city.startswith(value)]})
async def travel(city: str, by: Literal["bus", "boat"] = "bus") -> str:
    """Travel."""
    return f"To {city} by {by}."
