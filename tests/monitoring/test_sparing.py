"""monitoring/sparing.py: the first of a minute is told, and no flood writes more."""

from monitoring import sparing
from monitoring.sparing import Sparing


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_the_first_of_a_minute_is_told() -> None:
    clock = Clock()
    told = Sparing(clock)
    assert [told.first("192.0.2.7", "a") for _ in range(3)] == [True, False, False]
    assert told.first("192.0.2.7", "b") and told.first("192.0.2.8", "a")
    clock.now += 59
    assert not told.first("192.0.2.7", "a")
    clock.now += 1
    assert told.first("192.0.2.7", "a")


def test_addresses_of_one_network_are_one_source() -> None:
    told = Sparing()
    assert told.first("2001:db8:1:2::1", "a") and not told.first("2001:db8:1:2::2", "a")


def test_one_source_has_a_share_and_all_have_a_limit() -> None:
    told = Sparing()
    assert sum(told.first("192.0.2.7", key) for key in range(500)) == sparing.SHARE
    assert told.first("192.0.2.8", 0)
    others = [f"192.0.{high}.{low}" for high in range(20) for low in range(100)]
    told.clear()
    assert sum(told.first(each, 0) for each in others) == sparing.LIMIT
