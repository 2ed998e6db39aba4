"""What the audit trail keeps of this room's rows: ids, names and hashes, never a body."""

from typing import Any

from catalog.models import Entry, EntryVersion, Source


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
        "changes": source.changes,
    }


def version_facts(version: EntryVersion | None) -> dict[str, Any] | None:
    """Return what the trail keeps of a version; None for none."""
    if version is None:
        return None
    return {
        "version": version.number,
        "sha256": version.definition_id,
        "state": str(version.state),
    }
