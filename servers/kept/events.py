"""Messages of streams whose clients are away, until they come back for them."""

from collections.abc import Sequence
from typing import NamedTuple

from servers.kept.expiry import after
from servers.models import StreamEvent

A_READ = 200
"""Events one look brings."""


class Kept(NamedTuple):
    """One message of a stream, at its place in it; `body` is empty for the one it begins with."""

    position: int
    body: str
    last: bool


def keep(session: str, stream: str, events: Sequence[Kept], seconds: float) -> None:
    """Keep messages; those that are kept already stay."""
    until = after(seconds)
    rows = [
        StreamEvent(
            session=session,
            stream=stream,
            position=event.position,
            body=event.body,
            last=event.last,
            expires_at=until,
        )
        for event in events
    ]
    StreamEvent.objects.bulk_create(rows, ignore_conflicts=True)


def kept_after(session: str, stream: str, position: int) -> list[Kept] | None:
    """Return what follows a place in a stream; None if the session has no such stream here."""
    mine = StreamEvent.objects.filter(session=session, stream=stream)
    rows = mine.filter(position__gt=position).order_by("position")[:A_READ]
    found = [Kept(row.position, row.body, row.last) for row in rows]
    return found if found or mine.exists() else None
