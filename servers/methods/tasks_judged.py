"""Who may have a task: whoever asked for it, with what its tool needs."""

import uuid
from typing import Protocol

from catalog.policy.gate import judge_scope
from servers.jobs.facts import Held
from servers.methods.request import Request
from servers.protocol.abilities import has_ability, required_for
from servers.protocol.errors import InsufficientScope, invalid_params, missing_capability
from servers.published import PublishedEntry

UNKNOWN = "Unknown task."


class OfATool(Protocol):
    """What a call of a tool left: a task, or a result that is kept."""

    @property
    def name(self) -> str:
        """What the client called the tool."""
        ...

    @property
    def via(self) -> str:
        """The hub's own tool that it was called through, if any."""
        ...

    @property
    def entry(self) -> uuid.UUID:
        """The tool's public id."""
        ...


def require_tasks(request: Request) -> None:
    """Raise ProtocolError -32021 where a client of the extension did not declare it."""
    declared = has_ability(request.exchange.era.abilities, "tasks")
    if request.revision.stateless and not declared:
        raise missing_capability("This needs the Tasks extension.", required_for("tasks"))


def judged(request: Request, task: Held | None) -> Held:
    """Return a task if the caller may have it; raises ProtocolError -32602, or InsufficientScope."""
    if task is None or not _has_access(request, task):
        raise invalid_params(UNKNOWN)
    if not judge_scope(request.caller.scopes, task.scope).allowed:
        raise InsufficientScope(task.scope, held=request.caller.scopes)
    return task


def sees(request: Request, task: Held) -> bool:
    """Return whether the caller may have a task of theirs."""
    return _has_access(request, task) and judge_scope(request.caller.scopes, task.scope).allowed


def tool_of(request: Request, left: OfATool) -> PublishedEntry | None:
    """Return the tool that something is left of, None if it is gone."""
    entry = request.server.find("tool", left.name, left.via)
    there = entry is not None and entry.public_id == left.entry and entry.served
    return entry if there else None


def _has_access(request: Request, task: Held) -> bool:
    """Return whether a task's tool is the caller's to use; one that is gone leaves them its end."""
    entry = tool_of(request, task)
    return entry is None or request.access.verdict(entry).allowed
