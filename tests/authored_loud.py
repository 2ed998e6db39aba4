"""An author's file for tests of a process: tools that print, read, block, and say much."""

import asyncio
import os
import subprocess
import sys
import time

from mcphub import Context, tool

print("printed while it is loaded")


@tool(read_only=True)
async def loud(text: str) -> str:
    """Print, in every way there is, and look for input."""
    print(text)
    sys.stdout.write(text + "\n")
    sys.__stdout__.write(text + "\n")
    os.write(1, text.encode() + b"\n")
    subprocess.run(["echo", text], check=True)
    subprocess.run([sys.executable, "-c", f"import os; os.write(1, b'{text}')"], check=True)
    return f"{sys.stdin.read()}|{os.read(0, 10).decode()}"


@tool(read_only=True)
async def hold(ctx: Context) -> str:
    """Report that it runs, and run until it is stopped."""
    await ctx.progress(1, total=2, message="runs")
    await asyncio.sleep(3600)
    return "never"


@tool(read_only=True)
async def brief(ctx: Context) -> str:
    """Take half a second."""
    await ctx.progress(1, total=2, message="runs")
    await asyncio.sleep(0.5)
    return "done"


@tool(read_only=True)
def block(seconds: float) -> str:
    """Block a thread, whatever comes."""
    time.sleep(seconds)
    return "awake"


@tool(read_only=True)
async def much(size: int, ctx: Context) -> str:
    """Say much."""
    for step in range(1, 100):
        ctx.info("x" * (size // 100))
        await ctx.progress(step, total=100)
    print("much is said")
    return "y" * size


@tool(idempotent=True)
async def confirm(ctx: Context) -> str:
    """Ask first."""
    answer = await ctx.elicit(
        "Really?", {"type": "object", "properties": {"ok": {"type": "boolean"}}}
    )
    return f"{answer.action} {answer.content}"
