"""How far a team reaches, against the gate on random rules and names."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from catalog.policy import Facts, Rule, Subject, Target, judge_access
from catalog.policy.reach import EVERYTHING, Part, Reach, reach
from tests.catalog.policy.cases import facts

OWNERS, OTHERS = 1, 2
SERVER = Target("", team=OWNERS)
PUBLIC = replace(SERVER, visibility="public")
MEMBER = Subject(teams=frozenset({OTHERS}))
RISKY = Part("*", "risky")


def allow(**of: object) -> Rule:
    return Rule(1, "allow", **of)  # type: ignore[arg-type]


def deny(**of: object) -> Rule:
    return Rule(2, "deny", **of)  # type: ignore[arg-type]


@given(facts())
@settings(max_examples=100, deadline=None)
def test_what_is_reached_is_what_the_gate_allows(told: Facts) -> None:
    on = replace(told.target, server_enabled=True, source_enabled=True, enabled=True, missing=False)
    found = reach(told.subject, replace(on, name="", tags=frozenset()), told.rules)
    allowed = judge_access(told.subject, on, told.rules).allowed
    assert found.covers(on) is allowed
    assert not (found.nothing and allowed)
    assert allowed or not found.everything


@pytest.mark.parametrize(
    ("server", "rules", "expected"),
    [
        (SERVER, [], Reach()),
        (PUBLIC, [], Reach((EVERYTHING,))),
        (PUBLIC, [deny(pattern="delete_*")], Reach((EVERYTHING,), (Part("delete_*"),))),
        (SERVER, [deny(pattern="delete_*")], Reach()),
        (SERVER, [allow(team=OTHERS)], Reach((EVERYTHING,))),
        (SERVER, [allow(team=OTHERS, pattern="read_*")], Reach((Part("read_*"),))),
        (SERVER, [allow(team=OTHERS, pattern="a"), allow(team=OTHERS)], Reach((EVERYTHING,))),
        (SERVER, [allow(team=OTHERS, tag="risky")] * 2, Reach((RISKY,))),
        (
            SERVER,
            [allow(team=OTHERS), deny(team=OTHERS, tag="risky"), deny(team=OWNERS)],
            Reach((EVERYTHING,), (RISKY,)),
        ),
        (PUBLIC, [deny()], Reach((EVERYTHING,), (EVERYTHING,))),
    ],
)
def test_reach_is_told_in_the_parts_of_the_rules(
    server: Target, rules: list[Rule], expected: Reach
) -> None:
    assert reach(MEMBER, server, rules) == expected


def test_owners_reach_everything() -> None:
    assert reach(Subject(teams=frozenset({OWNERS})), SERVER, []) == Reach((EVERYTHING,))


@pytest.mark.parametrize(
    ("found", "nothing", "everything"),
    [
        (Reach(), True, False),
        (Reach((EVERYTHING,)), False, True),
        (Reach((EVERYTHING,), (RISKY,)), False, False),
        (Reach((EVERYTHING,), (RISKY, EVERYTHING)), True, False),
        (Reach((RISKY,)), False, False),
    ],
)
def test_nothing_and_everything_are_told_apart(
    found: Reach, nothing: bool, everything: bool
) -> None:
    assert (found.nothing, found.everything) == (nothing, everything)


def test_tag_and_name_must_both_fit() -> None:
    both = Reach((Part("delete_*", "risky"),))
    risky = Target("delete_all", tags=frozenset({"risky"}))
    assert both.covers(risky)
    assert not both.covers(replace(risky, name="read_all"))
    assert not both.covers(replace(risky, tags=frozenset()))
    assert (Part().pattern, Part().tag) == ("*", None)
