"""kept/events.py: events of streams whose clients are away, as rows."""

from typing import Any

import pytest
from django.db.models.query import QuerySet

from servers.kept import events
from servers.kept.events import Found, Kept
from servers.kept.expiry import after
from servers.models import StreamEvent

FIRST, SECOND, LAST = Kept(0, "7", False), Kept(1, "one", False), Kept(2, "two", True)
SECONDS, LEASE = 600.0, 30.0


def keep(*kept: Kept, stream: str = "a", session: str = "s") -> None:
    events.keep(session, stream, kept, SECONDS, LEASE)


def test_what_follows_a_place_comes_in_order_to_its_end(db: None) -> None:
    keep(LAST, FIRST, SECOND)
    assert events.kept_after("s", "a", 0) == Found([SECOND, LAST], True)
    assert events.kept_after("s", "a", 1) == Found([LAST], True)
    assert events.kept_after("s", "a", 2) == events.kept_after("s", "a", 9) == Found([], True)


def test_stream_of_another_session_or_name_is_none(db: None) -> None:
    keep(FIRST, SECOND)
    for session, stream in (("t", "a"), ("s", "b"), ("", "")):
        assert events.kept_after(session, stream, 0) is None


def test_what_is_kept_stays_as_it_is(db: None) -> None:
    keep(FIRST, SECOND)
    keep(Kept(1, "other", False), LAST)
    assert events.kept_after("s", "a", 0) == Found([SECOND, LAST], True)


def test_stream_is_worked_on_as_long_as_somebody_says_so(db: None) -> None:
    keep(FIRST, SECOND)
    assert events.kept_after("s", "a", 1) == Found([])
    StreamEvent.objects.filter(position=0).update(expires_at=after(-1.0))
    assert events.kept_after("s", "a", 1) == Found([], False, True, 1, b"7")
    assert events.kept_after("s", "a", 0) == Found([SECOND], False)
    events.renew([("t", "a"), ("s", "a")], LEASE)
    assert events.kept_after("s", "a", 1) == Found([])
    StreamEvent.objects.filter(position=0).delete()
    assert events.kept_after("s", "a", 1) is None


def test_end_that_is_seen_by_the_second_look_alone_is_brought(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(FIRST, SECOND)
    look = QuerySet.values_list

    def miss_it_once(queryset: Any, *given: Any) -> Any:
        monkeypatch.undo()
        found = list(look(queryset, *given))
        keep(LAST)
        return found

    monkeypatch.setattr(QuerySet, "values_list", miss_it_once)
    assert events.kept_after("s", "a", 1) == Found([LAST], True)


def test_forgotten_session_keeps_nothing(db: None) -> None:
    keep(FIRST)
    keep(FIRST, session="t", stream="b")
    events.forget("s")
    assert [row.session for row in StreamEvent.objects.all()] == ["t"]


def test_many_streams_are_renewed_by_one_statement(
    db: None, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    names = [(f"s{number % 3}", f"a{number}") for number in range(10)]
    for session, stream in names:
        keep(FIRST, SECOND, session=session, stream=stream)
    StreamEvent.objects.update(expires_at=after(-1.0))
    with django_assert_num_queries(1):
        events.renew(names, LEASE)
    renewed = StreamEvent.objects.filter(expires_at__gt=after(0.0))
    assert set(renewed.values_list("position")) == {(0,)} and renewed.count() == 10
    monkeypatch.setattr(events, "A_RENEWAL", 4)
    with django_assert_num_queries(3):
        events.renew(names, LEASE)
    with django_assert_num_queries(0):
        events.renew([], LEASE)


def test_look_that_finds_nothing_new_is_two_queries(
    db: None, django_assert_num_queries: Any
) -> None:
    keep(FIRST, SECOND)
    with django_assert_num_queries(2):
        assert events.kept_after("s", "a", 1) == Found([])
