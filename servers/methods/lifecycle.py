"""initialize, ping and server/discover. Sources: basic/lifecycle, server/discover."""

from typing import Any

from servers.methods.request import Request
from servers.protocol.jsonrpc import encode
from servers.protocol.revisions import REVISIONS, Revision

# Declared whatever a server holds now: entries come and go, and an empty list says as much.
CAPABILITIES: dict[str, Any] = {"tools": {}, "resources": {}, "prompts": {}}
# 2026-07-28 asks for log messages a request; the older way to ask is not served.
CAPABILITIES_STATELESS: dict[str, Any] = {**CAPABILITIES, "logging": {}}


async def initialize(request: Request) -> bytes:
    """Return the answer that opens a session; the transport adds its id."""
    server = request.server
    body: dict[str, Any] = {
        "protocolVersion": request.revision.date,
        "capabilities": CAPABILITIES,
        "serverInfo": implementation(server.info, request.revision),
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
        "supportedVersions": [revision.date for revision in reversed(REVISIONS)],
        "capabilities": CAPABILITIES_STATELESS,
    }
    if server.instructions:
        body["instructions"] = server.instructions
    return server.shaper.cacheable(encode(body), request.revision, public=server.public)


def implementation(info: dict[str, str], revision: Revision) -> dict[str, str]:
    """Return the server's name and version as the revision knows them."""
    return info if revision.has_titles else {k: v for k, v in info.items() if k != "title"}
