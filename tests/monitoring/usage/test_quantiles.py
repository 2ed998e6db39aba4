from hypothesis import given
from hypothesis import strategies as st

from monitoring.metrics import SECONDS
from monitoring.usage.quantiles import EMPTY, added, quantile_us, total

HISTOGRAMS = st.lists(st.integers(0, 50), min_size=len(EMPTY), max_size=len(EMPTY))


def with_calls(**at: int) -> list[int]:
    buckets = list(EMPTY)
    for place, count in at.items():
        buckets[int(place[1:])] = count
    return buckets


def test_no_calls_took_no_time() -> None:
    assert quantile_us(EMPTY, 0.5) is None
    assert quantile_us([], 0.5) is None


def test_half_of_the_calls_of_one_bucket_stayed_within_its_middle() -> None:
    assert quantile_us(with_calls(_1=10), 0.5) == 750  # between 0.5 and 1 ms


def test_the_last_bucket_counts_as_the_last_bound() -> None:
    assert quantile_us(with_calls(_15=1), 0.95) == 30_000_000


@given(HISTOGRAMS)
def test_a_larger_share_takes_no_less(buckets: list[int]) -> None:
    found = [quantile_us(buckets, share) or 0 for share in (0.1, 0.5, 0.95, 1.0)]
    assert found == sorted(found)
    assert found[-1] <= SECONDS[-1] * 1e6


@given(HISTOGRAMS, HISTOGRAMS)
def test_sums_of_histograms_count_all(one: list[int], other: list[int]) -> None:
    assert sum(added(one, other)) == sum(one) + sum(other)
    assert total([one, other]) == added(one, other) == added(other, one)


def test_a_shorter_histogram_ends_in_zeros() -> None:
    assert added([1], [1, 2, 3]) == [2, 2, 3]
