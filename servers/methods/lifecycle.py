"""initialize, ping and server/discover. Sources: basic/lifecycle, server/discover."""

from typing import Any

from servers.methods.request import Request
from servers.protocol.abilities import TASKS
from servers.protocol.envelope import newest_first
from servers.protocol.jsonrpc import encode
from servers.protocol.revisions import Revision
from servers.protocol.shapes import known

# Declared whatever a server holds now: entries come and go, and an empty list says as much.
CAPABILITIES: dict[str, Any] = {
    "tools": {"listChanged": True},
    "resources": {"subscribe": True, "listChanged": True},
    "prompts": {"listChanged": True},
    "logging": {},
    "completions": {},
}


EXTENSIONS: dict[str, Any] = {TASKS: {}}
"""Of 2026-07-28 (ext-tasks)."""


def capabilities_for(revision: Revision, *, somebody: bool = True) -> dict[str, Any]:
    """Return what the hub declares in a revision; `somebody` who is known may list their tasks."""
    known = revision.has_completions_capability
    declared = {k: v for k, v in CAPABILITIES.items() if k != "completions" or known}
    if revision.stateless:
        return {**declared, "extensions": EXTENSIONS}
    if not revision.has_tasks:
        return declared
    tasks: dict[str, Any] = {"cancel": {}, "requests": {"tools": {"call": {}}}}
    return {**declared, "tasks": {"list": {}, **tasks} if somebody else tasks}


async def initialize(request: Request) -> bytes:
    """Return the answer that opens a session; the transport adds its id."""
    server = request.server
    body: dict[str, Any] = {
        "protocolVersion": request.revision.date,
        "capabilities": capabilities_for(
            request.revision, somebody=request.caller.user is not None
        ),
        "serverInfo": known("implementation", server.info, request.revision),
    }
    if server.instructions:
        body["instructions"] = server.instructions
    return encode(body)


async def ping(request: Request) -> bytes:
    """Return the empty answer."""
    return request.server.shaper.empty(request.revision)


async def discover(request: Request) -> bytes:
    """Return what the server speaks and offers."""
    server = request.server
    body: dict[str, Any] = {
        "supportedVersions": newest_first(request.exchange.served),
        "capabilities": capabilities_for(request.revision),
    }
    if server.instructions:
        body["instructions"] = server.instructions
    return server.shaper.cacheable(encode(body), request.revision, public=server.public)
