"""What the audit trail keeps of this room's rows: ids, addresses and names."""

from typing import Any

from servers.models import AccessRequest, AccessRule, Job, Server, ServerEntry, Stop


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
        "discoverable": server.discoverable,
        "calls_per_minute": server.calls_per_minute,
        "burst": server.burst,
        "listing": str(server.listing),
        "budget": server.token_budget,  # a name with "token" in it is masked
        "recording": str(server.recording),
        "keep_days": server.keep_days,
        "jobs_of_one": server.jobs_of_one,
        "jobs_open": server.jobs_open,
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


def request_facts(request: AccessRequest) -> dict[str, Any]:
    """Return what the trail keeps of a request for access: never the reason, which is free text."""
    return {"user": request.user.username, "state": str(request.state)}


def stop_facts(stop: Stop) -> dict[str, Any]:
    """Return what the trail keeps of a stop."""
    return {"kind": str(stop.kind), "stopped": str(stop), "reason": stop.reason}


def job_facts(job: Job) -> dict[str, Any]:
    """Return what the trail keeps of a job: nothing of what went in or came out."""
    return {
        "job": job.public_id,
        "state": str(job.state),
        "reason": job.reason,
        "owner": job.user.username if job.user else None,
        "attempt": job.attempt,
    }
