"""The clients that are programs: installed as they are, run at a desktop, through log-in and calls.

Each function takes a desktop, the address of a server and the steps, and returns what came of each, as
the programs of the libraries beside this file print it.
"""

import json
import re
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.clients import installing
from tests.clients.known import CLIENTS, PACKAGES
from tests.clients.logins.app_server import AppServer
from tests.clients.logins.desktop import Desktop
from tests.clients.logins.model import scripted
from tests.clients.logins.terminal import Terminal, running

Step = dict[str, Any]
Came = list[dict[str, str]]
Drive = Callable[[Desktop, str, Sequence[Step]], Came]
MOST_SECONDS = 120
NAME = "hub"
HERE = Path(__file__).parent
INSTALLED = {client.name: client.package for client in CLIENTS}
RESULT = re.compile(rb"^\{.*\}\r?\n", re.MULTILINE)
MORE = re.compile(rb"\[y/N\] |^\{.*\}\r?\n", re.MULTILINE)


class Failed(Exception):
    """A client's program ended with an error; the text is what it wrote."""


def library(name: str, program: str) -> Drive:
    """Return what drives a library: the program beside this file that uses it."""

    def drive(desktop: Desktop, address: str, steps: Sequence[Step]) -> Came:
        came: Came = ran(desktop, name, program, address, json.dumps(steps))
        return came

    return drive


def ran(desktop: Desktop, name: str, program: str, *words: str) -> Any:
    """Run a program beside this file where a library is installed; return the object that it prints."""
    package = INSTALLED[name]
    folder = installing.installed(package)
    npm = package.registry == "npm"
    runner = installing.node() / "bin" / "node" if npm else installing.python(folder)
    done = subprocess.run(
        [str(runner), str(HERE / program), *words],
        cwd=folder,
        env=desktop.environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=MOST_SECONDS,
    )
    if done.returncode:
        raise Failed(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def inspector(desktop: Desktop, address: str, steps: Sequence[Step]) -> Came:
    """The MCP Inspector's command line: one command for each step, which open the browser if need be."""
    folder = installing.installed(INSTALLED["inspector"])
    program = folder / "node_modules" / ".bin" / "mcp-inspector"
    always = ["--cli", address, "--transport", "http", "--format", "json", "--method", "tools/call"]
    environ = {**desktop.environ, "MCP_INSPECTOR_SECRET_STORE": "file"}
    came = []
    for step in steps:
        arguments = [f"{name}={value}" for name, value in step["arguments"].items()]
        words = [
            *always,
            "--tool-name",
            step["tool"],
            *(["--tool-arg", *arguments] * bool(arguments)),
        ]
        node = str(installing.node() / "bin" / "node")
        with running([node, str(program), *words], environ, desktop.home) as terminal:
            came.append(_inspected(terminal))
    return came


def _inspected(terminal: Terminal) -> dict[str, str]:
    """Agree to log in for more if it asks; return what came of the call."""
    said = terminal.until(MORE)
    if not said.startswith(b"{"):
        terminal.type("y\n")
        said = terminal.until(RESULT)
    told = json.loads(said)
    if "error" in told:
        return {"error": told["error"]["message"]}
    return {"text": told["result"]["content"][0]["text"]}


def claude_code(desktop: Desktop, address: str, steps: Sequence[Step]) -> Came:
    """Claude Code: adds the server, logs in at a terminal, and calls what a scripted model asks for."""
    program = str(installing.unpacked() / "node_modules" / ".bin" / "claude")
    _typed(desktop, [program, "mcp", "add", "--transport", "http", NAME, address])
    with running(
        [program, "mcp", "login", NAME, "--no-browser"], desktop.environ, desktop.home
    ) as terminal:
        desktop.open(terminal.address())
        if terminal.end():
            return [{"error": terminal.text}]
    script = [(f"mcp__{NAME}__{step['tool']}", step["arguments"]) for step in steps]
    with scripted(script) as model:
        environ = {
            **desktop.environ,
            "ANTHROPIC_BASE_URL": model.address,
            "ANTHROPIC_API_KEY": "none",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "ENABLE_TOOL_SEARCH": "false",
        }
        words = [program, "-p", "Go.", "--allowedTools", f"mcp__{NAME}"]
        with running(words, environ, desktop.home) as terminal:
            terminal.end()
        return [_from_model(model.results[number]) for number in range(len(steps))]


def _from_model(told: str) -> dict[str, str]:
    """Return what a model was told of a call."""
    said = told.partition("\n\n<system-reminder>")[0]
    if said.startswith("MCP server"):
        return {"error": said}
    found = json.loads(said)["result"] if said.startswith("{") else said
    return {"text": str(found)}


def codex(desktop: Desktop, address: str, steps: Sequence[Step]) -> Came:
    """Codex: adds the server, which logs in at once, and calls through its app server."""
    program, environ = _codex(desktop)
    with running(
        [program, "mcp", "add", NAME, "--url", address], environ, desktop.home
    ) as terminal:
        terminal.end()
        if "Successfully logged in" not in terminal.text:
            return [{"error": terminal.text}]
    return codex_calls(desktop, steps)


def codex_login(desktop: Desktop, *words: str) -> str:
    """`codex mcp login` with these options; return what it said."""
    program, environ = _codex(desktop)
    words = (program, "mcp", "login", NAME, "--no-browser", *words)
    with running(words, environ, desktop.home) as terminal:
        desktop.open(terminal.address())
        terminal.end()
        return terminal.text


def codex_calls(desktop: Desktop, steps: Sequence[Step]) -> Came:
    """Call tools by the log-in that Codex has."""
    program, environ = _codex(desktop)
    with AppServer([program, "app-server"], environ, desktop.home) as server:
        return [server.call(NAME, step["tool"], step["arguments"]) for step in steps]


def _codex(desktop: Desktop) -> tuple[str, dict[str, str]]:
    """Return its program, and what it is started with: Node is on its PATH."""
    folder = installing.installed(PACKAGES["codex"])
    path = f"{installing.node() / 'bin'}:{desktop.environ['PATH']}"
    return str(folder / "node_modules" / ".bin" / "codex"), {**desktop.environ, "PATH": path}


def _typed(desktop: Desktop, words: Sequence[str]) -> None:
    """Run a command at a terminal, which must end well."""
    with running(words, desktop.environ, desktop.home) as terminal:
        if terminal.end():
            raise Failed(terminal.text)
