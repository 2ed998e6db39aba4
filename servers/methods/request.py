"""A request as the methods see it."""

from typing import Any, NamedTuple

from accounts.caller import Caller
from servers.corridor import Call, Corridor, NotFound, Running
from servers.protocol.errors import ProtocolError, invalid_params
from servers.protocol.outcome import Outcome
from servers.protocol.revisions import Revision
from servers.published import Access, PublishedServer


class Request(NamedTuple):
    """One request: what is asked, by whom, of which server, in which revision."""

    method: str
    params: dict[str, Any]
    revision: Revision
    server: PublishedServer
    caller: Caller
    exchange: Running
    corridor: Corridor

    @property
    def access(self) -> Access:
        """What the caller may use."""
        return self.server.access_of(self.caller)


async def walk(
    request: Request, kind: str, name: str, arguments: dict[str, Any], unknown: ProtocolError
) -> Outcome:
    """Return the outcome of walking the corridor; `unknown` is told for a name that is not there."""
    call = Call(kind, name, arguments, request.server, request.caller, request.exchange)
    try:
        return await request.corridor.walk(call)
    except NotFound:
        raise unknown from None


def text_param(request: Request, key: str) -> str:
    """Return a required text parameter."""
    value = request.params.get(key)
    if not isinstance(value, str):
        raise invalid_params(f'"{key}" is not a string.')
    return value


def object_param(request: Request, key: str) -> dict[str, Any]:
    """Return an optional object parameter; absent means empty."""
    value = request.params.get(key, {})
    if not isinstance(value, dict):
        raise invalid_params(f'"{key}" is not an object.')
    return value
