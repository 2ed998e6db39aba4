"""tools/list and tools/call. Source: server/tools of each revision."""

from typing import Any

from servers.corridor import NotFound
from servers.methods.request import Request, object_param, text_param, walk
from servers.protocol.cursors import read_cursor
from servers.protocol.errors import InsufficientScope, Overloaded, RateLimited, invalid_params
from servers.protocol.mirrors import check_mirrors
from servers.protocol.outcome import failed
from servers.published import PublishedEntry


async def list_tools(request: Request) -> bytes:
    """Return the tools the caller may use, one page."""
    return request.access.page("tool", request.revision, read_cursor(request.params))


async def call_tool(request: Request) -> bytes:
    """Return what the tool gave."""
    name, arguments = text_param(request, "name"), object_param(request, "arguments")
    entry = request.server.find("tool", name)
    if entry is not None and entry.defined.mirrors:
        _check_headers(request, entry, arguments)
    try:
        outcome = await walk(request, "tool", name, arguments)
    except NotFound:
        raise invalid_params(f"Unknown tool: {name[:128]}") from None
    except (InsufficientScope, RateLimited, Overloaded) as refusal:
        if not request.exchange.tells_refusals:
            raise
        outcome = failed(refusal.message)
    return request.server.shaper.outcome(outcome, request.revision)


def _check_headers(request: Request, entry: PublishedEntry, arguments: dict[str, Any]) -> None:
    """Check that headers repeat the arguments they mirror, for a tool the caller may know of."""
    fields = request.exchange.fields
    known = request.access.verdict(entry).allowed
    if request.revision.stateless and fields is not None and known:
        check_mirrors(entry.defined.mirrors, arguments, fields)
