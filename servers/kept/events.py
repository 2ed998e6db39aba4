"""Messages of streams whose clients are away, until they come back for them.

The first event of a stream has no message; its row holds the encoded id of the request, of a
batch an array of ids, and is good for as long as the process that works on it says so, from time to time.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from django.db.models import Max, Q, QuerySet
from django.db.models.functions import Length

from servers.kept.expiry import after
from servers.models import StreamEvent

A_READ, A_READ_SIZE = 200, 256 * 1024
"""Events one look brings, and their characters; one alone may be longer."""
A_RENEWAL = 400
"""Streams that are renewed by one statement."""


class Kept(NamedTuple):
    """One event of a stream, at its place in it; `body` is its message, if it has one."""

    position: int
    body: str
    last: bool


class Found(NamedTuple):
    """What follows a place in a stream, and how the stream is.

    `is_over`: nothing follows these. `is_lost`: nobody works on it any more, and it has no end;
    `newest` is its last place then, `request_id` that of its request.
    """

    events: Sequence[Kept]
    is_over: bool = False
    is_lost: bool = False
    newest: int = 0
    request_id: bytes | None = None


def keep(
    session: str,
    stream: str,
    events: Sequence[Kept],
    seconds: float,
    lease: float,
    instead: Iterable[tuple[str, str]] = (),
) -> None:
    """Keep events; those that are kept already stay. `lease` is for the first one of a stream.

    What is kept of the streams they are kept `instead` of goes.
    """
    for other in instead:
        StreamEvent.objects.filter(session=other[0], stream=other[1]).delete()
    rows = [
        StreamEvent(
            session=session,
            stream=stream,
            position=event.position,
            body=event.body,
            last=event.last,
            expires_at=after(seconds if event.position else lease),
        )
        for event in events
    ]
    StreamEvent.objects.bulk_create(rows, ignore_conflicts=True)


def renew(streams: Sequence[tuple[str, str]], lease: float) -> None:
    """Say that these streams, by session and name, which no two sessions share, are still worked on."""
    for start in range(0, len(streams), A_RENEWAL):
        sessions, names = zip(*streams[start : start + A_RENEWAL], strict=True)
        first = StreamEvent.objects.filter(session__in=sessions, stream__in=names, position=0)
        first.update(expires_at=after(lease))


def forget(session: str) -> None:
    """Forget what a session's streams keep: it is over."""
    StreamEvent.objects.filter(session=session).delete()


def bodies(session: str, stream: str) -> list[str]:
    """Return the messages that are kept of a stream."""
    rows = StreamEvent.objects.filter(session=session, stream=stream, position__gt=0)
    return list(rows.values_list("body", flat=True))


def kept_after(session: str, stream: str, position: int) -> Found | None:
    """Return what follows a place in a stream; None if the session has no such stream here.

    Not all at once, if it is much: whoever asks holds it in memory.
    """
    mine = StreamEvent.objects.filter(session=session, stream=stream)
    found = _next(mine.filter(position__gt=position).order_by("position"))
    if found:
        return Found(found, found[-1].last)
    marks = list(mine.filter(Q(position=0) | Q(last=True)))
    if not marks:  # what is left could tell nobody of an end any more: it is as good as none
        return None
    end = next((row.position for row in marks if row.last), None)
    if end is not None:  # it may have come since the look above
        return Found([], True) if end <= position else kept_after(session, stream, position)
    if marks[0].expires_at > datetime.now(UTC):
        return Found([])
    newest = mine.aggregate(newest=Max("position"))["newest"]
    return Found([], False, True, newest or 0, marks[0].body.encode())


def _next(rows: "QuerySet[StreamEvent]") -> list[Kept]:
    """Return the first of these rows, at least one if there is any; their lengths are asked for first."""
    lengths = rows.annotate(length=Length("body")).values_list("position", "length")[:A_READ]
    last, room = None, A_READ_SIZE
    for position, length in lengths:
        room -= length
        if room < 0 and last is not None:
            break
        last = position
    if last is None:
        return []
    return [Kept(row.position, row.body, row.last) for row in rows.filter(position__lte=last)]
