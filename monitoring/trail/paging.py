"""One page of the trail, found by its place and never by counting.

A page is looked for along one index, within a stretch of it: what fits seldom is then found a
stretch at a time, and the page says how far it has looked. So no page reads more than that, whatever
is asked and however long the trail is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Q, QuerySet

from monitoring.models import AuditEvent
from monitoring.trail.narrowing import Narrowed

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Place:
    """Where an event stands in the order of a list."""

    at: datetime
    id: int

    def __str__(self) -> str:
        """Write it for an address."""
        return f"{(self.at - _EPOCH) // timedelta(microseconds=1)}-{self.id}"


@dataclass(frozen=True, slots=True)
class Page:
    """Events, newest first; where it goes on in both directions, and how far was looked.

    `partly` tells that the stretch ended before the page was full: there may be more behind `older`.
    """

    rows: Sequence[AuditEvent]
    newer: Place | None
    older: Place | None
    partly: bool = False


def read_place(text: str) -> Place | None:
    """Read a place from an address; None for what is none."""
    at, _, number = text.partition("-")
    fits = at.isdecimal() and number.isdecimal() and len(at) < 18 and len(number) < 20
    if not fits or int(number) > _MOST:
        return None
    return Place(_EPOCH + timedelta(microseconds=int(at)), int(number))


def page(
    wanted: Narrowed,
    rows: QuerySet[AuditEvent],
    size: int,
    *,
    before: Place | None = None,
    after: Place | None = None,
) -> Page:
    """Return the page older than `before`, or newer than `after`, or the newest.

    `rows` are the events that fit, with whatever a list adds to each.
    """
    if after is not None and before is None:
        return _newer(wanted, rows, size, after)
    floor = stretch_end(wanted, before)
    bounded = behind(wanted, rows, before, older=True)
    if floor is not None:
        bounded = up_to(wanted, bounded, floor, older=True)
    found = list(bounded.order_by(*order(wanted, older=True))[: size + 1])
    shown = found[:size]
    partly = len(found) <= size and floor is not None
    older = _place(shown[-1]) if len(found) > size else floor
    newer = _place(shown[0]) if before is not None and shown else _shifted(before, -1)
    return Page(shown, newer, older, partly)


def stretch_end(wanted: Narrowed, start: Place | None, *, older: bool = True) -> Place | None:
    """Return the last place that a stretch from `start` reaches; None if it reaches the end."""
    if wanted.hopeless:
        return None
    rows = behind(wanted, wanted.leading(), start, older=older)
    ordered = rows.order_by(*order(wanted, older=older))[wanted.stretch - 1 : wanted.stretch]
    if wanted.timed:
        return next((Place(*found) for found in ordered.values_list("at", "id")), None)
    # The id alone is read from the index, without a look at the rows passed over.
    return next((Place(_EPOCH, number) for number in ordered.values_list("id", flat=True)), None)


def _newer(wanted: Narrowed, rows: QuerySet[AuditEvent], size: int, after: Place) -> Page:
    ceiling = stretch_end(wanted, after, older=False)
    bounded = behind(wanted, rows, after, older=False)
    if ceiling is not None:
        bounded = up_to(wanted, bounded, ceiling, older=False)
    found = list(bounded.order_by(*order(wanted, older=False))[: size + 1])
    shown = found[:size][::-1]
    more = _place(shown[0]) if len(found) > size else ceiling
    return Page(shown, more, _place(shown[-1]) if shown else _shifted(after, 1))


def order(wanted: Narrowed, *, older: bool) -> tuple[str, ...]:
    """Return what a list is ordered by: the id, or the moment where a span of time is wanted."""
    names = ("at", "id") if wanted.timed else ("id",)
    return tuple(f"-{name}" for name in names) if older else names


def behind(
    wanted: Narrowed, rows: QuerySet[AuditEvent], place: Place | None, *, older: bool
) -> QuerySet[AuditEvent]:
    """Return those behind a place, in one direction, without the place itself."""
    if place is None:
        return rows
    side = "lt" if older else "gt"
    if not wanted.timed:
        return rows.filter(**{f"id__{side}": place.id})
    same = Q(at=place.at, **{f"id__{side}": place.id})
    # The first filter is what the index on moments is entered by.
    return rows.filter(**{f"at__{side}e": place.at}).filter(Q(**{f"at__{side}": place.at}) | same)


def up_to(
    wanted: Narrowed, rows: QuerySet[AuditEvent], place: Place, *, older: bool
) -> QuerySet[AuditEvent]:
    """Return those up to a place, in one direction, the place itself among them."""
    side = "gt" if older else "lt"
    if not wanted.timed:
        return rows.filter(**{f"id__{side}e": place.id})
    same = Q(at=place.at, **{f"id__{side}e": place.id})
    return rows.filter(**{f"at__{side}e": place.at}).filter(Q(**{f"at__{side}": place.at}) | same)


def _place(row: AuditEvent) -> Place:
    return Place(row.at, row.pk)


def _shifted(place: Place | None, by: int) -> Place | None:
    """Return the place beside one, so that a list beyond it has that one in."""
    return place and Place(place.at, max(0, min(place.id + by, _MOST)))
