"""What an audit event is, and how it becomes a row that every database takes.

Cleaning is the flusher's work: one NUL fails a whole COPY, and a caller has no time for it.
"""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from operator import le
from typing import Any, NamedTuple
from uuid import UUID

Row = tuple[Any, ...]
"""The cleaned values of one event, in the order of FIELDS."""

DATA_LIMIT = 16 * 1024
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_BIGINT = 2**63 - 1
_UNWRITABLE = re.compile("[\x00\ud800-\udfff]")


class Event(NamedTuple):
    """One thing that happened; a caller names only what it knows.

    `at` is in seconds since the epoch, 0 means now; `duration_us` in microseconds; `data` is JSON.
    """

    kind: str
    action: str
    user: UUID | None = None
    client: str = ""
    team: str = ""
    server: str = ""
    entry: str = ""
    version: str = ""
    verdict: str = ""
    reason: str = ""
    detail: str = ""
    outcome: str = ""
    duration_us: int | None = None
    trace_id: str = ""
    data: str = ""
    at: float = 0.0


def _text(limit: int) -> Callable[[object], str]:
    def cleaned(value: object) -> str:
        text = value if isinstance(value, str) else str(value)
        if not text.isascii() or "\0" in text:
            text = _UNWRITABLE.sub("", text)
        return text[:limit]

    return cleaned


def _data(value: object) -> str:
    text = _text(2 * DATA_LIMIT)(value)
    if len(text) * 4 <= DATA_LIMIT or len(text.encode()) <= DATA_LIMIT:
        return text
    return json.dumps({"cut": True, "start": text[: DATA_LIMIT // 8]})


def _user(value: object) -> UUID | None:
    if value is None or isinstance(value, UUID):
        return value
    return UUID(str(value))


def _duration(value: object) -> int | None:
    if value is None:
        return None
    return max(-_BIGINT, min(_BIGINT, int(value)))  # type: ignore[call-overload, no-any-return]


RULES: dict[str, Callable[[object], Any]] = {
    "kind": _text(16),
    "action": _text(64),
    "user": _user,
    "client": _text(255),
    "team": _text(64),
    "server": _text(64),
    "entry": _text(256),
    "version": _text(64),
    "verdict": _text(8),
    "reason": _text(64),
    "detail": _text(512),
    "outcome": _text(16),
    "duration_us": _duration,
    "trace_id": _text(32),
    "data": _data,
}
# Characters each text of `_fit_texts` may have, in its order.
_LIMITS = (16, 64, 255, 64, 64, 256, 64, 8, 64, 512, 16, 32, DATA_LIMIT)
FIELDS = ("at", *RULES)
UNFIT = (ValueError, TypeError, OverflowError, OSError)
"""What cleaning raises for values no database could hold."""


def clean(event: Event, at: float) -> Row:
    """Make values that every database takes; raises UNFIT for a user or time that is none.

    Most events need no cleaning, and one look at all their texts together tells so.
    """
    moment = datetime.fromtimestamp(at, UTC)
    texts = _fit_texts(event)
    if texts is None:
        return (moment, *[rule(getattr(event, name)) for name, rule in RULES.items()])
    duration = _duration(event.duration_us)
    user = _user(event.user)
    return (moment, texts[0], texts[1], user, *texts[2:11], duration, *texts[11:])


def _fit_texts(event: Event) -> list[str] | None:
    """Return the texts of an event that is fit as it is, as plain strings; None if it is not."""
    given = (*event[:2], *event[3:12], *event[13:15])
    try:
        joined = "\0".join(given)
    except TypeError:
        return None
    if not joined.isascii() or joined.count("\0") != len(given) - 1:
        return None
    return joined.split("\0") if all(map(le, map(len, given), _LIMITS)) else None


def marker(at: datetime, cause: str) -> Row:
    """Stand in for an event that could not be written, so that its place stays visible."""
    event = Event(
        kind="system", action="audit.event", outcome="failed", reason="unwritable", detail=cause
    )
    return (at, *[rule(getattr(event, name)) for name, rule in RULES.items()])


def microseconds(moment: datetime) -> int:
    """Count from the epoch in whole microseconds: the one form all databases give back alike."""
    return (moment - _EPOCH) // _MICROSECOND


def canonical(chain: str, seq: int, row: Row, key_id: str) -> bytes:
    """Encode every field for the MAC.

    Joined by NUL, which no cleaned value holds: were one smuggled in, the count of NULs differs, so
    no two different rows encode alike.
    """
    at, kind, action, user, *rest = row
    rest[9] = "" if rest[9] is None else str(rest[9])  # duration_us, the one that is no text
    place = (chain, str(seq), str(microseconds(at)), kind, action, user.hex if user else "")
    return "\0".join((*place, *rest, key_id)).encode("utf-8", "surrogatepass")
