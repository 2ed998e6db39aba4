"""What the tools of tests/authored.py did, and when the slow one may go on."""

import asyncio
from collections import defaultdict

told: dict = {}
"""What a test tells the tools."""
done: list[str] = []
"""What ran, in order."""
opened = asyncio.Event()
"""Set by a test to let `hold` go on; bound to the loop that waits first."""
doors: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
"""More of them, by name."""


def reset() -> None:
    """Forget what ran, and close the gate."""
    global opened
    told.clear()
    done.clear()
    doors.clear()
    opened = asyncio.Event()
