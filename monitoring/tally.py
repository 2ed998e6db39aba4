"""Counting on the event loop, handed over to the metrics in bulk.

Counting on a Prometheus metric takes a lock and, with several processes, a write to a shared file:
too dear for each call. A cell counts in plain numbers on one thread; `hand_over`, on that thread
too, adds them to the metric.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Any

from monitoring import metrics

Report = Callable[[list[int]], None]

_BOUNDS: Sequence[float] = metrics.SECONDS


class Cell:
    """What was counted since the last time it was handed over.

    `subject` is what a report is about: who counts sees by it whether the report is still the right one.
    """

    __slots__ = ("_buckets", "_counter", "_histogram", "_report", "_seconds", "count", "subject")

    def __init__(self, counter: Any, histogram: Any = None) -> None:
        self.count = 0
        self.subject: object = None
        self._counter, self._histogram = counter, histogram
        self._report: Report | None = None
        self._seconds = 0.0
        self._buckets = [0] * (len(_BOUNDS) + 1)

    def begin(self, subject: object, report: Report) -> None:
        """Tell another report from now on; it is called with durations by bucket at each hand-over."""
        self.hand_over()
        self.subject, self._report = subject, report

    def add(self, seconds: float) -> None:
        """Count one thing that took so long."""
        self.count += 1
        self._seconds += seconds
        self._buckets[bisect_left(_BOUNDS, seconds)] += 1

    def hand_over(self) -> None:
        """Add to the metric what was counted."""
        count, self.count = self.count, 0
        if not count:
            return
        seconds, self._seconds = self._seconds, 0.0
        buckets, self._buckets = self._buckets, [0] * len(self._buckets)
        self._counter.inc(count)
        if self._report is not None:
            self._report(buckets)
        if self._histogram is None:
            return
        # prometheus_client observes one value at a time; its sums are added to as it does itself.
        self._histogram._sum.inc(seconds)
        for number, bucket in zip(buckets, self._histogram._buckets, strict=True):
            if number:
                bucket.inc(number)


class Tally:
    """The cells of one event loop."""

    def __init__(self) -> None:
        self._cells: list[Cell] = []

    def cell(self, counter: Any, histogram: Any = None) -> Cell:
        """Return a new cell for a series (and the histogram of its durations)."""
        cell = Cell(counter, histogram)
        self._cells.append(cell)
        return cell

    def hand_over(self) -> None:
        """Add to the metrics what all cells counted."""
        for cell in self._cells:
            cell.hand_over()
