"""What a client does that was allowed to read alone, and is then to write and to destroy."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from tests.clients.logins.desktop import Desktop, Does
from tests.clients.logins.hubs import PASSWORD, SLUG
from tests.clients.logins.known import FIRST, READ, Login
from tests.clients.logins.programs import Came
from tests.live import LiveHub

STEPS = (
    {"tool": "add", "arguments": {"a": 2, "b": 3}},
    {"tool": "write", "arguments": {"text": "hi"}},
    {"tool": "destroy", "arguments": {}},
)


@dataclass
class Measured:
    """The scopes that it asked for at each log-in, and what came of each step."""

    asked: list[str] = field(default_factory=list)
    came: Came = field(default_factory=list)


def measured(login: Login, hub: LiveHub, folder: Path) -> Measured:
    """Run a client at a desktop of its own; the person allows reading, and later what is asked for."""
    desktop = Desktop(folder, hub.url, [Does(ticks=(READ,))], password=PASSWORD)
    came = login.drive(desktop, f"{hub.url}/mcp/{SLUG}", STEPS)
    return Measured([visit.asked["scope"] for visit in desktop.visits], came)


def problems(login: Login, found: Measured) -> list[str]:
    """Say how this differs from what is known of the client, a sentence each."""
    asked = [FIRST, *login.asks]
    said = [] if found.asked == asked else [f"asked for {found.asked} where {asked} is known"]
    read, *others = found.came
    if read != {"text": "5"}:
        said.append(f"reading: {read}")
    for outcome, done in zip(others, ("written", "destroyed"), strict=True):
        error = outcome.get("error", "")
        right = outcome == {"text": done} if login.asks else re.search(login.says, error)
        if not right:
            said.append(f"{done}: {outcome}")
    return said
