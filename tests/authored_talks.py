"""An author's file for the tests: tools, a resource and a prompt that ask their clients.

What happened stands in `gates.done`; what a test tells them beforehand in `gates.told`.
"""

import asyncio
from typing import Any, Literal

from catalog.authoring.errors import Paused
from mcphub import AnswerError, ClientCannot, Context, ToolError, prompt, resource, tool
from tests import gates

NAME = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
FORM = {
    "type": "object",
    "title": "All there is",
    "properties": {
        "name": {"type": "string", "title": "Name", "minLength": 1, "maxLength": 9, "default": "x"},
        "mail": {"type": "string", "format": "email", "description": "Yours"},
        "age": {"type": "integer", "minimum": 1, "maximum": 9, "default": 3},
        "size": {"type": "number", "minimum": 0.5},
        "sure": {"type": "boolean", "default": True},
        "one": {"type": "string", "enum": ["a", "b"], "enumNames": ["A", "B"]},
        "other": {"type": "string", "oneOf": [{"const": "c", "title": "C"}]},
    },
    "required": ["name"],
}
SEVERAL = {
    "type": "object",
    "properties": {"many": {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}}},
}


async def name_of(ctx: Context, message: str = "Who are you?", key: str | None = None) -> str:
    """Ask for a name."""
    answer = await ctx.elicit(message, NAME, key=key)
    return answer.content["name"] if answer.content else answer.action


@tool(destructive=False)
async def greet(
    ctx: Context, greeting: str = "Hello", options: dict[str, Any] | None = None
) -> str:
    """Ask for a name, then act."""
    name = await name_of(ctx, key="name")
    gates.done.append(f"greet {name}")
    if gates.told.get("fails"):
        raise gates.told["fails"]
    return f"{greeting} {name}"


@tool(read_only=True)
async def peek(ctx: Context) -> str:
    """Ask for a name and a colour, one after the other."""
    name = await name_of(ctx, key="name")
    colour = await name_of(ctx, f"{name}, which colour?", key="colour")
    return f"{name} {colour}"


@tool(idempotent=True, destructive=False)
async def put(ctx: Context) -> str:
    """Ask for a name; doing it again changes nothing."""
    return await name_of(ctx, key="name")


@tool(destructive=False)
async def change(ctx: Context) -> str:
    """Ask what a test wants asked."""
    name = await name_of(ctx, gates.told["words"], key="name")
    gates.done.append(name)
    return name


@tool(destructive=False)
async def count(questions: int, ctx: Context) -> str:
    """Ask many questions, one after the other."""
    names = [await name_of(ctx, f"Number {number}?") for number in range(questions)]
    gates.done.append("counted")
    return " ".join(names)


@tool(destructive=False)
async def same(ctx: Context) -> str:
    """Ask the same three times, with keys that may be confused."""
    names = [await name_of(ctx), await name_of(ctx)]
    keyed = [await name_of(ctx, f"{key}?", key=key) for key in ("k", "k", "k#2")]
    return " ".join([*names, *keyed])


@tool(read_only=True)
async def together(ctx: Context) -> str:
    """Ask person, model and client at once."""
    name, said, roots = await asyncio.gather(
        name_of(ctx, key="name"), ctx.sample("Say something.", key="said"), ctx.roots(key="roots")
    )
    return f"{name}, {said.text}, {roots[0].uri}"


@tool(destructive=False)
async def nested(ctx: Context) -> str:
    """Ask in two branches, twice in each, while a step happens beside them."""

    async def branch(name: str) -> str:
        first = await name_of(ctx, f"{name} 1?")
        return f"{first}{await name_of(ctx, f'{name} 2?')}"

    async def step() -> str:
        gates.done.append("step begins")
        for _ in range(50):
            await asyncio.sleep(0)
        gates.done.append("step ends")
        return "once"

    async def branches() -> list[str]:
        return await asyncio.gather(branch("a"), branch("b"))

    both, kept = await asyncio.gather(branches(), ctx.once("step", step))
    return f"{' '.join(both)} {kept}"


@tool(read_only=True)
async def grouped(ctx: Context) -> str:
    """Ask two questions in a group of tasks."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(name_of(ctx, f"{name}?", key=name)) for name in "ab"]
    return " ".join(task.result() for task in tasks)


@tool(destructive=False)
def plain(ctx: Context) -> str:
    """Ask from a plain def, with a step between the questions and two at once."""
    name = ctx.elicit_sync("Who are you?", NAME, key="name").content["name"]
    ticket = ctx.sync(ctx.once("ticket", lambda: gates.done.append("ticket") or 7))

    async def both() -> list[str]:
        return await asyncio.gather(name_of(ctx, "a?", key="a"), name_of(ctx, "b?", key="b"))

    gates.done.append(f"plain {name}")
    return f"{name} {ticket} {' '.join(ctx.sync(both()))}"


@tool(read_only=True)
async def swallow(how: str, ctx: Context) -> str:
    """Try to go on although the answer is not there."""
    try:
        if how == "exception":
            try:
                return await name_of(ctx, key="name")
            except Exception:
                return "swallowed"
        try:
            return await name_of(ctx, key="name")
        except BaseException:
            if how == "again":
                raise
            if how == "asks more":
                return await name_of(ctx, "And you?", key="more")
            if how == "steps":
                return await ctx.once("step", lambda: gates.done.append("step"))
            if how == "fails":
                raise ToolError("swallowed") from None
            return "swallowed"
    finally:
        gates.done.append("finally")


@tool(destructive=False)
async def cautious(ctx: Context) -> str:
    """Ask a person, or else do without."""
    try:
        return await name_of(ctx, key="name")
    except ClientCannot as error:
        return f"without {error.capability}"


@tool(read_only=True)
async def talkative(ctx: Context) -> str:
    """Report something, then ask."""
    await ctx.progress(1)
    return await name_of(ctx, key="name")


@tool(destructive=False)
async def patient(ctx: Context) -> str:
    """Ask, and go on whatever the answer is."""
    try:
        name = await name_of(ctx, key="name")
    except AnswerError as error:
        name = f"nobody ({error})"
    gates.done.append(name)
    return name


@tool(destructive=False)
async def optional(ctx: Context) -> str:
    """Ask two at once, but the second only while a test wants it; then wait, and act."""
    if gates.told.get("more", True):
        await asyncio.gather(name_of(ctx, key="name"), name_of(ctx, "More?", key="more"))
    else:
        await name_of(ctx, key="name")
    gates.done.append("begins")
    if gates.told.get("waits"):
        await gates.opened.wait()
    gates.done.append("acts")
    return "acted"


@tool(destructive=False)
async def slow_start(ctx: Context) -> str:
    """Wait while a test wants it, then ask."""
    if gates.told.get("waits"):
        gates.done.append("begins")
        await gates.opened.wait()
    return await name_of(ctx, key="name")


@tool(destructive=False)
async def uneven(ctx: Context) -> str:
    """Ask in two branches of which one is slower than a round."""

    async def slow() -> str:
        for _ in range(gates.told.get("turns", 0)):
            await asyncio.sleep(0)
        return await name_of(ctx, "slow?", key="slow")

    async def quick() -> str:
        first = await name_of(ctx, "quick?", key="quick")
        return f"{first} {await name_of(ctx, 'quicker?', key='quicker')}"

    return " ".join(await asyncio.gather(slow(), quick()))


@tool(destructive=False)
async def ledger(ctx: Context, twice: bool = False) -> str:
    """Act once between two questions, with what a test tells."""

    async def act() -> Any:
        gates.done.append("act")
        value = gates.told.get("value", 1)
        if isinstance(value, BaseException):
            raise value
        return value

    first = await name_of(ctx, "First?", key="first")
    try:
        if twice:
            both = await asyncio.gather(ctx.once("act", act), ctx.once("act", act))
            assert both[0] == both[1]
        value = await ctx.once("act", act)
    except ToolError as error:
        value = f"{type(error).__name__}: {error}"
    second = await name_of(ctx, "Second?", key="second")
    return f"{first} {second} {str(value)[:90]}"


@tool(destructive=False)
async def stubborn_step(ctx: Context) -> str:
    """Come to a step again that raised."""

    async def act() -> None:
        gates.done.append("act")
        raise RuntimeError("half done")

    try:
        await ctx.once("act", act)
    except RuntimeError:
        gates.done.append("caught")
    try:
        await ctx.once("act", act)
    except BaseException:
        gates.done.append("ended")
        raise
    return "went on"


@tool(destructive=False)
async def misplaced(how: Literal["asks", "itself", "other"], ctx: Context) -> str:
    """Ask inside a step, or come to a step inside itself or another."""

    async def inner() -> Any:
        return "inner"

    async def outer() -> Any:
        if how == "asks":
            return await name_of(ctx, key="name")
        return await ctx.once("outer" if how == "itself" else "inner", inner)

    return await ctx.once("outer", outer)


@tool(destructive=False)
async def abandon(ctx: Context) -> str:
    """Fail while a question waits, and leave tasks behind that would do more."""

    async def later() -> None:
        try:
            await name_of(ctx, key="name")
        except BaseException as error:
            gates.done.append(type(error).__name__)
            try:
                await ctx.once("late", lambda: gates.done.append("late"))
            except BaseException as more:
                gates.done.append(type(more).__name__)
            raise

    async def fail() -> None:
        while not gates.told.get("asked"):
            await asyncio.sleep(0)
        raise ToolError("not today")

    gates.told["asked"] = gates.told.get("at once", False)
    await asyncio.gather(later(), fail())
    return "never"


@tool(read_only=True)
async def pauses() -> str:
    """Raise what only the hub should."""
    raise Paused


@tool(destructive=False)
def waits_in_thread(ctx: Context) -> str:
    """Wait in a thread for an answer; say how that ended."""
    try:
        return ctx.elicit_sync("Who are you?", NAME, key="name").action
    except BaseException as error:
        gates.done.append(type(error).__name__)
        try:
            ctx.sync(ctx.once("late", lambda: gates.done.append("late")))
        except BaseException as more:
            gates.done.append(type(more).__name__)
        if "ended" in gates.told:
            gates.told["ended"].set()
        raise


@tool(destructive=False)
async def waits(ctx: Context) -> str:
    """Wait for an answer; say how that ended."""
    try:
        return await name_of(ctx, key="name")
    except BaseException as error:
        gates.done.append(type(error).__name__)
        raise


@tool(read_only=True)
async def form(ctx: Context) -> Any:
    """Ask for all that the oldest forms know."""
    return (await ctx.elicit("Everything?", FORM)).content


@tool(read_only=True)
async def several(ctx: Context) -> Any:
    """Ask for several of a few."""
    return (await ctx.elicit("Which?", SEVERAL)).content


@tool(read_only=True)
async def page(ctx: Context) -> str:
    """Send somebody to a page."""
    return (await ctx.elicit_url("Sign here.", "https://example.org/sign")).action


@tool(read_only=True)
async def think(ctx: Context) -> str:
    """Ask a model."""
    said = await ctx.sample("Say something.", max_tokens=9, system="Be brief.")
    return f"{said.role} {said.text}"


@tool(read_only=True)
async def think_with_tools(ctx: Context) -> str:
    """Ask a model that may use a tool."""
    tools = [{"name": "look", "inputSchema": {"type": "object"}}]
    said = await ctx.sample("Look.", tools=tools, tool_choice="auto")
    return str(said.stop_reason)


@tool(read_only=True)
async def where(ctx: Context) -> str:
    """Ask for the roots."""
    return " ".join(root.uri for root in await ctx.roots())


@tool(read_only=True, timeout=0.2)
async def brief(ctx: Context) -> str:
    """Ask although there is little time, then take too long."""
    name = await name_of(ctx, key="name")
    if gates.told.get("hangs"):
        await gates.opened.wait()
    return name


@tool(destructive=False)
async def keep(key: str, value: str, ctx: Context, handle: str | None = None) -> str:
    """Keep something; return where."""
    drawer = ctx.store(handle, ttl=gates.told.get("ttl", 60.0))
    await drawer.set(key, value)
    return drawer.handle


@tool(read_only=True)
async def kept(key: str, handle: str, ctx: Context) -> str:
    """Return what was kept."""
    return await ctx.store(handle).get(key, "nothing")


@tool(destructive=False)
async def forget(key: str, handle: str, ctx: Context) -> str:
    """Forget what was kept."""
    await ctx.store(handle).delete(key)
    return "forgotten"


@resource("test://asked", mime_type="text/plain")
async def asked(ctx: Context) -> str:
    """A note for whoever says their name."""
    return f"a note for {await name_of(ctx, key='name')}"


@resource("test://asked/{about}", mime_type="text/plain")
async def asked_about(about: str, ctx: Context) -> str:
    """A note about something."""
    return f"{about} for {await name_of(ctx, key='name')}"


@prompt
async def introduce(ctx: Context, tone: str = "kind") -> str:
    """Introduce somebody."""
    return f"Introduce {await name_of(ctx, key='name')}, {tone}."
