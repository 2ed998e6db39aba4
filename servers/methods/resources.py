"""resources/list, resources/templates/list, resources/read. Source: server/resources."""

from servers.corridor import NotFound
from servers.methods.request import Request, text_param, walk
from servers.protocol.cursors import read_cursor
from servers.protocol.errors import ProtocolError


async def list_resources(request: Request) -> bytes:
    """Return the resources the caller may read, one page."""
    return request.access.page("resource", request.revision, read_cursor(request.params))


async def list_templates(request: Request) -> bytes:
    """Return the resource templates the caller may read, one page."""
    return request.access.page("template", request.revision, read_cursor(request.params))


async def read_resource(request: Request) -> bytes:
    """Return the contents at an address: a resource's own, or one that a template covers."""
    uri = text_param(request, "uri")
    try:
        outcome = await walk(request, "resource", uri, {})
    except NotFound:
        code = request.revision.resource_not_found
        raise ProtocolError(code, "Resource not found", data={"uri": uri[:512]}) from None
    return request.server.shaper.outcome(outcome, request.revision)
