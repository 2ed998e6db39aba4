"""Other servers for the same call: the official SDK and FastMCP, two tools each, no auth.

Installed by pip into PEERS/<name> the first time.
"""

import subprocess
import sys
from pathlib import Path

from tests.bench.targets import Target, environment, free_port, start, up, uvicorn

PEERS: dict[str, tuple[str, str]] = {
    "sdk": (
        "mcp==2.3.0",
        "from mcp.server.mcpserver import MCPServer\n"
        "server = MCPServer('sdk', log_level='WARNING')\n",
    ),
    "fastmcp": ("fastmcp==4.1.*", "from fastmcp import FastMCP\nserver = FastMCP('fastmcp')\n"),
}
"""name -> what pip installs, and how its server begins."""
TOOLS = """
@server.tool()
async def add(a: int, b: int) -> int:
    '''Add two whole numbers.'''
    return a + b

@server.tool()
def padd(a: int, b: int) -> int:
    '''Add two whole numbers, in a thread.'''
    return a + b

"""
APPS = {
    "sdk": "app = server.streamable_http_app(json_response=True, stateless_http=True)\n",
    "fastmcp": "app = server.http_app(path='/mcp', json_response=True, stateless_http=True)\n",
}


async def start_peer(folder: Path, name: str, scratch: Path) -> Target:
    """Install a peer if it is not there, start it and return it with its version in its name."""
    wanted, begin = PEERS[name]
    python = _installed(folder / name, wanted)
    app = scratch / f"peer_{name}.py"
    app.write_text(begin + TOOLS + APPS[name], encoding="utf-8")
    port, log = free_port(), scratch / f"peer_{name}.log"
    environ = environment(PYTHONPATH=str(scratch))
    process = start(uvicorn(str(python), f"peer_{name}:app", port), environ, log)
    await up(process, port, log)
    package = wanted.partition("=")[0]
    return Target(f"{name} {_version(python, package)}", process, port, "/mcp")


def _installed(folder: Path, wanted: str) -> Path:
    """Return the Python of a venv that has the package."""
    python, stamp = folder / "bin" / "python", folder / "installed.txt"
    if not stamp.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        install = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        subprocess.run([*install, wanted, "uvicorn", "uvloop", "httptools"], check=True)
        stamp.write_text(wanted, encoding="utf-8")
    return python


def _version(python: Path, package: str) -> str:
    """Return which version pip gave."""
    ask = f"import importlib.metadata as m; print(m.version({package!r}))"
    done = subprocess.run([str(python), "-c", ask], capture_output=True, text=True, check=True)
    return done.stdout.strip()
