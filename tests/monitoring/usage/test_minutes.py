from uuid import uuid4

from monitoring.usage import minutes
from monitoring.usage.minutes import Minutes, Subject
from monitoring.usage.quantiles import EMPTY

ONE = [1, *EMPTY[1:]]
ADD = Subject(uuid4(), "tool", "demo", "add")


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def test_calls_count_in_the_minute_they_were_handed_over() -> None:
    clock = Clock()
    kept = Minutes(clock=clock)
    for outcome in ("ok", "error", "failed", "timeout", "cancelled"):
        kept.add(ADD, outcome, ONE)
    kept.add(None, "denied", ONE)
    (minute,) = kept.take()
    assert minute.at == 999_960
    assert (minute.sums.calls, minute.sums.errors, minute.denials) == (5, 3, 1)
    assert minute.by_subject[ADD].calls == 5
    assert kept.take(everything=True) == []


def test_a_denied_call_is_no_use_of_the_tool() -> None:
    kept = Minutes(clock=Clock())
    kept.add(ADD, "denied", ONE)
    (minute,) = kept.take(everything=True)
    assert minute.by_subject == {} and minute.sums.calls == 0


def test_a_minute_without_a_call_is_taken_once_it_is_over() -> None:
    clock = Clock()
    kept = Minutes(clock=clock)
    kept.look()
    assert kept.take() == []
    clock.now += 60
    assert [minute.at for minute in kept.take()] == [999_960]


def test_the_most_streams_that_were_open_at_once_are_kept() -> None:
    open_now = iter([1, 7, 2])
    kept = Minutes(lambda: next(open_now), Clock())
    for _ in range(3):
        kept.look()
    assert kept.take(everything=True)[0].streams == 7


def test_what_could_not_be_written_waits_within_bounds() -> None:
    clock = Clock()
    kept = Minutes(clock=clock)
    for _ in range(minutes.MOST_WAITING + 5):
        kept.add(ADD, "ok", ONE)
        clock.now += 60
    kept.give_back(kept.take())
    assert len(kept.take()) == minutes.MOST_WAITING


def test_what_is_given_back_is_added_to_what_came_meanwhile() -> None:
    kept = Minutes(clock=Clock())
    kept.add(ADD, "error", ONE)
    taken = kept.take()
    kept.add(ADD, "ok", ONE)
    kept.add(None, "denied", ONE)
    kept.give_back(taken)
    (minute,) = kept.take()
    assert (minute.sums.calls, minute.sums.errors, minute.denials) == (2, 1, 1)
    assert (minute.by_subject[ADD].calls, sum(minute.by_subject[ADD].buckets)) == (2, 2)


def test_more_things_than_are_counted_singly_are_in_the_sums(monkeypatch) -> None:
    monkeypatch.setattr(minutes, "MOST_SUBJECTS", 2)
    kept = Minutes(clock=Clock())
    for number in range(4):
        kept.add(ADD._replace(name=str(number)), "ok", ONE)
    (minute,) = kept.take(everything=True)
    assert (len(minute.by_subject), minute.sums.calls) == (2, 4)
