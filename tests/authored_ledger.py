"""An author's file for hubs of their own: tools that write into a ledger outside, or ask on the way."""

import asyncio
from pathlib import Path

from django.db import connection, transaction

from mcphub import Context, ToolError, tool

NAME = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}


def enter(file: str, line: str) -> str:
    """Write a line into the ledger."""
    with Path(file).open("a") as ledger:
        ledger.write(f"{line}\n")
    return line


async def ask(ctx: Context, key: str) -> str:
    """Ask for a name."""
    answer = await ctx.elicit(f"{key}?", NAME, key=key)
    return answer.content["name"]


@tool(destructive=False)
async def keep_books(file: str, ctx: Context) -> str:
    """Ask three times, with an entry after each."""
    entries = []
    for key in ("first", "second", "third"):
        name = await ask(ctx, key)
        entries.append(await ctx.once(key, lambda line=f"{key} {name}": enter(file, line)))
    enter(file, "closed")
    return ", ".join(entries)


@tool(destructive=False)
async def die_inside(file: str, ctx: Context) -> str:
    """Ask, then begin a step that does not end."""

    async def endless() -> None:
        enter(file, "begun")
        await asyncio.Event().wait()

    name = await ask(ctx, "first")
    await ctx.once("endless", endless)
    return name


@tool(destructive=False)
def book(ctx: Context) -> int:
    """Write a row and ask within one transaction; return how many rows there are."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS booked (name text)")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO booked VALUES ('somebody')")
        ctx.elicit_sync("Sure?", key="sure")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM booked")
        return int(cursor.fetchone()[0])


@tool(destructive=False)
async def greet(ctx: Context) -> str:
    """Ask for a name."""
    return f"Hello {await ask(ctx, 'first')}"


@tool(destructive=False)
async def remember(ctx: Context, handle: str | None = None) -> str:
    """Keep something, or tell what was kept."""
    drawer = ctx.store(handle)
    if handle is None:
        await drawer.set("k\u00e9y", "a\0b")
        return drawer.handle
    return await drawer.get("k\u00e9y", "nothing")


@tool(destructive=False)
async def fails_oddly(ctx: Context) -> str:
    """Fail inside a step in words that a database may not like."""

    def fail() -> None:
        raise ToolError("a\0b")

    try:
        await ctx.once("fail", fail)
    except ToolError as error:
        name = await ask(ctx, "first")
        return f"{name} {error}"
    return "never"
