"""An author's file for the tests: tools that run as jobs, and one that does not.

What happened stands in `gates.done`; what a test tells them beforehand in `gates.told`.
"""

import asyncio

from mcphub import CallError, Context, ToolError, tool
from tests import gates

NAME = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}


async def name_of(ctx: Context, message: str = "Who are you?", key: str = "name") -> str:
    """Ask for a name."""
    answer = await ctx.elicit(message, NAME, key=key)
    return answer.content["name"] if answer.content else answer.action


@tool(read_only=True)
async def plain(text: str) -> str:
    """Repeat a text, at once."""
    return text


@tool(job=True, read_only=True)
async def steps(ctx: Context, number: int = 3, falls: bool = False) -> dict[str, int]:
    """Say how far it is, and some more."""
    for step in range(1, number + 1):
        await ctx.progress(step, total=number, message=f"step {step}")
        if falls:
            await ctx.progress(0.5, total=number)
    ctx.debug("little")
    ctx.warning("much")
    gates.done.append("stepped")
    return {"steps": number}


@tool(job=True, read_only=True)
async def hold(ctx: Context) -> str:
    """Say that it works, and wait until a test lets go."""
    try:
        await ctx.progress(1, total=2)
        gates.done.append("holds")
        await gates.opened.wait()
        await ctx.progress(2, total=2)
    except BaseException:
        gates.done.append("stopped")
        raise
    return "let go"


@tool(job=True)
async def act() -> str:
    """Do something, once."""
    gates.done.append("acted")
    return "acted"


@tool(job=True, destructive=True)
async def destroy() -> str:
    """Destroy everything."""
    gates.done.append("destroyed")
    return "destroyed"


@tool(job=True, read_only=True)
async def fails() -> str:
    """Fail as tools do."""
    raise ToolError("not today")


@tool(job=True, read_only=True)
async def crashes() -> str:
    """Fail in a way nobody is told."""
    raise RuntimeError("the inner secret")


@tool(job=True, read_only=True)
async def refuses() -> str:
    """Fail with an error of the protocol."""
    raise CallError("no such thing")


@tool(job="required", read_only=True)
async def needs() -> str:
    """Run for clients that hold tasks alone."""
    return "needed"


@tool(job="auto", read_only=True)
async def maybe(wait: bool = False) -> str:
    """Take long, or not."""
    if wait:
        gates.done.append("waits")
        await gates.opened.wait()
    return "done"


@tool(job="auto", read_only=True)
async def curious(ctx: Context) -> str:
    """Ask, in what may become a task."""
    return await name_of(ctx)


@tool(job=True)
async def asks(ctx: Context) -> str:
    """Ask for a name, then act."""
    name = await name_of(ctx)
    gates.done.append(f"asked {name}")
    return f"Hello {name}"


@tool(job=True, read_only=True)
async def both(ctx: Context) -> str:
    """Ask two things at once."""
    names = await asyncio.gather(name_of(ctx, "One?", "one"), name_of(ctx, "Two?", "two"))
    return " and ".join(names)


@tool(job=True, read_only=True)
async def shifty(ctx: Context) -> str:
    """Ask what a test wants asked, which changes from run to run, always by the same key."""
    return await name_of(ctx, gates.told["words"].pop(0))


@tool(job=True, read_only=True)
async def thinks(ctx: Context) -> str:
    """Ask the client's model and for its roots."""
    said = await ctx.sample("Say something.", key="said")
    roots = await ctx.roots(key="roots")
    return f"{said.text} {roots[0].uri}"


@tool(destructive=False)
async def books(ctx: Context) -> str:
    """Ask and take a ticket within the call, then go on as a job, and ask once more."""
    name = await name_of(ctx)
    ticket = await ctx.once("ticket", lambda: gates.done.append(f"ticket for {name}") or 7)
    await ctx.as_job()
    await ctx.progress(1, total=2)
    colour = await name_of(ctx, f"{name}, which colour?", key="colour")
    gates.done.append(f"booked {colour}")
    return f"{name} {ticket} {colour}"


@tool(destructive=False)
async def leaves(ctx: Context) -> str:
    """Go on as a job without a question before."""
    gates.done.append("begins")
    await ctx.as_job()
    gates.done.append("goes on")
    return "left"
