"""What actions of the trail are called on screen; one that is not here is shown as it stands."""

import json
from typing import Any

ACTIONS = {
    "tools/call": "Tool called",
    "resources/read": "Resource read",
    "prompts/get": "Prompt fetched",
    "authenticate": "Token missing or refused",
    "access.ask": "Access asked for",
    "access.decline": "Access declined",
    "access.grant": "Access granted",
    "audit.event": "Event could not be kept",
    "client.add": "Client added",
    "client.approve": "Client approved",
    "client.block": "Client blocked",
    "client.delete": "Client deleted",
    "client.document": "Client's document changed",
    "client.expire": "Unused clients expired",
    "client.policy": "Client policy changed",
    "client.register": "Client registered",
    "client.secret": "Client's secret renewed",
    "client.unblock": "Client let in again",
    "client.update": "Client changed",
    "connection.revoke": "Connection ended",
    "connection.revoke_client": "All connections of a client ended",
    "connection.revoke_everything": "All connections ended",
    "connection.revoke_person": "All connections of a person ended",
    "connection.revoke_server": "All connections to a server ended",
    "entry.durable": "Recording changed",
    "entry.enabled": "Switched on or off",
    "entry.tags": "Tagged",
    "member.add": "Member added",
    "member.remove": "Member removed",
    "member.role": "Member's role changed",
    "origin.allow": "Origin allowed",
    "origin.forget": "Origin forgotten",
    "person.erase": "Name erased from the trail",
    "rule.add": "Access rule added",
    "rule.delete": "Access rule deleted",
    "rule.update": "Access rule changed",
    "server.delete": "Server deleted",
    "server.disable": "Server switched off",
    "server.enable": "Server switched on",
    "server.entry.publish": "Put on a server",
    "server.entry.unpublish": "Taken off a server",
    "server.entry.update": "Renamed or moved on a server",
    "server.publish": "Server published",
    "server.source.follow": "Server followed a source",
    "server.source.publish": "All of a source published",
    "server.source.unpublish": "Source taken off a server",
    "server.update": "Server changed",
    "source.delete": "Source deleted",
    "source.enabled": "Source switched on or off",
    "source.retire": "Source gone",
    "source.sync": "Source read",
    "source.team": "Source handed over",
    "tag.create": "Tag made",
    "tag.delete": "Tag deleted",
    "tag.rename": "Tag renamed",
    "team.create": "Team made",
    "team.delete": "Team deleted",
    "team.update": "Team changed",
    "token.issue": "Tokens given to a client",
    "token.mint": "Token minted",
    "token.refresh": "Tokens refreshed",
    "token.replay": "Used code sent again, tokens ended",
    "token.reuse": "Used refresh token sent again, tokens ended",
    "token.revoke": "Token revoked",
    "user.create": "Person added",
    "user.delete": "Person deleted",
    "user.disable": "Person shut out",
    "user.enable": "Person let in",
    "user.password": "Password set",
    "user.permissions": "Permissions changed",
    "user.signout_everywhere": "Person logged out everywhere",
    "user.update": "Person changed",
}
FIELDS = {"entry": "what", "entries": "contents"}
"""Names of a change's fields that are other words on screen."""


SWITCHES = {"entry.enabled": "Switched", "source.enabled": "Source switched"}
"""Actions that go two ways, and tell which in their facts."""
NAMED_BY = ("source", "username", "user", "name", "client", "origin")
"""Fields of a change that name what it was about, the first that is there."""


def of_action(action: str) -> str:
    """Return an action in words."""
    return ACTIONS.get(action, action)


def of_change(action: str, data: str) -> str:
    """Return an action in words, and of a switch which way it went."""
    if action in SWITCHES and isinstance(enabled := _facts(data).get("enabled"), bool):
        return f"{SWITCHES[action]} {'on' if enabled else 'off'}"
    return of_action(action)


def subject(entry: str, data: str) -> str:
    """Return what an event was about: its entry, or what the facts of a change name."""
    if entry:
        return entry
    facts = _facts(data)
    return next((str(facts[name])[:200] for name in NAMED_BY if facts.get(name)), "")


def _facts(data: str) -> dict[str, Any]:
    """Return what a change left, or took away; nothing if the text holds no such facts."""
    try:
        read = json.loads(data or "{}")
    except ValueError:
        return {}
    facts = (read.get("after") or read.get("before")) if isinstance(read, dict) else None
    return facts if isinstance(facts, dict) else {}
