import pytest

from monitoring.bus.outbox import CHATTER_LIMIT, TRUTH_LIMIT, Outbox


@pytest.fixture
def outbox():
    return Outbox("distrust")


def waiting(outbox: Outbox) -> list[str]:
    """Take all."""
    return list(iter(outbox.take, None))


def test_truth_goes_before_chatter_and_each_in_its_order(outbox):
    for text, chatter in (("a", True), ("1", False), ("b", True), ("2", False)):
        outbox.put(text, chatter=chatter)
    assert waiting(outbox) == ["1", "2", "a", "b"]


def test_chatter_pushes_out_the_oldest_chatter_and_no_truth(outbox):
    outbox.put("truth", chatter=False)
    for number in range(CHATTER_LIMIT + 5):
        outbox.put(str(number), chatter=True)
    assert waiting(outbox) == ["truth", *map(str, range(5, CHATTER_LIMIT + 5))]


def test_as_much_truth_as_fits_waits_whole(outbox):
    for number in range(TRUTH_LIMIT):
        outbox.put(str(number), chatter=False)
    assert waiting(outbox) == list(map(str, range(TRUTH_LIMIT)))


def test_more_truth_than_fits_has_the_others_distrust_what_they_know(outbox):
    for number in range(TRUTH_LIMIT + 1):
        outbox.put(str(number), chatter=False)
    outbox.put("after", chatter=False)
    assert waiting(outbox) == ["distrust", "after"]


def test_what_is_given_back_is_the_next_of_its_kind(outbox):
    for text, chatter in (("a", True), ("b", True), ("1", False), ("2", False)):
        outbox.put(text, chatter=chatter)
    outbox.give_back(str(outbox.take()))
    assert [outbox.take(), outbox.take()] == ["1", "2"]
    outbox.give_back(str(outbox.take()))
    outbox.put("3", chatter=False)
    assert waiting(outbox) == ["3", "a", "b"]


def test_distrust_that_could_not_be_sent_is_sent_later(outbox):
    for number in range(TRUTH_LIMIT + 1):
        outbox.put(str(number), chatter=False)
    outbox.give_back(str(outbox.take()))
    assert waiting(outbox) == ["distrust"]


def test_chatter_given_back_makes_way_for_newer_chatter(outbox):
    outbox.put("old", chatter=True)
    taken = str(outbox.take())
    for number in range(CHATTER_LIMIT):
        outbox.put(str(number), chatter=True)
    outbox.give_back(taken)
    assert waiting(outbox) == list(map(str, range(CHATTER_LIMIT)))


def test_nothing_waits_at_first(outbox):
    assert outbox.take() is None
