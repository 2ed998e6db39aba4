"""Runs a client's program against a hub, and says what it must see there."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.clients import installing
from tests.clients.known import REVISIONS, SSE, Client
from tests.live import LiveHub, final
from tests.pair import until

PROGRAMS = Path(__file__).parent
MOST_SECONDS = 120

SEEN = {
    "text": "This is a simple text response for testing.",
    "failed": [True, "This tool intentionally returns an error for testing"],
    "progress": [[0, 100], [50, 100], [100, 100]],
    "resource": "This is the content of the static text resource.",
    "prompt": "Prompt with arguments: arg1='one', arg2='two'",
    "completed": ["testValue1", "testValue2"],
    "questions": ["What is your name?"],
    "elicited": "Hello, Ada!",
    "sampled": "LLM response: hello",
    "roots": "Roots: file:///project",
    "told": {"tools": True, "test://watched-resource": True},
}
"""What every client sees on the fixture server, apart from its lists."""
WITHOUT_FORMS = {"questions": [], "elicited": "This client cannot do elicitation."}
"""What it sees otherwise over HTTP+SSE: its revision, 2024-11-05, has no forms."""
LISTS = {
    "tools": ("tools/list", "tools", "name"),
    "resources": ("resources/list", "resources", "uri"),
    "templates": ("resources/templates/list", "resourceTemplates", "uriTemplate"),
    "prompts": ("prompts/list", "prompts", "name"),
}


class DriveError(Exception):
    """A program ended with an error; the text is what it wrote about it."""


def address(hub: LiveHub, slug: str, mode: str) -> str:
    """Return where a client in that mode connects to a server."""
    return f"{hub.url}/mcp/{slug}{'/sse' if mode == SSE else ''}"


def drive(client: Client, mode: str, address: str, token: str = "") -> Any:
    """Run a client's program and return the object that it prints, or raise DriveError."""
    done = subprocess.run(
        command(client, address, mode, *filter(None, [token])),
        cwd=installing.installed(client.package),
        env={name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=MOST_SECONDS,
    )
    if done.returncode:
        raise DriveError(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def command(client: Client, *words: str) -> list[str]:
    """Return the command of a client's program; it runs in the folder of the client."""
    folder = installing.installed(client.package)
    npm = client.package.registry == "npm"
    runner = installing.node() / "bin" / "node" if npm else installing.python(folder)
    return [str(runner), str(PROGRAMS / client.program), *words]


def expected(client: Client, mode: str, hub: LiveHub, slug: str, token: str = "") -> dict[str, Any]:
    """Return what a client must see: the lists as the hub tells them to anyone, and the rest."""
    lists = {
        name: [one[key] for one in final(hub.open(slug, method, {}, token=token))["result"][many]]
        for name, (method, many, key) in LISTS.items()
    }
    everything = {"revision": REVISIONS[mode], **lists, **SEEN}
    if mode == SSE:
        everything |= WITHOUT_FORMS
    everything |= {name: [] for name in client.drops}
    return {name: value for name, value in everything.items() if name not in client.lacks}


def load_fixture(hub: LiveHub) -> None:
    """Publish the fixture server, and wait until the running hub serves it."""
    hub.manage("load_conformance")
    until(lambda: hub.open("conformance", "server/discover", {}).status == 200)
