"""tools/list and tools/call. Source: server/tools of each revision."""

from servers.corridor import NotFound
from servers.methods.request import Request, object_param, text_param, walk
from servers.protocol.cursors import read_cursor
from servers.protocol.errors import invalid_params


async def list_tools(request: Request) -> bytes:
    """Return the tools the caller may use, one page."""
    return request.access.page("tool", request.revision, read_cursor(request.params))


async def call_tool(request: Request) -> bytes:
    """Return what the tool gave."""
    name = text_param(request, "name")
    try:
        outcome = await walk(request, "tool", name, object_param(request, "arguments"))
    except NotFound:
        raise invalid_params(f"Unknown tool: {name[:128]}") from None
    return request.server.shaper.outcome(outcome, request.revision)
