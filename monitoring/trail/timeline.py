"""Events over time as bars, by how they ended: of one stretch of the trail, and it says of which."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Func, IntegerField
from django.db.models.expressions import F

from monitoring.trail.narrowing import Narrowed
from monitoring.trail.paging import order, stretch_end, up_to
from monitoring.usage.minutes import WENT_WRONG

STEPS = 60
WIDTH, HEIGHT = 1000.0, 100.0
GAP = 0.15
"""Of a bar's place, what is left free."""
CLASSES = {"ok": "OK", "wrong": "Went wrong", "denied": "Denied", "other": "Other"}
"""How events are told apart, from the ground up."""


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a bar: `name` is one of CLASSES."""

    name: str
    top: float
    height: float


@dataclass(frozen=True, slots=True)
class Bar:
    """One step: when it begins and ends, how many events by class in words, and what is drawn."""

    at: datetime
    end: datetime
    x: float
    width: float
    words: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """The bars, the sums by class in words, and of how many events it is."""

    begin: datetime
    end: datetime
    top: int
    bars: tuple[Bar, ...]
    sums: tuple[tuple[str, str, int], ...]
    stretch: int
    """How many events were looked through; 0 if all of them."""


class _Step(Func):
    """The number of the step that a moment is in, counted by the database."""

    output_field = IntegerField()

    def __init__(self, column: str, begin: datetime, seconds: int) -> None:
        super().__init__(F(column), begin=int(begin.timestamp()), seconds=seconds)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Count from the epoch as PostgreSQL does."""
        moment = "FLOOR(EXTRACT(EPOCH FROM %(expressions)s))::bigint"
        return self.as_sql(
            compiler, connection, template=f"(({moment} - %(begin)s) / %(seconds)s)", **context
        )

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Count as SQLite does, without a function in Python for each row."""
        moment = "CAST(strftime('%%%%s', %(expressions)s) AS INTEGER)"
        return self.as_sql(
            compiler, connection, template=f"(({moment} - %(begin)s) / %(seconds)s)", **context
        )


def timeline(wanted: Narrowed) -> Timeline | None:
    """Return the newest stretch of what fits, drawn; None if there is nothing."""
    rows = wanted.fitting()
    floor = stretch_end(wanted, None)
    if floor is not None:
        rows = up_to(wanted, rows, floor, older=True)
    # Not the least and the greatest moment: for those the trail would be read from its beginning.
    oldest, newest = (
        rows.order_by(*order(wanted, older=older)).values_list("at", flat=True).first()
        for older in (False, True)
    )
    if oldest is None or newest is None:
        return None
    begin = wanted.begin if wanted.begin and floor is None else min(oldest, newest)
    begin = begin.replace(microsecond=0)
    step = timedelta(seconds=_seconds(begin, max(oldest, newest)))
    steps = _Step("at", begin, int(step.total_seconds()))
    counted = rows.annotate(step=steps).values_list("step", "outcome").annotate(count=Count("id"))
    return _drawn(begin, step, counted, wanted.stretch if floor else 0)


def _seconds(begin: datetime, end: datetime) -> int:
    """Return how long a step is, so that all of them reach the end."""
    return int((end - begin).total_seconds()) // STEPS + 1


def _drawn(
    begin: datetime, step: timedelta, counted: Iterable[tuple[int, str, int]], stretch: int
) -> Timeline:
    steps = [Counter[str]() for _ in range(STEPS)]
    for number, outcome, count in counted:
        steps[max(0, min(number, STEPS - 1))][_class(outcome)] += count
    top = max(each.total() for each in steps)
    bars = tuple(
        _bar(begin + step * number, step, number, each, top)
        for number, each in enumerate(steps)
        if each
    )
    total = sum(steps, Counter[str]())
    sums = tuple((name, title, total[name]) for name, title in CLASSES.items() if total[name])
    return Timeline(begin, begin + step * STEPS, top, bars, sums, stretch)


def _class(outcome: str) -> str:
    if outcome in WENT_WRONG:
        return "wrong"
    return outcome if outcome in CLASSES else "other"


def _bar(at: datetime, step: timedelta, number: int, counts: Counter[str], top: int) -> Bar:
    place = WIDTH / STEPS
    blocks, ground = [], HEIGHT
    for name in CLASSES:
        if height := HEIGHT * counts[name] / top:
            ground -= height
            blocks.append(Block(name, round(ground, 2), round(height, 2)))
    words = ", ".join(f"{counts[name]} {CLASSES[name]}" for name in CLASSES if counts[name])
    x = round(place * (number + GAP / 2), 2)
    return Bar(at, at + step, x, round(place * (1 - GAP), 2), words, tuple(blocks))
