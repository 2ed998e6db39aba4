"""The explainer against the gate, on random facts and on those that people meet."""

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings

from catalog.policy import Facts, Reason, Rule, Subject, Target, explaining, judge
from catalog.policy.explaining import (
    Answer,
    Case,
    Change,
    Check,
    Do,
    Known,
    Token,
    after,
    answer,
    explain,
    lines,
    others,
    searching,
    smallest,
)
from catalog.policy.explaining.changes import pattern_of
from tests.catalog.policy.cases import cases, facts, open_door

OWNERS, INTERNS = 1, 2
BOB = 11
TEAM = Target("delete_city", team=OWNERS, tags=frozenset({"risky"}))
PUBLIC = replace(TEAM, visibility="public")
READ = frozenset({"mcp:read"})
WORKS = frozenset({"mcp:read", "mcp:write", "mcp:destructive"})


def case(
    *rules: Rule,
    user: int | None = BOB,
    teams: set[int] | None = None,
    target: Target = TEAM,
    scopes: frozenset[str] = WORKS,
    **door: object,
) -> Case:
    subject = Subject(user, frozenset(teams or ()))
    told = Facts(subject, target, rules, scopes, "mcp:write")
    return Case(told, **{"token": Token.WORKS, **door})  # type: ignore[arg-type]


def allow(number: int = 1, **of: object) -> Rule:
    return Rule(number, "allow", **of)  # type: ignore[arg-type]


def deny(number: int = 1, **of: object) -> Rule:
    return Rule(number, "deny", **of)  # type: ignore[arg-type]


# --- the lines -------------------------------------------------------------------------------------
def why(made: Case) -> dict[Check, str]:
    return {line.check: line.why for line in lines(made)}


def refused(made: Case) -> dict[Check, str]:
    return {line.check: line.why for line in lines(made) if not line.holds}


def test_every_line_stands_in_the_order_of_the_hub() -> None:
    made = case(allow(user=BOB), blocked=True)
    assert [line.check for line in lines(made)] == [
        *(Check.PERSON, Check.CLIENT, Check.TOKEN, Check.SERVER, Check.NAME),
        *(
            Check.SOURCE,
            Check.ENTRY,
            Check.PRESENT,
            Check.GRANT,
            Check.DENY,
            Check.STOP,
            Check.SCOPE,
        ),
    ]
    assert why(case(allow(user=BOB))) == {
        Check.PERSON: "active",
        Check.TOKEN: "works",
        Check.SERVER: "on",
        Check.NAME: "served",
        Check.SOURCE: "on",
        Check.ENTRY: "on",
        Check.PRESENT: "on",
        Check.GRANT: "rule",
        Check.DENY: "none",
        Check.STOP: "none",
        Check.SCOPE: "scope",
    }


@pytest.mark.parametrize(
    ("made", "check", "word"),
    [
        (case(teams={OWNERS}, active=False), Check.PERSON, "disabled"),
        (case(teams={OWNERS}, blocked=True), Check.CLIENT, "blocked"),
        (case(teams={OWNERS}, approved=False), Check.CLIENT, "waits"),
        (case(teams={OWNERS}, token=Token.LACKING), Check.TOKEN, "lacking"),
        (case(teams={OWNERS}, known=Known.WAITING), Check.NAME, "waiting"),
        (case(teams={OWNERS}, scopes=READ), Check.SCOPE, "insufficient_scope"),
        (case(teams={OWNERS}, target=replace(TEAM, missing=True)), Check.PRESENT, "missing"),
        (case(), Check.GRANT, "no_access"),
    ],
)
def test_what_refuses_is_the_one_line_that_does_not_hold(
    made: Case, check: Check, word: str
) -> None:
    assert refused(made) == {check: word}


def test_who_shows_no_token_needs_a_public_server() -> None:
    made = case(user=None, token=Token.UNSAID)
    assert refused(made) == {Check.TOKEN: "no_token", Check.GRANT: "no_access"}
    public = case(user=None, target=PUBLIC, token=Token.UNSAID)
    assert why(public)[Check.PERSON] == "anonymous"
    assert why(public)[Check.TOKEN] == "not_needed"
    assert answer(public).allowed


def test_each_rule_that_denies_has_a_line() -> None:
    made = case(deny(1), deny(2, user=BOB), deny(3, pattern="read_*"), allow(4, user=BOB))
    denied = [line for line in lines(made) if line.check == Check.DENY]
    assert [(line.holds, line.why, line.rule) for line in denied] == [
        (False, "denied_by_rule", 1),
        (False, "denied_by_rule", 2),
    ]
    assert explain(made).deciding == denied[0]


def test_grant_names_its_rule() -> None:
    grant = explain(case(allow(7, user=BOB))).deciding
    assert (grant.check, grant.holds, grant.why, grant.rule) == (Check.GRANT, True, "rule", 7)


def test_of_what_is_nowhere_no_state_is_told() -> None:
    assert not {Check.SOURCE, Check.ENTRY, Check.PRESENT} & why(case(known=Known.NOWHERE)).keys()


def test_server_that_is_off_is_told_before_a_name_it_does_not_have() -> None:
    off = case(known=Known.UNPUBLISHED, target=replace(TEAM, server_enabled=False))
    assert answer(off) == Answer(False, "server_disabled")


# --- the changes -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (case(teams={OWNERS}, active=False), [Change(Do.ENABLE_PERSON)]),
        (case(teams={OWNERS}, blocked=True), [Change(Do.UNBLOCK_CLIENT)]),
        (case(teams={OWNERS}, approved=False), [Change(Do.APPROVE_CLIENT)]),
        (case(teams={OWNERS}, token=Token.LACKING, scopes=frozenset()), [Change(Do.CONNECT)]),
        (case(teams={OWNERS}, known=Known.WAITING), [Change(Do.APPROVE_VERSION)]),
        (case(teams={OWNERS}, known=Known.UNPUBLISHED), [Change(Do.PUBLISH)]),
        (case(teams={OWNERS}, known=Known.NOWHERE), []),
        (case(teams={OWNERS}, scopes=READ), [Change(Do.GRANT_SCOPE)]),
        (
            case(teams={OWNERS}, target=replace(TEAM, server_enabled=False)),
            [Change(Do.ENABLE_SERVER)],
        ),
        (
            case(teams={OWNERS}, target=replace(TEAM, source_enabled=False)),
            [Change(Do.ENABLE_SOURCE)],
        ),
        (case(teams={OWNERS}, target=replace(TEAM, enabled=False)), [Change(Do.ENABLE_ENTRY)]),
        (case(teams={OWNERS}, target=replace(TEAM, missing=True)), [Change(Do.RESTORE)]),
        (case(), [Change(Do.ALLOW_PERSON)]),
        (case(user=None, token=Token.UNSAID), [Change(Do.MAKE_PUBLIC)]),
        (case(deny(5), teams={OWNERS}), [Change(Do.DELETE_RULE, 5)]),
        (case(deny(5, user=BOB), teams={OWNERS}), [Change(Do.DELETE_RULE, 5)]),
        # Leaving the team opens it to nobody else; but not where the team is what lets in.
        (case(deny(5, team=2), teams={OWNERS, 2}), [Change(Do.LEAVE_TEAM, 2)]),
        (case(deny(5, team=OWNERS), teams={OWNERS}), [Change(Do.DELETE_RULE, 5)]),
        (case(deny(5, team=2), deny(6, team=2), teams={OWNERS, 2}), [Change(Do.LEAVE_TEAM, 2)]),
        (case(deny(5), blocked=True), [Do.UNBLOCK_CLIENT, Do.ALLOW_PERSON, Do.DELETE_RULE]),
        # What is allowed is closed to this one person.
        (case(teams={OWNERS}), [Change(Do.DENY_PERSON)]),
        (case(user=None, target=PUBLIC, token=Token.UNSAID), [Change(Do.DENY_EVERYONE)]),
    ],
)
def test_smallest_change_is_the_narrowest_of_the_fewest(made: Case, expected: list[object]) -> None:
    way = smallest(made)
    assert [
        change if change == one else change.do for change, one in zip(way, expected, strict=False)
    ] == (expected)
    assert len(way) == len(expected)


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (
            case(allow(4, team=3), deny(5, team=3, pattern="read_*"), allow(6, team=3)),
            [
                (Change(Do.JOIN_TEAM, 3),),
                (Change(Do.JOIN_TEAM, OWNERS),),
                (Change(Do.MAKE_PUBLIC),),
            ],
        ),
        (
            case(allow(4, team=3, pattern="read_*"), target=replace(TEAM, team=None)),
            [(Change(Do.MAKE_PUBLIC),)],
        ),
        (
            case(deny(4, team=3), target=replace(TEAM, team=None), teams={3}),
            [
                (Change(Do.MAKE_PUBLIC), Change(Do.LEAVE_TEAM, 3)),
            ],
        ),
        (case(deny(5, team=2), teams={OWNERS, 2}), [(Change(Do.DELETE_RULE, 5),)]),
        (case(teams={OWNERS}), [(Change(Do.LEAVE_TEAM, OWNERS),)]),
        (case(allow(4, user=BOB)), [(Change(Do.DELETE_RULE, 4),)]),
        (case(allow(4, user=BOB), allow(5, user=BOB)), []),
        (case(allow(4, user=BOB), teams={OWNERS}), []),
        (case(user=None, target=PUBLIC, token=Token.UNSAID), []),
        (case(teams={OWNERS}, known=Known.NOWHERE), []),
        (case(teams={OWNERS}, scopes=READ), []),
    ],
)
def test_other_ways_come_from_the_narrowest_on(
    made: Case, expected: list[tuple[Change, ...]]
) -> None:
    assert list(others(made)) == expected


def test_more_ways_than_are_tried_still_give_one() -> None:
    rules = [deny(number, team=number) for number in range(10, 26)]
    made = case(*rules, teams={OWNERS, *range(10, 26)})
    way = smallest(made)
    assert way == tuple(Change(Do.LEAVE_TEAM, number) for number in range(10, 26))
    assert answer(after(made, way)).allowed


def test_nothing_is_tried_for_ever_where_nothing_helps() -> None:
    assert searching._straight(case(known=Known.NOWHERE)) == ()
    assert searching._searched(case(known=Known.NOWHERE)) == ()


def test_connecting_gives_the_scope_that_is_needed() -> None:
    made = case(teams={OWNERS}, token=Token.LACKING, scopes=frozenset())
    then = after(made, (Change(Do.CONNECT),))
    assert (then.token, then.facts.scopes) == (Token.WORKS, frozenset({"mcp:write"}))


def test_added_rule_is_about_this_name_alone() -> None:
    (rule,) = after(case(), (Change(Do.ALLOW_PERSON),)).facts.rules
    assert rule == Rule(0, "allow", user=BOB, pattern="delete_city")
    (rule,) = after(case(), (Change(Do.DENY_EVERYONE),)).facts.rules
    assert rule == Rule(0, "deny", pattern="delete_city")
    (rule,) = after(case(), (Change(Do.DENY_PERSON),)).facts.rules
    assert rule == Rule(0, "deny", user=BOB, pattern="delete_city")


def test_name_longer_than_a_pattern_is_named_by_how_it_begins() -> None:
    assert pattern_of("x" * 128) == "x" * 128
    assert pattern_of("x" * 129) == "x" * 127 + "*"


def test_change_leaves_everything_else_as_it_is() -> None:
    made = case(deny(5), allow(6, team=2), teams={2})
    then = after(made, (Change(Do.DELETE_RULE, 5), Change(Do.JOIN_TEAM, 3)))
    assert then.facts.rules == (made.facts.rules[1],)
    assert then.facts.subject == Subject(BOB, frozenset({2, 3}))
    assert after(made, (Change(Do.LEAVE_TEAM, 2),)).facts.subject == Subject(BOB)


def test_every_kind_of_change_can_be_made() -> None:
    for do in Do:
        assert isinstance(after(case(), (Change(do, 1),)), Case)


def test_words_of_lines_and_changes_are_fixed() -> None:
    """They stand in what `why --json` prints."""
    assert [check.value for check in Check] == [check.name.lower() for check in Check]
    assert [do.value for do in Do] == [do.name.lower() for do in Do]
    assert [token.value for token in Token] == ["unsaid", "works", "lacking"]
    assert [known.value for known in Known] == ["served", "waiting", "unpublished", "nowhere"]


def test_case_that_says_no_more_than_facts_has_an_open_door() -> None:
    told = case().facts
    assert Case(told) == Case(told, True, False, True, Token.UNSAID, Known.SERVED)
    assert Case(told).anonymous is False


def test_room_gives_what_it_says_it_gives() -> None:
    assert [getattr(explaining, name).__name__ for name in explaining.__all__] == explaining.__all__


# --- against the gate -------------------------------------------------------------------------------
@given(facts())
@settings(max_examples=60, deadline=None)
def test_behind_an_open_door_the_answer_is_the_gate_s(told: Facts) -> None:
    made = open_door(told)
    if made.anonymous and told.target.visibility != "public":
        assert answer(made) == Answer(False, "no_token")
        return
    verdict = judge(told)
    assert answer(made) == Answer(verdict.allowed, verdict.reason, verdict.rule)


@given(cases())
@settings(max_examples=60, deadline=None)
def test_lines_answer_and_deciding_line_say_the_same(made: Case) -> None:
    told = explain(made)
    assert told.answer.allowed is all(line.holds for line in told.lines)
    assert told.answer.allowed is told.deciding.holds
    assert told.deciding in told.lines
    if told.deciding.check == Check.NAME:
        assert told.answer == Answer(False, Reason.UNKNOWN)
    else:
        assert (told.answer.why, told.answer.rule) == (told.deciding.why, told.deciding.rule)


@given(cases())
@settings(max_examples=60, deadline=None)
def test_the_smallest_change_alters_the_answer_and_each_of_it_is_needed(made: Case) -> None:
    way = smallest(made)
    if made.known == Known.NOWHERE and not answer(made).allowed:
        assert way == ()
        return
    assert answer(after(made, way)).allowed is not answer(made).allowed
    for size in range(len(way)):
        for fewer in combinations(way, size):
            assert answer(after(made, fewer)).allowed is answer(made).allowed


@given(cases())
@settings(max_examples=60, deadline=None)
def test_other_ways_alter_the_answer_too_and_take_no_fewer_changes(made: Case) -> None:
    first = smallest(made)
    for way in others(made):
        assert answer(after(made, way)).allowed is not answer(made).allowed
        assert set(way) != set(first)
        assert len(way) >= len(first)


@given(cases())
@settings(max_examples=60, deadline=None)
def test_straight_way_alters_the_answer_as_well(made: Case) -> None:
    if answer(made).allowed or made.known == Known.NOWHERE:
        return
    assert answer(after(made, searching._straight(made))).allowed
