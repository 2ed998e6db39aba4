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
    client: str = "",
    server: str = "",
    entry: str = "",
    before: Facts | None = None,
    after: Facts | None = None,
) -> None:
    """Record that the actor did this; None is the command line, the hub's start, or a sync.

    `client` is the public id of the one client that it is about, as its calls name it: the filter of the
    trail finds by it all that became of a client.
    """
    audit.record_change(
        actor=actor.public_id if actor else None,
        actor_label=actor.username if actor else COMMAND_LINE,
        action=action,
        client=client,
        server=server,
        entry=entry,
        before=before,
        after=after,
    )
