"""An author's file for the tests: tools that ask their clients, and tell them what changes."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from mcphub import Context, prompt, resource, tool
from tests import gates


@dataclass
class Seat:
    row: Annotated[int, Field(ge=1, le=40)]
    by: Literal["window", "aisle"]


@tool(idempotent=True)
async def book(ctx: Context) -> str:
    """Ask for a seat, and book it."""
    gates.done.append("asks")
    answer = await ctx.elicit("Which seat?", Seat)
    if not answer.accepted:
        return answer.action
    price = await ctx.once("price", _price)
    return f"{answer.content.row} {answer.content.by} {price}"


async def _price() -> int:
    gates.done.append("price")
    return 7


@tool(idempotent=True)
async def pay(ctx: Context) -> str:
    """Send the user somewhere to pay."""
    return (await ctx.elicit_url("Pay here.", "https://pay.example/1")).action


@tool(idempotent=True)
async def think(ctx: Context) -> str:
    """Have the client's model say something."""
    return (await ctx.sample("What is it?", max_tokens=9)).text


@tool(idempotent=True)
async def look_up(ctx: Context) -> str:
    """Have the client's model call a tool of this one's."""
    known = {"name": "find", "description": "Find.", "inputSchema": {"type": "object"}}
    return (await ctx.sample("What is it?", tools=[known])).text


@tool(idempotent=True)
async def places(ctx: Context) -> str:
    """Ask for the client's roots."""
    return " ".join(root.uri for root in await ctx.roots())


@tool
async def count(ctx: Context, handle: str | None = None) -> str:
    """Count on, under a handle."""
    drawer = ctx.store(handle)
    number = await drawer.get("number", 0) + 1
    await drawer.set("number", number)
    return f"{drawer.handle} {number}"


@tool
async def change(uri: str, ctx: Context) -> str:
    """Say that lists and a resource have changed."""
    for what in ("tools", "prompts", "resources"):
        await ctx.changed(what)
    await ctx.updated(uri)
    return "told"


@resource("talk://note", mime_type="text/plain")
async def note() -> str:
    """A note."""
    return "a note"


@resource("talk://page/{number}", mime_type="text/plain", complete={"number": str.split})
async def page(number: str) -> str:
    """A page."""
    return number


@prompt(complete={"city": lambda value, others: [f"{value}{n}" for n in range(150)] + [*others]})
async def travel(city: str, by: Literal["bus", "boat", "train"] = "bus") -> str:
    """Travel."""
    return f"To {city} by {by}."
