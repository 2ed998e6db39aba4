"""What the Python programs here share: what a client hears without asking, and what makes it hear.

Standard library alone: each program runs in an environment of its own.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

WATCHED = "test://watched-resource"
TRIGGERS = {"tools": "test_trigger_tool_change", WATCHED: "test_trigger_resource_update"}
"""What changes, and the tool of the fixture server that changes it."""
TRIES, PATIENCE = 5, 2.0
"""How often something is changed until the server says so, and the seconds waited each time."""

questions: list[str] = []
heard: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)


async def tells(call_tool: Callable[[str], Awaitable[Any]], what: str) -> bool:
    """Change something and tell whether the server says so; the stream may open after the call."""
    heard[what].clear()
    for _ in range(TRIES):
        await call_tool(TRIGGERS[what])
        try:
            await asyncio.wait_for(heard[what].wait(), PATIENCE)
        except TimeoutError:
            continue
        return True
    return False
