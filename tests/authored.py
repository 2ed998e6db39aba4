"""An author's file for the tests: tools of every scope, a slow one, failing ones, and the rest."""

import asyncio
from typing import Annotated

from pydantic import Field

from mcphub import Context, Secret, ToolError, prompt, resource, tool
from tests import gates


@tool(read_only=True)
async def add(a: int, b: int) -> int:
    """Add two whole numbers."""
    gates.done.append("add")
    return a + b


@tool
async def write(text: Annotated[str, Field(max_length=5)]) -> str:
    """Write something down."""
    gates.done.append(f"write {text}")
    return "written"


@tool(destructive=True)
async def destroy() -> str:
    """Destroy everything."""
    gates.done.append("destroy")
    return "destroyed"


@tool(read_only=True)
async def hold(steps: int, ctx: Context) -> str:
    """Report some steps, then wait until a test lets go."""
    try:
        for step in range(1, steps + 1):
            await ctx.progress(step, total=steps, message=f"step {step}")
        gates.done.append("holds")
        await gates.opened.wait()
    except BaseException:
        gates.done.append("stopped")
        raise
    gates.done.append("let go")
    return "let go"


@tool(read_only=True)
async def tell(ctx: Context) -> str:
    """Log on two levels."""
    ctx.debug("little")
    ctx.warning("much")
    return "told"


@tool(read_only=True)
async def fail() -> str:
    """Fail in a way the model is told."""
    raise ToolError("not today")


@tool(read_only=True)
async def crash(key: Secret) -> str:
    """Fail in a way nobody is told."""
    raise RuntimeError("the inner secret")


@tool(read_only=True)
def pooled(text: str) -> str:
    """Work in a thread."""
    return text.upper()


@tool(read_only=True, timeout=0.2)
async def stubborn() -> str:
    try:
        await asyncio.sleep(3600)
    except asyncio.CancelledError:
        return "anyway"


@tool(read_only=True)
async def suicidal() -> str:
    asyncio.current_task().cancel()
    await asyncio.sleep(0)
    return "alive"


@tool(read_only=True, timeout=0.2)
async def endless() -> str:
    """Take longer than it may."""
    await gates.opened.wait()
    return "never"


@resource("test://note", mime_type="text/plain")
async def note() -> str:
    """One note."""
    return "a note"


@resource("test://broken", mime_type="text/plain")
async def broken() -> str:
    """A note that cannot be read."""
    raise RuntimeError("the inner secret")


@resource("test://by/{name}/{page}", mime_type="text/plain")
async def by(name: str, page: int) -> str:
    """A page by somebody."""
    return f"{name} {page}"


@prompt(title="Ask")
async def ask(about: str, tone: str = "kind") -> str:
    """Ask about something."""
    return f"About {about}, {tone}."
