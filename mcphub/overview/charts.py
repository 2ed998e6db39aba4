"""Charts as numbers that a template draws: bars of calls, lines of durations. Pure.

A chart is WIDTH by HEIGHT in units of its own; the page stretches it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitoring.usage.reading import Point, said

WIDTH, HEIGHT = 1000.0, 160.0
GAP = 0.2
"""Of a bar's place, what is left free."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One step: its calls from the ground up, those that went wrong among them at the bottom."""

    x: float
    width: float
    top: float
    height: float
    wrong_top: float
    wrong_height: float
    point: Point


@dataclass(frozen=True, slots=True)
class Line:
    """A line as parts, since steps without a call interrupt it; `dots` are parts of one step."""

    name: str
    parts: tuple[str, ...]
    dots: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn, the value at its top in words, and the moments below."""

    top: str
    begin: datetime
    middle: datetime
    end: datetime
    bars: tuple[Bar, ...] = ()
    lines: tuple[Line, ...] = ()


def calls_chart(points: Sequence[Point]) -> Chart:
    """Return the calls of each step as bars."""
    top = float(max((point.calls for point in points), default=0) or 1)
    place = WIDTH / len(points)
    bars = tuple(_bar(point, number * place, place, top) for number, point in enumerate(points))
    return Chart(f"{top:,.0f}", *_moments(points), bars=bars)


def durations_chart(points: Sequence[Point]) -> Chart:
    """Return what half, and what 95 of 100 calls of each step stayed within, as lines."""
    lines: dict[str, list[float | None]] = {
        "p95": [point.within_ms(0.95) for point in points],
        "p50": [point.within_ms(0.5) for point in points],
    }
    top = max((value for values in lines.values() for value in values if value), default=1.0)
    drawn = tuple(_line(name, values, top) for name, values in lines.items())
    return Chart(said(top), *_moments(points), lines=drawn)


def _bar(point: Point, x: float, place: float, top: float) -> Bar:
    height = HEIGHT * point.calls / top
    wrong = HEIGHT * min(point.errors, point.calls) / top
    return Bar(
        round(x + place * GAP / 2, 2),
        round(place * (1 - GAP), 2),
        round(HEIGHT - height, 2),
        round(height, 2),
        round(HEIGHT - wrong, 2),
        round(wrong, 2),
        point,
    )


def _line(name: str, values: Sequence[float | None], top: float) -> Line:
    runs = _runs(values, lambda number, value: _spot(number, value, len(values), top))
    return Line(
        name,
        tuple(" ".join(f"{x},{y}" for x, y in run) for run in runs if len(run) > 1),
        tuple(run[0] for run in runs if len(run) == 1),
    )


def _runs(
    values: Sequence[float | None], spot: Callable[[int, float], tuple[float, float]]
) -> list[list[tuple[float, float]]]:
    """Return the stretches without a gap."""
    runs: list[list[tuple[float, float]]] = [[]]
    for number, value in enumerate(values):
        if value is not None:
            runs[-1].append(spot(number, value))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _spot(number: int, value: float, count: int, top: float) -> tuple[float, float]:
    return round((number + 0.5) * WIDTH / count, 2), round(HEIGHT - HEIGHT * value / top, 2)


def _moments(points: Sequence[Point]) -> tuple[datetime, datetime, datetime]:
    first, last = points[0].at, points[-1].at
    step = (last - first) / max(len(points) - 1, 1)
    return first, first + (last + step - first) / 2, last + step
