"""What the commands stop and lift share: how a thing is named there, and what --json says of a stop."""

from typing import Any

from django.core.management.base import CommandError

from catalog.models import Entry
from servers.models import Stop
from servers.services.stopping import Target
from servers.stoppable import named

EVERYTHING = "everything"
ENTRIES = tuple(Entry.Kind.values)
KINDS = (EVERYTHING, "server", "source", *ENTRIES, "user", "client")
BAD_INPUT = 2


def target(kind: str, name: str) -> Target | None:
    """Return what is named, None for everything; CommandError unless it is exactly one thing."""
    if kind == EVERYTHING:
        if name:
            raise CommandError("Everything has no name.", returncode=BAD_INPUT)
        return None
    if not name:
        raise CommandError(f"Name the {kind}.", returncode=BAD_INPUT)
    found = _found(kind, name)
    if not found:
        raise CommandError(f"There is no {kind} {name!r}.", returncode=BAD_INPUT)
    if len(found) > 1:
        raise CommandError(
            f"{name!r} names more than one {kind}: {HINTS[kind]}", returncode=BAD_INPUT
        )
    return found[0]


HINTS = {
    **dict.fromkeys(ENTRIES, "write SOURCE/NAME, or its public id."),
    "server": "write its public id.",
    "source": "write its key.",
    "user": "write its public id.",
    "client": "write its client id.",
}


def _found(kind: str, name: str) -> list[Target]:
    if kind in ENTRIES:
        return named(Stop.Kind.ENTRY, name, kind=kind)
    return named(kind, name)


def facts(stop: Stop) -> dict[str, Any]:
    """Return what --json prints of a stop."""
    kind = stop.entry.kind if stop.entry is not None else str(stop.kind)
    return {
        "kind": kind,
        "name": None if stop.stopped is None else str(stop.stopped),
        "reason": stop.reason,
        "since": stop.created_at.isoformat(),
    }
