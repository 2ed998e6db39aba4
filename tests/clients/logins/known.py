"""The clients that log in, and what each of them does when a call needs more than was allowed."""

from dataclasses import dataclass

from tests.clients.known import CLIENTS, PACKAGES, Package
from tests.clients.logins import programs
from tests.clients.logins.programs import Drive

READ = "mcp:read"
FIRST = "mcp:read mcp:write mcp:prompts"
"""What they all ask for at first: the scopes of the challenge, as it stands."""


@dataclass(frozen=True)
class Login:
    """A client, and what drives it from the address of a server to its first call and further."""

    name: str
    title: str
    package: Package
    drive: Drive
    asks: tuple[str, ...] = ()
    """The scopes it asks for, allowed to read alone, when told to write and then to destroy; none if
    it does not ask by itself."""
    says: str = ""
    """What it says then, if it does not ask by itself."""
    denied: str = "access_denied|denied|said no"
    """What it says when the person says no."""
    denials: int = 1
    """How often the person has to say so."""


def _library(name: str, program: str, **known: object) -> Login:
    """Return a client that is in the other table too."""
    client = next(client for client in CLIENTS if client.name == name)
    drive = programs.library(name, program)
    return Login(name, client.title, client.package, drive, **known)  # type: ignore[arg-type]


WRITE, DESTROY = "mcp:read mcp:write", "mcp:read mcp:write mcp:destructive"
LOGINS = (
    _library("sdk2", "with_sdk2.py", asks=(FIRST, f"{FIRST} mcp:destructive")),
    _library("fastmcp", "with_fastmcp.py", asks=(FIRST, f"{FIRST} mcp:destructive")),
    _library("ts1", "with_ts1.mjs", says="403 after trying upscoping"),
    _library("ts2", "with_ts2.mjs", asks=(WRITE, DESTROY)),
    _library("mcp_remote", "with_mcp_remote.mjs", asks=(WRITE, DESTROY)),
    Login(
        "inspector",
        "MCP Inspector, command line",
        programs.INSTALLED["inspector"],
        programs.inspector,
        says="AUTHORIZED without authorization code",
    ),
    Login(
        "claude_code",
        "Claude Code",
        PACKAGES["claude"],
        programs.claude_code,
        says='needs additional permissions .scope: "mcp:',
    ),
    Login(
        "codex",
        "Codex",
        PACKAGES["codex"],
        programs.codex,
        says="Insufficient scope",
        denials=2,  # after the first it registers anew, and asks again
    ),
)
