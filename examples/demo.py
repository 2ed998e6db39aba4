"""What the demo server offers: a little of everything, all of it read-only."""

import asyncio
import struct
import zlib
from typing import Annotated

from pydantic import Field

from mcphub import Context, Image, prompt, resource, tool


@tool(read_only=True)
async def add(a: int, b: int) -> int:
    """Add two whole numbers."""
    return a + b


@tool(read_only=True)
async def echo(text: str) -> str:
    """Give the text back."""
    return text


@tool(read_only=True)
async def slow(steps: Annotated[int, Field(ge=1, le=100)], ctx: Context) -> str:
    """Work for a fifth of a second a step, and report each one."""
    for step in range(1, steps + 1):
        await asyncio.sleep(0.2)
        await ctx.progress(step, total=steps, message=f"step {step} of {steps}")
    return f"{steps} steps done"


@tool(read_only=True)
def picture() -> Image:
    """Draw a small square that fades from blue to green."""
    size = 64
    rows = (
        bytes([0, *(c for x in range(size) for c in (0, 4 * y, 255 - 4 * x))]) for y in range(size)
    )
    header = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"".join(rows))
    parts = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    return Image(b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in parts))


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


@resource("demo://about", mime_type="text/plain")
async def about() -> str:
    """What this server is for."""
    return "A server to try a client on: every kind of thing once, and nothing that can break."


@resource("demo://greeting/{name}", mime_type="text/plain")
async def greeting(name: str) -> str:
    """A greeting for one person."""
    return f"Hello, {name}!"


@prompt(title="Summarise")
async def summarise(text: str) -> str:
    """Ask for a short summary of a text."""
    return f"Summarise this in three sentences:\n\n{text}"
