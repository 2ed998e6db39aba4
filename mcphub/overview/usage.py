"""How much the hub is used, as the first page shows it: sums, charts, the busiest and the slowest."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse

from catalog.models import Entry
from mcphub.overview.charts import calls_chart, durations_chart
from monitoring.usage import reading
from monitoring.usage.reading import Point, Span, Used


@dataclass(frozen=True, slots=True)
class Row:
    """One entry in a list of the busiest or slowest; `url` is empty for who may not go there."""

    name: str
    server: str
    calls: int
    errors: int
    p95: str
    url: str


def shown(span: Span, now: datetime, *, links: bool) -> dict[str, Any]:
    """Return what the template shows; `links` for who may look at tools."""
    points = reading.points(span, now)
    busiest, slowest = reading.most_used(span, now)
    names = _names([*busiest, *slowest])
    return {
        "usage": (usage := reading.summed(points)),
        "numbers": _numbers(usage),
        "streams_now": reading.streams_now(now),
        "processes": reading.processes(now),
        "calls_chart": calls_chart(points),
        "durations_chart": durations_chart(points),
        "tops": (
            ("Busiest", [_row(one, names, links=links) for one in busiest]),
            ("Slowest", [_row(one, names, links=links) for one in slowest]),
        ),
    }


def _numbers(usage: Point) -> list[tuple[str, str, str]]:
    """Return what is told as numbers: title, number and what stands beside it."""
    share = 100 * usage.errors / usage.calls if usage.calls else 0.0
    return [
        ("Calls", f"{usage.calls:,}", ""),
        ("Went wrong", f"{usage.errors:,}", f"{share:.1f} %"),
        ("Denied", f"{usage.denials:,}", ""),
        ("Half within", reading.said(usage.within_ms(0.5)), ""),
        ("95 of 100 within", reading.said(usage.within_ms(0.95)), ""),
    ]


def _names(used: Iterable[Used]) -> dict[UUID, tuple[int, str, str]]:
    """Return key, kind and name of entries that are still there, by their public id."""
    rows = Entry.objects.filter(public_id__in={one.entry for one in used})
    found = rows.values_list("public_id", "pk", "kind", "name")
    return {public_id: (pk, kind, name) for public_id, pk, kind, name in found}


def _row(used: Used, names: dict[UUID, tuple[int, str, str]], *, links: bool) -> Row:
    pk, kind, name = names.get(used.entry, (0, "", "something that is gone"))
    url = reverse(f"admin:catalog_{kind}_change", args=[pk]) if pk and links else ""
    return Row(
        used.name or name, used.server, used.calls, used.errors, reading.said(used.p95_ms), url
    )
