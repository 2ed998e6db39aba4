"""How this room's changes enter the audit trail: ids, addresses and names."""

from collections.abc import Mapping
from typing import Any

from accounts.models import User
from monitoring import audit
from servers.models import AccessRule, Server, ServerEntry

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
    """Record that the actor did this; None is whoever has the command line, or a source's sync."""
    audit.record_change(
        actor=actor.public_id if actor else None,
        actor_label=actor.username if actor else COMMAND_LINE,
        action=action,
        server=server,
        entry=entry,
        before=before,
        after=after,
    )


def server_facts(server: Server) -> dict[str, Any]:
    """Return what the trail keeps of a server."""
    return {
        "id": str(server.public_id),
        "slug": server.slug,
        "title": server.title,
        "description": server.description,
        "instructions": server.instructions,
        "visibility": str(server.visibility),
        "team": server.team.name if server.team else None,
        "enabled": server.enabled,
    }


def entry_facts(published: ServerEntry) -> dict[str, Any]:
    """Return what the trail keeps of a published entry."""
    return {
        "kind": published.kind,
        "entry": f"{published.entry.source.name}/{published.entry.name}",
        "exposed_name": published.exposed_name,
        "position": published.position,
    }


def rule_facts(rule: AccessRule) -> dict[str, Any]:
    """Return what the trail keeps of an access rule."""
    return {
        "effect": str(rule.effect),
        "team": rule.team.name if rule.team else None,
        "user": rule.user.username if rule.user else None,
        "pattern": rule.pattern,
        "tag": rule.tag.name if rule.tag else None,
        "note": rule.note,
    }
