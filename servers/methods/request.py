"""A request as the methods see it."""

from collections.abc import Awaitable
from typing import Any, NamedTuple

from accounts.caller import Caller
from servers.corridor import Call, Corridor, Running
from servers.protocol.errors import invalid_params
from servers.protocol.outcome import Outcome
from servers.protocol.revisions import Revision
from servers.published import Access, PublishedServer


class Request(NamedTuple):
    """One request of a method: with what, in which revision, of which server, by whom."""

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


def walk(request: Request, kind: str, name: str, arguments: dict[str, Any]) -> Awaitable[Outcome]:
    """Walk the corridor with what a request names; raises NotFound for a name that is not there."""
    return request.corridor.walk(
        Call(kind, name, arguments, request.server, request.caller, request.exchange)
    )


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
