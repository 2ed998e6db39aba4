"""How changes enter the audit trail, this room's and those above: ids and labels, never secrets."""

from collections.abc import Mapping
from typing import Any

from accounts.models import User
from monitoring import audit

COMMAND_LINE = "command line"

Facts = Mapping[str, Any]


def record(
    actor: User | None,
    action: str,
    *,
    server: str = "",
    entry: str = "",
    before: Facts | None = None,
    after: Facts | None = None,
) -> None:
    """Record that the actor did this; None is the command line, the hub's start, or a sync."""
    audit.record_change(
        actor=actor.public_id if actor else None,
        actor_label=actor.username if actor else COMMAND_LINE,
        action=action,
        server=server,
        entry=entry,
        before=before,
        after=after,
    )
