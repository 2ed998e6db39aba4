"""resources/list, resources/templates/list, resources/read. Source: server/resources."""

from catalog.policy.verdict import Reason, Verdict
from servers.calls import Found, NotFound, Own
from servers.jobs.addresses import is_own, read_address
from servers.jobs.pages import KeptResult, Reading, entry_of, result_of
from servers.methods.request import Request, text_param, walk
from servers.methods.tasks_judged import tool_of
from servers.protocol.cursors import read_cursor
from servers.protocol.errors import ProtocolError


async def list_resources(request: Request) -> bytes:
    """Return the resources the caller may read, one page."""
    return request.access.page("resource", request.revision, read_cursor(request.params))


async def list_templates(request: Request) -> bytes:
    """Return the resource templates the caller may read, one page."""
    return request.access.page("template", request.revision, read_cursor(request.params))


async def read_resource(request: Request) -> bytes:
    """Return the contents at an address: a resource's own, one that a template covers, or a page of a
    job's result."""
    uri = text_param(request, "uri")
    own = await _own(request, uri) if is_own(uri) else None
    try:
        outcome = await walk(request, "resource", uri, {}, own=own)
    except NotFound:
        code = request.revision.resource_not_found
        raise ProtocolError(code, "Resource not found", data={"uri": uri[:512]}) from None
    return request.server.shaper.outcome(outcome, request.revision)


async def _own(request: Request, uri: str) -> Own:
    """Return where an address of the hub's own leads: nowhere, for whoever may not have what is there."""
    place, kept = read_address(uri), None
    if place is not None:
        kept = await request.desk.offload(
            result_of, request.server.public_id, request.caller.user, place
        )
    if place is None or kept is None:
        return Own(Found(None, Verdict(False, Reason.UNKNOWN)))
    found = Found(entry_of(request.server, kept.scope), _verdict(request, kept))
    return Own(found, Reading(request.desk.offload, kept, place))


def _verdict(request: Request, kept: KeptResult) -> Verdict:
    """Return whether the caller may have what a call of a tool left: as long as the tool is theirs."""
    tool = tool_of(request, kept)
    if tool is not None:
        return request.access.verdict(tool)
    if request.server.lets_in(request.caller):
        return Verdict(True, Reason.PUBLIC if request.server.public else Reason.TEAM)
    return Verdict(False, Reason.NO_ACCESS)
