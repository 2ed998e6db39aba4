"""An author's file for drills: tools that write into a ledger outside the hub when they begin and end.

A line is written by one call and synced before the tool goes on, so it is there whatever dies next.
"""

import asyncio
import json
import os
import time

from mcphub import Context, tool

STEP_SECONDS = 0.1


def enter(key: str, what: str) -> None:
    """Write a line into the ledger."""
    line = {"key": key, "what": what, "pid": os.getpid(), "at": time.time()}
    ledger = os.open(os.environ["DRILL_LEDGER"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(ledger, json.dumps(line).encode() + b"\n")
        os.fsync(ledger)
    finally:
        os.close(ledger)


async def work(key: str, seconds: float, ctx: Context) -> str:
    """Take some time and say how far it is, with a line at either end."""
    enter(key, "start")
    steps = max(1, round(seconds / STEP_SECONDS))
    for step in range(steps):
        await asyncio.sleep(seconds / steps)
        await ctx.progress(step + 1, steps)
    enter(key, "end")
    return key


@tool(job=True, destructive=False, idempotent=True)
async def again(key: str, seconds: float, ctx: Context) -> str:
    """Work that may be begun again."""
    return await work(key, seconds, ctx)


@tool(job=True, destructive=False, idempotent=False)
async def once(key: str, seconds: float, ctx: Context) -> str:
    """Work that must not be begun twice."""
    return await work(key, seconds, ctx)


@tool(read_only=True)
async def plain() -> str:
    """Answer, within the call."""
    return "plain"
