"""Tools of a hub whose workers are tested: jobs that wait, are stuck, eat memory, or keep the loop."""

import asyncio
import os
import time
from pathlib import Path

from mcphub import tool


@tool(job=True, idempotent=True)
async def waits(path: str) -> str:
    """Wait for a file; may be begun again."""
    return await _appears(path)


@tool(job=True)
async def waits_once(path: str) -> str:
    """Wait for a file; may not be begun again."""
    return await _appears(path)


@tool(job=True, idempotent=True, heavy=True)
async def heavy(path: str) -> str:
    """Wait for a file, as a heavy job."""
    return await _appears(path)


@tool(job=True, idempotent=True)
async def who() -> str:
    """Tell which process works."""
    return str(os.getpid())


@tool(job=True, timeout=0.5, idempotent=True)
def stuck(seconds: float = 20.0) -> str:
    """Sleep on, in a thread, past its time."""
    time.sleep(seconds)
    return "late"


@tool
def quick() -> str:
    """Answer, from a thread."""
    return "quick"


@tool(job=True, timeout=1, idempotent=True, blocking=False)
def keeps_the_loop() -> str:
    """Let the event loop do nothing else, past its time."""
    time.sleep(120.0)
    return "late"


@tool(job=True, idempotent=True)
def eats() -> str:
    """Take all the memory there is."""
    held = []
    while True:
        held.append(bytearray(1024 * 1024))


async def _appears(path: str) -> str:
    while not Path(path).exists():
        await asyncio.sleep(0.02)
    return str(os.getpid())
