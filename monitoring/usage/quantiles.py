"""Durations as counts in buckets, the bounds being metrics.SECONDS. Pure."""

from collections.abc import Iterable, Sequence

from monitoring.metrics import SECONDS

EMPTY = (0,) * (len(SECONDS) + 1)


def added(one: Sequence[int], other: Sequence[int]) -> list[int]:
    """Return the sums of two histograms; what is shorter ends in zeros."""
    length = max(len(one), len(other))
    padded = (list(each) + [0] * (length - len(each)) for each in (one, other))
    return [sum(pair) for pair in zip(*padded, strict=True)]


def total(histograms: Iterable[Sequence[int]]) -> list[int]:
    """Return the sum of histograms."""
    found: list[int] = list(EMPTY)
    for each in histograms:
        found = added(found, each)
    return found


def quantile_us(buckets: Sequence[int], share: float) -> int | None:
    """Return the duration that this share of calls stayed within, in microseconds; None without calls.

    Within a bucket durations count as spread evenly; what took longer than the last bound counts as
    that bound.
    """
    wanted = sum(buckets) * share
    if not wanted:
        return None
    seen, low = 0, 0.0
    for count, high in zip(buckets, SECONDS, strict=False):
        if count and seen + count >= wanted:
            return round((low + (high - low) * (wanted - seen) / count) * 1e6)
        seen, low = seen + count, high
    return round(SECONDS[-1] * 1e6)
