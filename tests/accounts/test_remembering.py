"""remembering.py: one value, in memory."""

import pytest

from accounts.remembering import Remembered
from accounts.tokens import DEAF_SECONDS, HEARING_SECONDS


class Source:
    """What is remembered: how often it was read, and what happens meanwhile."""

    def __init__(self):
        self.reads, self.now, self.hears = 0, 0.0, True
        self.meanwhile = lambda: None

    def read(self):
        self.reads += 1
        self.meanwhile()
        return self.reads


@pytest.fixture
def source():
    return Source()


@pytest.fixture
def remembered(source):
    return Remembered(source.read, lambda: source.hears, lambda: source.now)


def test_value_is_read_once(remembered):
    assert [remembered.get() for _ in range(3)] == [1, 1, 1]


def test_value_that_was_announced_as_changed_is_read_again(remembered):
    assert remembered.get() == 1
    remembered.forget()
    assert [remembered.get(), remembered.get()] == [2, 2]


@pytest.mark.parametrize(("hears", "seconds"), [(True, HEARING_SECONDS), (False, DEAF_SECONDS)])
def test_value_grows_old_sooner_where_nothing_is_heard(source, remembered, hears, seconds):
    source.hears = hears
    remembered.get()
    source.now = seconds - 0.1
    assert remembered.get() == 1
    source.now = seconds
    assert remembered.get() == 2


def test_value_that_changed_while_it_was_read_is_not_kept(source, remembered):
    source.meanwhile = remembered.forget
    assert remembered.get() == 1
    source.meanwhile = lambda: None
    assert [remembered.get(), remembered.get()] == [2, 2]


def test_what_cannot_be_read_is_not_remembered(source, remembered):
    def fail():
        raise OSError("away")

    source.meanwhile = fail
    with pytest.raises(OSError, match="away"):
        remembered.get()
    source.meanwhile = lambda: None
    assert remembered.get() == 2
