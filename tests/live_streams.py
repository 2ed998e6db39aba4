"""An author's file for hubs that are processes: its tools go on when a file is there."""

import asyncio
import time
from collections import Counter
from pathlib import Path

from mcphub import Context, resource, tool

A_LOOK = 0.02


async def _there(gate: str) -> None:
    """Wait until a file is there."""
    while not Path(gate).exists():
        await asyncio.sleep(A_LOOK)


@tool(read_only=True)
async def change(what: str, ctx: Context) -> str:
    """Say that a list has changed."""
    await ctx.changed(what)
    return "said"


@tool(read_only=True)
def update(uri: str, ctx: Context) -> str:
    """Say that a resource was updated."""
    ctx.updated(uri)
    return "said"


@tool(read_only=True)
async def walk(gate: str, ctx: Context, close: bool = False) -> str:
    """Report two steps, and two more when a file is there."""
    for step in (1, 2):
        await ctx.progress(step)
    if close:
        await ctx.close_stream()
    await _there(gate)
    for step in (3, 4):
        await ctx.progress(step)
    return "arrived"


@tool(read_only=True)
async def question(gate: str, ctx: Context) -> str:
    """Ask when a file is there."""
    await ctx.progress(1)
    await _there(gate)
    return (await ctx.elicit("Sure?")).action


@tool(read_only=True)
async def tell(ctx: Context) -> str:
    """Log on two levels."""
    ctx.debug("little")
    ctx.warning("much")
    return "told"


@tool(read_only=True)
def flood(size: int, ctx: Context) -> str:
    """Report steps with messages of a size, waiting for nothing but the end of the call."""
    number = 0
    while not ctx.cancelled:
        number += 1
        ctx.progress(number, None, "x" * size)
        time.sleep(0.001)
    return "flooded"


@tool(read_only=True)
async def update_all(size: int, count: int, ctx: Context) -> str:
    """Say that many resources with long addresses were updated."""
    for number in range(count):
        ctx.updated(long_address(number, size))
    return "said"


def long_address(number: int, size: int) -> str:
    """Return an address of about a size."""
    return f"live://long/{number:05}{'x' * size}"


@resource("live://long/{name}", mime_type="text/plain")
async def long(name: str) -> str:
    """Any of many resources."""
    return name


poured: Counter[str] = Counter()


@tool(read_only=True)
async def pour(name: str, times: int, size: int, ctx: Context) -> str:
    """Log so many messages of a size, waiting for room."""
    for number in range(times):
        await ctx.error(f"{number} ".ljust(size, "x"))
        poured[name] += 1
    return "poured"


@tool(read_only=True)
async def large(size: int) -> str:
    """Answer with so many characters."""
    return "x" * size


@tool(read_only=True)
async def how_much(name: str = "") -> str:
    """How many messages were taken of what is poured under a name."""
    return str(poured[name])


@resource("live://seen", mime_type="text/plain")
async def seen() -> str:
    """A resource."""
    return "seen"
