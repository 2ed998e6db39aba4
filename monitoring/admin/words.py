"""What actions of the trail are called on screen; one that is not here is shown as it stands."""

import json
from typing import Any

from monitoring.admin.connecting import REFUSED
from monitoring.models import AuditEvent

ACTIONS = {
    "tools/call": "Tool called",
    "resources/read": "Resource read",
    "prompts/get": "Prompt fetched",
    "authenticate": "Log-in, client or token refused",
    "access.ask": "Access asked for",
    "access.decline": "Access declined",
    "access.grant": "Access granted",
    "attempt.erase": "Attempt to connect erased",
    "audit.event": "Event could not be kept",
    "banner.put_up": "Banner put up or changed",
    "banner.take_down": "Banner taken down",
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
    "consent.allow": "Client allowed",
    "consent.ask": "Client asked for access",
    "consent.deny": "Client denied",
    "consent.refuse": "Client could not ask for access",
    "entry.durable": "Recording changed",
    "entry.enabled": "Switched on or off",
    "entry.runs": "How it runs changed",
    "entry.tags": "Tagged",
    "entry.words": "Said in own words",
    "job.cancel": "Job cancelled",
    "job.purge": "Job deleted",
    "job.retry": "Job done again",
    "mask.add": "Name masked",
    "mask.delete": "Name masked no longer",
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
    "server.entry.move": "Moved in a server's list",
    "server.entry.publish": "Put on a server",
    "server.entry.unpublish": "Taken off a server",
    "server.entry.update": "Renamed or moved on a server",
    "server.publish": "Server published",
    "server.source.follow": "Server followed a source",
    "server.source.publish": "All of a source published",
    "server.source.unpublish": "Source taken off a server",
    "server.update": "Server changed",
    "session.begin": "Logged in",
    "session.end": "Logged out",
    "session.refuse": "Log-in refused",
    "source.approve": "All that waited approved",
    "source.changes": "Trust or review chosen",
    "source.delete": "Source deleted",
    "source.enabled": "Source switched on or off",
    "source.retire": "Source gone",
    "source.sync": "Source read",
    "source.team": "Source handed over",
    "stop.add": "Stopped",
    "stop.lift": "Stop lifted",
    "stream.open": "Stream asked for",
    "tag.create": "Tag made",
    "tag.delete": "Tag deleted",
    "tag.rename": "Tag renamed",
    "team.create": "Team made",
    "team.delete": "Team deleted",
    "team.update": "Team changed",
    "token.issue": "Tokens given to a client",
    "token.mint": "Token minted",
    "token.play": "Playground token made",
    "token.refresh": "Tokens refreshed",
    "token.refuse": "Client got no tokens",
    "token.replay": "Used code sent again, tokens ended",
    "token.reuse": "Used refresh token sent again, tokens ended",
    "token.revoke": "Token revoked",
    "token.view_as": "Playground token made for another person",
    "trail.export": "Part of the trail exported",
    "trail.prune": "Old events let go of",
    "trail.verified": "Trail verified",
    "trail.verify": "Verification of the trail begun",
    "user.create": "Person added",
    "user.delete": "Person deleted",
    "user.disable": "Person shut out",
    "user.enable": "Person let in",
    "user.password": "Password set",
    "user.permissions": "Permissions changed",
    "user.signout_everywhere": "Person logged out everywhere",
    "user.update": "Person changed",
    "version.approve": "Change approved",
    "version.decline": "Change declined",
    "version.roll_back": "Rolled back",
}
REASONS = {
    "unknown": "No such name",
    "no_access": "Nothing gives access",
    "denied_by_rule": "A rule denies it",
    "server_disabled": "The server is off",
    "disabled": "Switched off",
    "missing": "Its source no longer offers it",
    "insufficient_scope": "The token lacks a scope",
    "rate_limited": "Too many calls",
    "too_many_streams": "Too many open streams",
    "stopped": "Stopped",
    "no_token": "No token",
    "invalid_token": "Token not known",
    "expired_token": "Token expired",
    "login_limited": "Too many wrong log-ins",
    "login_refused": "Wrong name or password",
    "several": "Several reasons",
    **REFUSED,
}
"""Why something was denied; one that is not here is shown as it stands."""
OUTCOMES = {"error": "The tool said no", "failed": "The tool crashed", "timeout": "Took too long"}
FIELDS = {"entry": "what", "entries": "contents"}
"""Names of a change's fields that are other words on screen."""


SWITCHES = {"entry.enabled": "Switched", "source.enabled": "Source switched"}
"""Actions that go two ways, and tell which in their facts."""
NAMED_BY = ("username", "user", "name", "client", "origin", "stopped", "text", "source")
"""Fields of a change that name what it was about, the first that is there."""


def of_action(action: str) -> str:
    """Return an action in words."""
    return ACTIONS.get(action, action)


def of_reason(reason: str, outcome: str) -> str:
    """Return why something was denied, or how it went wrong."""
    return REASONS.get(reason, reason) if outcome == "denied" else OUTCOMES.get(outcome, outcome)


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


def circumstances(event: AuditEvent) -> str:
    """Return what an event was about; of one that was about nothing, why it was refused and from where."""
    if about := subject(event.entry, event.data):
        return about
    why = of_reason(event.reason, event.outcome) if event.reason else ""
    address = address_of(event.data)
    return ", ".join(part for part in (why, f"from {address}" if address else "") if part)


def address_of(data: str) -> str:
    """Return the address a request came from, for events that hold one."""
    found = _read(data).get("address")
    return found if isinstance(found, str) else ""


def _facts(data: str) -> dict[str, Any]:
    """Return what a change left, or took away; nothing if the text holds no such facts."""
    read = _read(data)
    facts = read.get("after") or read.get("before")
    return facts if isinstance(facts, dict) else {}


def _read(data: str) -> dict[str, Any]:
    """Return what an event holds beside its columns; nothing if the text is no JSON object."""
    try:
        read = json.loads(data or "{}")
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}
