"""An author's file for the tests of streams: tools that announce, ask, and talk while they run."""

import asyncio
import threading

from mcphub import Context, ToolError, prompt, resource, tool
from tests import gates

running: set[asyncio.Task[None]] = set()


@tool(read_only=True)
async def change(what: str, ctx: Context) -> str:
    """Say that a list has changed."""
    await ctx.changed(what)
    return "said"


@tool(read_only=True)
def change_in_thread(what: str, ctx: Context) -> str:
    """Say so from a thread."""
    ctx.changed(what)
    return "said"


@tool(read_only=True)
async def update(uri: str, ctx: Context, times: int = 1) -> str:
    """Say that a resource was updated, several times at once."""
    for _ in range(times):
        await ctx.updated(uri)
    return "said"


@tool(read_only=True)
def update_in_thread(uri: str, ctx: Context) -> str:
    """Say so from a thread."""
    ctx.updated(uri)
    return "said"


@tool(read_only=True)
async def update_all(first: str, uris: list[str], ctx: Context) -> str:
    """Say that a resource was updated, and others."""
    for uri in (first, *uris):
        await ctx.updated(uri)
    return "said"


@tool(read_only=True)
async def walk(ctx: Context, close_after: int = 0, steps: int = 4) -> str:
    """Report steps, half of them after a test lets go; close the stream after one of them."""
    for step in range(1, steps + 1):
        await ctx.progress(step, total=steps, message=f"step {step}")
        if step == close_after:
            await ctx.close_stream()
        if step == steps // 2:
            await gates.doors["walk"].wait()
    return "arrived"


@tool(read_only=True)
async def question(ctx: Context) -> str:
    """Wait for a test, ask, and tell what was answered."""
    await ctx.progress(1)
    await gates.doors["question"].wait()
    answer = await ctx.elicit("Sure?", key="sure")
    return answer.action


@tool(read_only=True)
async def flood(ctx: Context, times: int, ask: bool = False) -> str:
    """Say much without waiting for anybody, and ask in between."""
    asking = asyncio.ensure_future(ctx.elicit("Sure?")) if ask else None
    await asyncio.sleep(0)
    await gates.doors["flood"].wait()
    for number in range(1, times + 1):
        ctx.progress(number)
    if asking is not None:
        return (await asking).action
    return "said"


@tool(read_only=True)
async def chat(ctx: Context, times: int, size: int = 1) -> str:
    """Log so many messages of a size, after a test lets go."""
    ctx.info("begun")
    await gates.doors["chat"].wait()
    for number in range(times):
        await ctx.info(f"{number} ".ljust(size, "x"))
    await gates.doors["end of chat"].wait()
    return "said"


@tool(read_only=True)
async def large(ctx: Context, characters: int, steps: int = 0, door: str = "large") -> str:
    """Report a step, and others after a test lets go; answer with so many characters."""
    await ctx.progress(0.5)
    await gates.doors[door].wait()
    for step in range(1, steps + 1):
        await ctx.progress(step)
    return "x" * characters


@tool(read_only=True)
async def late(ctx: Context) -> str:
    """Answer, and go on talking when a test lets go."""

    async def talk() -> None:
        await gates.doors["late"].wait()
        ctx.progress(2)
        ctx.warning("late")
        await ctx.close_stream()
        gates.done.append("talked")

    await ctx.progress(1)
    running.add(asyncio.ensure_future(talk()))
    return "answered"


@tool(read_only=True)
async def late_in_thread(ctx: Context) -> str:
    """Answer, and go on talking from a thread."""

    def talk() -> None:
        ctx.progress(2)
        ctx.close_stream()
        gates.done.append("talked")

    thread = threading.Thread(target=talk)
    running.add(asyncio.ensure_future(_start_later(thread)))
    return "answered"


async def _start_later(thread: threading.Thread) -> None:
    await gates.doors["late"].wait()
    thread.start()


@tool(read_only=True)
async def mixed(ctx: Context) -> str:
    """Log and report in turns."""
    ctx.warning("a")
    ctx.progress(1)
    ctx.debug("b")
    ctx.progress(1)
    ctx.error("c")
    await ctx.progress(2.5, total=3)
    return "mixed"


@resource("streams://seen", mime_type="text/plain")
async def seen() -> str:
    """Anybody may read this."""
    return "seen"


@resource("streams://hidden", mime_type="text/plain")
async def hidden() -> str:
    """Rules hide this one in tests."""
    return "hidden"


def _rivers(value: str, others: dict[str, str]) -> list[str]:
    return [f"{value}{others.get('land', '?')}"]


def _many(value: str) -> list[str]:
    return [f"{value}{number}" for number in range(int(value or 3))]


async def _bad(value: str) -> object:
    if value == "raise":
        raise RuntimeError("the inner secret")
    if value == "key":
        raise KeyError("the inner secret")
    if value == "refuse":
        raise ToolError("not today")
    if value == "exit":
        raise SystemExit(3)
    if value == "wait":
        await asyncio.Event().wait()
    return {"rubbish": 7, "text": "text", "number": 7, "mixed": [1, None, "a"]}.get(value, [])


def _blocking(value: str) -> list[str]:
    if value == "stop":
        raise StopIteration
    if value == "exit":
        raise SystemExit(3)
    return [threading.current_thread().name]


@resource("streams://by/{land}/{river}", complete={"river": _rivers}, mime_type="text/plain")
async def by(land: str, river: str) -> str:
    """A river of a land."""
    return f"{land} {river}"


@prompt(complete={"many": _many, "bad": _bad, "blocking": _blocking})
async def typed(many: str = "", bad: str = "", blocking: str = "", sure: bool = True) -> str:
    """Arguments that complete in every way."""
    return f"{many} {bad} {blocking} {sure}"
