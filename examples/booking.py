"""A table is booked by asking: the person chooses and agrees, and only then something happens."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from mcphub import ClientCannot, Context, ToolError, prompt, tool

BOOKED: list[str] = []
DISHES = ["Rösti", "Risotto", "Ramen", "Borscht"]


@dataclass
class Wish:
    day: date
    guests: Annotated[int, Field(ge=1, le=8, description="How many come")] = 2
    seat: Literal["window", "garden"] = "window"


@tool(destructive=False)
async def book_table(ctx: Context) -> str:
    """Book a table for the person at the client."""
    wish = await ctx.elicit("When, and for how many?", Wish, key="wish")
    if wish.content is None:
        return "Nothing was booked."
    table = f"{wish.content.day}, {wish.content.guests} guests, {wish.content.seat}"
    if not (await ctx.elicit(f"Book this table? {table}", key="sure")).accepted:
        return "Nothing was booked."
    number = await ctx.once("book", lambda: enter(table))
    return f"Booked as number {number}."


def enter(table: str) -> int:
    BOOKED.append(table)
    return len(BOOKED)


@tool(read_only=True)
def recommend(ctx: Context) -> str:
    """Recommend a dish; a plain def asks like this."""
    try:
        said = ctx.sync(ctx.sample(f"One of {', '.join(DISHES)}?", max_tokens=20))
    except ClientCannot:
        return DISHES[0]
    return said.text


@tool(destructive=False)
async def order(dish: str, ctx: Context, basket: str | None = None) -> dict[str, Any]:
    """Put a dish into a basket; without one a new basket is begun."""
    if dish not in DISHES:
        raise ToolError(f"There is {', '.join(DISHES)}.")
    drawer = ctx.store(basket, ttl=3600)
    dishes = [*await drawer.get("dishes", []), dish]
    await drawer.set("dishes", dishes)
    return {"basket": drawer.handle, "dishes": dishes}


@tool(destructive=False, idempotent=True)
async def pay(basket: str, ctx: Context) -> str:
    """Let the person pay on a page: no card number passes through a client."""
    if not await ctx.store(basket).get("dishes"):
        raise ToolError("That basket is empty.")
    opened = await ctx.elicit_url("Pay on our page, please.", "https://pay.example/", key="pay")
    return "Waiting for the payment." if opened.accepted else "Nothing was paid."


@prompt(complete={"dish": lambda value: [one for one in DISHES if value.lower() in one.lower()]})
def cook(dish: str, level: Literal["easy", "proud"] = "easy") -> str:
    """Ask how a dish is made."""
    return f"How do I make {dish}? Keep it {level}."
