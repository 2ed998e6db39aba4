"""What the Python programs here do once they are connected: steps, and what came of each.

A step is {"tool", "arguments"}, and "seconds" if it is to be done again and again for so long. What came
of it is {"text"} or {"error"}; of a step that is repeated, of the last time. Standard library alone.
"""

import time
from collections.abc import Awaitable, Callable
from typing import Any

Call = Callable[[str, dict[str, Any]], Awaitable[str]]


async def taken(steps: list[dict[str, Any]], call: Call) -> list[dict[str, str]]:
    """Take the steps and return what came of them."""
    return [await _taken(step, call) for step in steps]


async def _taken(step: dict[str, Any], call: Call) -> dict[str, str]:
    until = time.monotonic() + step.get("seconds", 0)
    while True:
        try:
            came = {"text": await call(step["tool"], step["arguments"])}
        except Exception as error:
            return {"error": told(error)}
        if time.monotonic() >= until:
            return came


def told(error: BaseException) -> str:
    """Return what an error says, of a group what its first one says."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}"
