"""prompts/list and prompts/get. Source: server/prompts of each revision."""

from servers.calls import NotFound
from servers.methods.request import Request, object_param, text_param, walk
from servers.protocol.cursors import read_cursor
from servers.protocol.errors import invalid_params


async def list_prompts(request: Request) -> bytes:
    """Return the prompts the caller may fetch, one page."""
    return request.access.page("prompt", request.revision, read_cursor(request.params))


async def get_prompt(request: Request) -> bytes:
    """Return the messages of a prompt; its arguments are all text (GetPromptRequestParams)."""
    name = text_param(request, "name")
    arguments = object_param(request, "arguments")
    if not all(isinstance(value, str) for value in arguments.values()):
        raise invalid_params('The values of "arguments" must be strings.')
    try:
        outcome = await walk(request, "prompt", name, arguments)
    except NotFound:
        raise invalid_params(f"Unknown prompt: {name[:128]}") from None
    return request.server.shaper.outcome(outcome, request.revision)
