"""How this room's changes enter the audit trail: ids, names and hashes, never a body."""

from collections.abc import Mapping
from typing import Any

from accounts.models import User
from catalog.models import Entry, Source
from monitoring import audit

COMMAND_LINE = "command line"

Facts = Mapping[str, Any]


def record(
    actor: User | None,
    action: str,
    *,
    entry: str = "",
    before: Facts | None = None,
    after: Facts | None = None,
) -> None:
    """Record that the actor did this; None is whoever has the command line, or the hub's start."""
    audit.record_change(
        actor=actor.public_id if actor else None,
        actor_label=actor.username if actor else COMMAND_LINE,
        action=action,
        entry=entry,
        before=before,
        after=after,
    )


def label(entry: Entry) -> str:
    """Name an entry as the trail does: "weather/forecast"."""
    return f"{entry.source.name}/{entry.name}"


def source_facts(source: Source) -> dict[str, Any]:
    """Return what the trail keeps of a source."""
    return {
        "id": str(source.public_id),
        "key": source.key,
        "name": source.name,
        "team": source.team.name if source.team else None,
        "enabled": source.enabled,
    }
