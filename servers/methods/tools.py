"""tools/list and tools/call. Source: server/tools of each revision."""

from typing import Any, NamedTuple

from servers.calls import NotFound
from servers.finding.capability import unknown
from servers.methods.request import Request, object_param, text_param, walk
from servers.own_tools import CALL
from servers.protocol.cursors import read_cursor
from servers.protocol.errors import InsufficientScope, Overloaded, RateLimited, invalid_params
from servers.protocol.mirrors import check_mirrors
from servers.protocol.outcome import Outcome, failed
from servers.published import PublishedEntry


class Asked(NamedTuple):
    """Which tool is called, with what; `via` is the hub's own tool that was asked to call it."""

    name: str
    arguments: dict[str, Any]
    via: str = ""


async def list_tools(request: Request) -> bytes:
    """Return the tools the caller may use, or those that find them, one page."""
    return request.access.page("tool", request.revision, read_cursor(request.params))


async def call_tool(request: Request) -> bytes:
    """Return what the tool gave."""
    name, arguments = text_param(request, "name"), object_param(request, "arguments")
    entry = request.server.find("tool", name)
    if entry is not None and entry.defined.mirrors:
        _check_headers(request, entry, arguments)
    asked = Asked(name, arguments)
    if name == CALL and name in request.server.own:
        asked = _meant(asked)
    try:
        outcome = await walk(request, "tool", *asked)
    except NotFound:
        outcome = _not_found(asked)
    except (InsufficientScope, RateLimited, Overloaded) as refusal:
        if not request.exchange.tells_refusals:
            raise
        outcome = failed(refusal.message)
    return request.server.shaper.outcome(outcome, request.revision)


def _meant(asked: Asked) -> Asked:
    """Return the call that a call_tool is; itself where its arguments do not fit, to be told so."""
    name, arguments = asked.arguments.get("name"), asked.arguments.get("arguments", {})
    fits = isinstance(name, str) and name and isinstance(arguments, dict)
    if not fits or not asked.arguments.keys() <= {"name", "arguments"}:
        return asked
    return Asked(str(name), arguments, via=CALL)


def _not_found(asked: Asked) -> Outcome:
    """Tell that there is no such tool: an error, but for a call_tool, whose arguments name it."""
    if asked.via:
        return unknown(asked.name)
    raise invalid_params(f"Unknown tool: {asked.name[:128]}") from None


def _check_headers(request: Request, entry: PublishedEntry, arguments: dict[str, Any]) -> None:
    """Check that headers repeat the arguments they mirror, for a tool the caller may know of."""
    fields = request.exchange.fields
    known = request.access.verdict(entry).allowed
    if request.revision.stateless and fields is not None and known:
        check_mirrors(entry.defined.mirrors, arguments, fields)
