"""What the tools of tests/authored.py did, and when the slow one may go on."""

import asyncio
from typing import Any

done: list[str] = []
"""What ran, in order."""
told: dict[str, Any] = {}
"""What a test tells the tools."""
opened = asyncio.Event()
"""Set by a test to let `hold` go on; bound to the loop that waits first."""


def reset() -> None:
    """Forget what ran, and close the gate."""
    global opened
    done.clear()
    told.clear()
    opened = asyncio.Event()
