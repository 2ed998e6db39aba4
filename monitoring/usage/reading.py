"""How much the hub was used over a span of time: points of a chart, sums, the busiest and the slowest.

Charts read no entries and lists no more rows than hours allow: a month takes as long as a day.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Max, Q
from django.utils import timezone

from monitoring.models import EntryUse, Rollup
from monitoring.usage.quantiles import added, quantile_us, total
from monitoring.usage.writing import AN_HOUR

SHOWN = 8
"""Of the busiest and of the slowest."""
ALIVE = timedelta(minutes=3)
"""A process that wrote nothing for so long is gone."""


class Span(NamedTuple):
    """A span of time up to now, in `steps` points; `hours` says which rows it is read from."""

    title: str
    length: timedelta
    steps: int
    hours: bool

    @property
    def step(self) -> timedelta:
        """How long one point of the chart is."""
        return self.length / self.steps


SPANS = {
    "hour": Span("Last hour", timedelta(hours=1), 60, False),
    "day": Span("Last day", timedelta(days=1), 96, False),
    "week": Span("Last week", timedelta(days=7), 84, True),
    "month": Span("Last month", timedelta(days=30), 120, True),
}


@dataclass(slots=True)
class Point:
    """One step of a chart: `streams` is the most that were open at once."""

    at: datetime
    calls: int = 0
    errors: int = 0
    denials: int = 0
    streams: int = 0
    buckets: list[int] | None = None

    def within_ms(self, share: float) -> float | None:
        """Return what this share of the calls stayed within, in milliseconds."""
        return _ms(quantile_us(self.buckets or [], share))


class Used(NamedTuple):
    """How one entry was used; a name and server as clients saw them, empty over a month."""

    entry: UUID
    calls: int
    errors: int
    p95_ms: float | None
    kind: str = ""
    server: str = ""
    name: str = ""


def points(span: Span, now: datetime) -> list[Point]:
    """Return the chart's points, oldest first, those without a call among them."""
    begin = now - span.length
    found = [Point(begin + span.step * number) for number in range(span.steps)]
    streams: defaultdict[tuple[int, datetime], int] = defaultdict(int)
    columns = ("minute", "calls", "errors", "denials", "streams", "buckets")
    for at, calls, errors, denials, open_streams, buckets in _rows(span, begin).values_list(
        *columns
    ):
        place = min(int((at - begin) / span.step), span.steps - 1)
        point = found[place]
        point.calls += calls
        point.errors += errors
        point.denials += denials
        point.buckets = added(point.buckets or [], buckets)
        streams[place, at] += open_streams
    for (place, _), number in streams.items():
        found[place].streams = max(found[place].streams, number)
    return found


def summed(of: Iterable[Point]) -> Point:
    """Return all points as one, at the first of them."""
    every = list(of)
    return Point(
        every[0].at,
        calls=sum(point.calls for point in every),
        errors=sum(point.errors for point in every),
        denials=sum(point.denials for point in every),
        streams=max(point.streams for point in every),
        buckets=total(point.buckets or [] for point in every),
    )


def most_used(span: Span, now: datetime) -> tuple[list[Used], list[Used]]:
    """Return the busiest and the slowest of the span."""
    used = _used(span, now) if span.length < SPANS["month"].length else None
    if used is None:
        return _of_month("-calls"), _of_month("-p95_us")
    return _first(used, lambda one: one.calls), _first(used, lambda one: one.p95_ms or 0)


def processes(now: datetime) -> int:
    """Count the processes that were alive within the last minutes."""
    rows = Rollup.objects.filter(seconds=60, minute__gte=now - ALIVE).order_by()
    return rows.values("process").distinct().count()


def streams_now(now: datetime) -> int:
    """Return how many streams were open within the last minutes, of all processes together."""
    rows = Rollup.objects.filter(seconds=60, minute__gte=now - ALIVE).order_by()
    return sum(rows.values("process").annotate(most=Max("streams")).values_list("most", flat=True))


def _rows(span: Span, begin: datetime) -> Any:
    """Return the rows a span is read from: for hours also the minutes that are in no hour yet."""
    if not span.hours:
        return Rollup.objects.filter(seconds=60, minute__gte=begin).order_by()
    return Rollup.objects.filter(
        Q(seconds=3600, minute__gte=begin) | Q(seconds=60, minute__gte=_since_last_hour())
    ).order_by()


def _since_last_hour() -> datetime:
    last = Rollup.objects.filter(seconds=3600).aggregate(last=Max("minute"))["last"]
    return last + AN_HOUR if last else timezone.now() - timedelta(days=1)


def _used(span: Span, now: datetime) -> list[Used]:
    """Return what rows say of entries, summed up; a day is read from its hours."""
    by_hour = span._replace(hours=span.length > timedelta(hours=1))
    sums: dict[tuple[str, ...], tuple[int, int, list[int]]] = {}
    for entries in _rows(by_hour, now - span.length).values_list("entries", flat=True):
        for entry, kind, server, name, calls, errors, buckets in entries:
            key = (entry, kind, server, name)
            others, wrong, histogram = sums.get(key, (0, 0, []))
            sums[key] = others + calls, wrong + errors, added(histogram, buckets)
    return [
        Used(UUID(entry), calls, errors, _ms(quantile_us(buckets, 0.95)), kind, server, name)
        for (entry, kind, server, name), (calls, errors, buckets) in sums.items()
    ]


def _of_month(order: str) -> list[Used]:
    rows = EntryUse.objects.filter(calls__gt=0).order_by(order)[:SHOWN]
    return [Used(row.entry, row.calls, row.errors, _ms(row.p95_us)) for row in rows]


def _first(used: list[Used], by: Callable[[Used], float]) -> list[Used]:
    return sorted(used, key=by, reverse=True)[:SHOWN]


def _ms(microseconds: int | None) -> float | None:
    return None if microseconds is None else microseconds / 1000


def said(milliseconds: float | None) -> str:
    """Say a duration: "4.2 ms", "1.5 s"; a dash where there is none."""
    if milliseconds is None:
        return "-"
    if milliseconds < 1000:
        return f"{milliseconds:.1f} ms"
    return f"{milliseconds / 1000:.1f} s"
