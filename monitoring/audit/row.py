"""An event as a row: cleaned, with its place in time, and encoded for the MAC.

Most events differ from the one before in time, duration and trace alone. What they share (who,
what, how judged) is cleaned and encoded once and remembered as a `Stem`: of what an event costs,
that was the larger part.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from .event import RULES, Event

SHARED = 12
"""So many fields, the first of an Event, are its stem."""
MOST_STEMS = 4_096
LONGEST_STEM = 1_024
"""Characters of a stem that is remembered; a longer one is made anew each time."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FIRST = (datetime(1, 1, 2, tzinfo=UTC) - _EPOCH) // _MICROSECOND
_LAST = (datetime(9999, 12, 30, tzinfo=UTC) - _EPOCH) // _MICROSECOND
_RULES = tuple(RULES.values())
_DURATION, _TRACE, _DATA = (RULES[name] for name in ("duration_us", "trace_id", "data"))


class Stem(NamedTuple):
    """Cleaned values from `kind` to `outcome`, the user as hex digits, and as the MAC sees them."""

    values: tuple[str | None, ...]
    message: str


class Row(NamedTuple):
    """One cleaned event; `at` in microseconds since the epoch."""

    at: int
    stem: Stem
    duration_us: int | None
    trace_id: str
    data: str


_stems: dict[tuple[Any, ...], Stem] = {}


def clean(event: Event, at: float) -> Row:
    """Make values that every database takes; raises UNFIT for a user or time that is none."""
    moment = round(at * 1_000_000)
    if not _FIRST <= moment <= _LAST:
        raise ValueError("a time outside the calendar")
    shared = event[:SHARED]
    return Row(
        moment,
        _stems.get(shared) or _stem(shared),
        _DURATION(event.duration_us),
        _TRACE(event.trace_id),
        _DATA(event.data) if event.data else "",
    )


def _stem(shared: tuple[Any, ...]) -> Stem:
    """Clean what an event shares with others, and remember it unless it is out of the ordinary."""
    values = [rule(value) for rule, value in zip(_RULES, shared, strict=False)]
    values[2] = values[2].hex if values[2] else None
    stem = Stem(tuple(values), _joined(values))
    if sum(len(value) for value in shared if isinstance(value, str)) <= LONGEST_STEM:
        if len(_stems) >= MOST_STEMS:
            _stems.clear()
        _stems[shared] = stem
    return stem


def _joined(values: list[Any]) -> str:
    """Encode a stem for the MAC."""
    return "\0".join(["" if value is None else str(value) for value in values])


def marker(at: int, cause: str) -> Row:
    """Stand in for an event that could not be written, so that its place stays visible."""
    event = Event(
        kind="system", action="audit.event", outcome="failed", reason="unwritable", detail=cause
    )
    return clean(event, 0)._replace(at=at)


def stored(values: tuple[Any, ...]) -> Row:
    """Return the row whose values, in the order of FIELDS, a database gave back."""
    at, *shared = values[: SHARED + 1]
    shared[2] = shared[2].hex if shared[2] else None
    return Row(microseconds(at), Stem(tuple(shared), _joined(shared)), *values[SHARED + 1 :])


def microseconds(moment: datetime) -> int:
    """Count from the epoch in whole microseconds: the one form all databases give back alike."""
    return (moment - _EPOCH) // _MICROSECOND


def moment_text(at: int) -> str:
    """Write microseconds since the epoch as UTC, as Django's SQLite backend stores it."""
    seconds, fraction = divmod(at, 1_000_000)
    return f"{_second_text(seconds)}.{fraction:06}" if fraction else _second_text(seconds)


@lru_cache(maxsize=64)
def _second_text(seconds: int) -> str:
    return str((_EPOCH + timedelta(seconds=seconds)).replace(tzinfo=None))


def canonical(chain: str, seq: int, row: Row, key_id: str) -> str:
    """Encode every field for the MAC.

    Joined by NUL, which no cleaned value holds: were one smuggled in, the count of NULs differs, so
    no two different rows encode alike.
    """
    at, stem, duration, trace_id, data = row
    took = "" if duration is None else duration
    return f"{chain}\0{seq}\0{at}\0{stem.message}\0{took}\0{trace_id}\0{data}\0{key_id}"
