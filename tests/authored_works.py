"""An author's file for the tests of jobs: tools that take long, give much, or behave badly."""

import asyncio
import json
import math
import time
from typing import Any

from mcphub import Context, Image, tool
from tests import gates

TEXT = "".join(f"Line {n}: añb 漢字 👩‍👩‍👧 \t\u2028 \x00 𐍈 end.\n" for n in range(110_000))
"""Some five megabytes of characters of every length."""
ROWS = [{"id": n, "name": f"row {n} ✓", "tags": ["a", "b"]} for n in range(25_000)]
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4_000


@tool(job=True, read_only=True)
def much_text(characters: int = len(TEXT)) -> str:
    """Return a long text."""
    return TEXT[:characters]


@tool(job=True)
def much_written() -> str:
    """Return a long text of something that writes."""
    return TEXT[:1_000_000]


@tool(job=True, read_only=True)
def many_rows(rows: int = len(ROWS)) -> dict[str, Any]:
    """Return a large structured value."""
    return {"rows": ROWS[:rows]}


@tool(job=True, read_only=True)
def picture() -> Image:
    """Return a large picture."""
    return Image(PICTURE, "image/png")


@tool(job=True, read_only=True)
def album() -> list[Any]:
    """Return a text and a large picture."""
    return ["Two things", Image(PICTURE, "image/png")]


@tool(job=True, read_only=True)
def beyond() -> str:
    """Return more than the hub keeps."""
    return "x" * (33 * 1024 * 1024)


@tool(job=True, idempotent=True, retries=2)
async def waits(ctx: Context, until: str = "waits") -> str:
    """Wait until a test lets go."""
    gates.done.append("waits")
    await ctx.progress(1, total=2, message="begun")
    await gates.doors[until].wait()
    return "waited"


@tool(job=True)
async def waits_once(ctx: Context) -> str:
    """Wait until a test lets go; never to be begun twice."""
    gates.done.append("waits_once")
    await ctx.progress(1)
    await gates.doors["waits"].wait()
    return "waited"


@tool(job=True, read_only=True)
def unsayable() -> Any:
    """Return what no JSON can say."""
    return object()


@tool(job=True, read_only=True)
def odd_text() -> str:
    """Return characters that databases and UTF-8 do not take."""
    return "a\0b\ud800c"


@tool(job=True, read_only=True)
async def odd_progress(ctx: Context) -> str:
    """Report what is no progress, and messages beyond measure."""
    await ctx.progress(1, message="a\0b" + "👩" * 3_000)
    for value in (math.inf, math.nan, -math.inf):
        await ctx.progress(value, total=math.nan)
    await ctx.progress(2.5, total=math.inf, message="x" * 100_000)
    await ctx.progress(10**400)
    await gates.doors["waits"].wait()
    return "told"


@tool(job=True, read_only=True)
async def flood(ctx: Context, messages: int = 5_000) -> str:
    """Log without end."""
    for number in range(messages):
        await ctx.info({"number": number, "text": "x" * 3_000})
        await ctx.info("y" * 3_000, logger="z" * 10_000)
    return "logged"


@tool(job=True, read_only=True)
def hurry(ctx: Context, seconds: float = 1.0, a_second: int = 10_000) -> str:
    """Report progress ten thousand times a second."""
    begun, number = time.monotonic(), 0
    while (gone := time.monotonic() - begun) < seconds:
        while number < gone * a_second:
            number += 1
            ctx.progress(number)
        time.sleep(0.001)
    return json.dumps(number)


@tool(read_only=True)
def at_once() -> str:
    """Answer within the call."""
    return "now"


@tool(job=True, read_only=True, retries=3)
async def falters(ctx: Context) -> str:
    """Get further with each attempt, and crash until the last."""
    gates.done.append("falters")
    for step in range(1, 2 + 2 * len(gates.done)):
        await ctx.progress(step)
        await asyncio.sleep(0.01)
        if step == 5:
            break
    if len(gates.done) <= gates.told["falters"]:
        raise RuntimeError("not yet")
    return "there at last"
