"""What is stopped: which stop is about a call, and when the gate tells it."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations
from typing import get_args
from uuid import UUID

import pytest

from catalog.policy import (
    Facts,
    Reason,
    Stop,
    Subject,
    Target,
    Touched,
    Verdict,
    judge,
    judge_stop,
    stop_on,
)
from catalog.policy.stops import Key, Kind, Stops

SERVER, ENTRY, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)
CALL = Touched(SERVER, ("python", "demo"), ENTRY, 7, "client")
ABOUT: Stops = {
    ("everything", None): Stop("everything", "all"),
    ("server", SERVER): Stop("server", "the server"),
    ("source", ("python", "demo")): Stop("source", "the source"),
    ("entry", ENTRY): Stop("entry", "the tool"),
    ("user", 7): Stop("user", "the person"),
    ("client", "client"): Stop("client", "the client"),
}
ELSEWHERE: Stops = {
    ("server", OTHER): Stop("server", "x"),
    ("source", ("python", "other")): Stop("source", "x"),
    ("source", ("remote", "demo")): Stop("source", "x"),
    ("entry", SERVER): Stop("entry", "x"),
    ("server", ENTRY): Stop("server", "x"),
    ("user", 8): Stop("user", "x"),
    ("client", "7"): Stop("client", "x"),
}
FACTS = Facts(
    Subject(7), Target("add", visibility="public"), (), frozenset({"mcp:write"}), "mcp:write"
)


def test_nothing_is_stopped_where_nothing_is() -> None:
    assert stop_on({}, CALL) is None


def test_stops_of_others_are_not_about_a_call() -> None:
    assert stop_on(ELSEWHERE, CALL) is None


@pytest.mark.parametrize("key", ABOUT, ids=lambda key: key[0])
def test_stop_of_whatever_a_call_touches_is_about_it(key: tuple[str, object]) -> None:
    stop = ABOUT[key]  # type: ignore[index]
    assert stop_on({**ELSEWHERE, key: stop}, CALL) == stop  # type: ignore[dict-item]


def test_of_two_stops_the_wider_one_is_told() -> None:
    for (wide, stop), (narrow, other) in combinations(ABOUT.items(), 2):
        assert stop_on({narrow: other, wide: stop}, CALL) == stop


def test_nobody_in_particular_is_neither_user_nor_client() -> None:
    nobody = Touched(SERVER, ("python", "demo"), ENTRY)
    stops = {key: ABOUT[key] for key in ABOUT if key[0] in ("user", "client")}
    assert (nobody.user, nobody.client) == (None, "")
    assert stop_on(stops, nobody) is None


def test_stopped_call_is_refused_with_the_reason() -> None:
    verdict = judge_stop(Stop("server", "It deletes too much."))
    assert verdict == Verdict(False, Reason.STOPPED, "It deletes too much.")
    assert judge_stop(None) == Verdict(True, Reason.STOPPED, "nothing stops it")


def test_stop_is_told_only_to_who_has_access() -> None:
    stopped = replace(FACTS, stop=Stop("entry", "why"))
    hidden = replace(stopped, target=replace(FACTS.target, visibility="team"))
    assert judge(FACTS).reason is Reason.PUBLIC
    assert judge(stopped) == Verdict(False, Reason.STOPPED, "why")
    assert judge(hidden).reason is Reason.NO_ACCESS


def test_stop_is_told_before_a_scope_that_is_lacking() -> None:
    lacking = replace(FACTS, scopes=frozenset())
    assert judge(replace(lacking, stop=Stop("user", "why"))).reason is Reason.STOPPED
    assert judge(lacking).reason is Reason.INSUFFICIENT_SCOPE


def test_stops_go_by_kind_and_key() -> None:
    assert get_args(Kind) == tuple(kind for kind, _ in ABOUT)
    assert set(get_args(Key)) == {str, int, UUID, tuple[str, str], type(None)}
    assert Stops == Mapping[tuple[Kind, Key], Stop]
