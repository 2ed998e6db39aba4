"""A request as the methods see it."""

from collections.abc import Awaitable
from typing import Any, NamedTuple, Protocol

from accounts.caller import Caller
from accounts.scopes import READ
from catalog.policy.gate import judge_scope
from catalog.runs import Runs
from servers.calls import Call, Own
from servers.capabilities.base import Completing
from servers.dialogue.desk import Desk
from servers.dialogue.live import Live
from servers.dialogue.rounds import Rounds
from servers.jobs.desk import JobDesk
from servers.jobs.handing import Hand
from servers.listening import Listeners
from servers.protocol.errors import InsufficientScope, invalid_params
from servers.protocol.outcome import Outcome
from servers.protocol.revisions import Revision
from servers.published import Access, PublishedServer
from servers.transports.exchange import Exchange


class Walk(Protocol):
    """The corridor, as the methods see it."""

    def walk(self, call: Call) -> Awaitable[Outcome]:
        """Return the outcome of a call; raises what Corridor.walk does."""
        ...


class Request(NamedTuple):
    """One request of a method: with what, in which revision, of which server, by whom.

    `id_json` is its encoded id, `token` the digest of the token it came with.
    """

    params: dict[str, Any]
    id_json: bytes
    revision: Revision
    server: PublishedServer
    caller: Caller
    token: str | None
    exchange: Exchange
    corridor: Walk
    desk: Desk
    listeners: Listeners
    jobs: JobDesk

    @property
    def access(self) -> Access:
        """What the caller may use."""
        return self.server.access_of(self.caller)


def walk(
    request: Request,
    kind: str,
    name: str,
    arguments: dict[str, Any],
    via: str = "",
    own: Own | None = None,
) -> Awaitable[Outcome]:
    """Walk the corridor with what a request names; raises NotFound for a name that is not there."""
    talk = _talk(request, kind, name, arguments)
    hand = _hand(request, kind, name, via)
    talk.hands_over = hand is not None
    return request.corridor.walk(
        Call(
            kind,
            name,
            arguments,
            request.server,
            request.caller,
            request.exchange,
            talk.dialogue,
            talk,
            via=via,
            hand=hand,
            own=own,
        )
    )


def _hand(request: Request, kind: str, name: str, via: str) -> Hand | None:
    """Return what takes over a call that may run as a job; most cannot."""
    if kind != "tool":
        return None
    entry = request.server.find("tool", name, via)
    runs = entry is not None and entry.defined.runs is not Runs.INLINE
    if runs or "task" in request.params:
        return Hand(request.jobs, request.exchange, request.params)
    return None


def _talk(request: Request, kind: str, name: str, arguments: dict[str, Any]) -> Live | Rounds:
    """Return how a call of this revision talks with its client."""
    if not request.revision.stateless:
        return Live(request.desk, request.exchange, request.server, request.caller)
    return Rounds(
        request.desk,
        request.exchange,
        request.server,
        request.caller,
        (kind, name, arguments),
        request.params,
    )


def walk_completing(
    request: Request, kind: str, name: str, completing: Completing
) -> Awaitable[Outcome]:
    """Walk the corridor for completions of an argument; raises NotFound."""
    return request.corridor.walk(
        Call(
            kind,
            name,
            {},
            request.server,
            request.caller,
            request.exchange,
            completing=completing,
        )
    )


def require_read(request: Request) -> None:
    """Raise InsufficientScope if the caller's token does not let it read."""
    if not judge_scope(request.caller.scopes, READ).allowed:
        raise InsufficientScope(READ, held=request.caller.scopes)


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
