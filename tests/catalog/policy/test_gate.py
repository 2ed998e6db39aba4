from dataclasses import replace
from types import ModuleType

import pytest

from catalog import policy
from catalog.policy import (
    Facts,
    Reason,
    Rule,
    Subject,
    Target,
    Verdict,
    gate,
    judge,
    judge_access,
    judge_scope,
)
from catalog.policy.checks.access import is_let_in

OWNERS, OTHERS, STRANGERS = 1, 2, 3
ALICE, BOB = 10, 11
NOBODY = Subject()
OWNER = Subject(ALICE, frozenset({OWNERS}))
OTHER = Subject(BOB, frozenset({OTHERS}))
PUBLIC = Target("delete_city", visibility="public", tags=frozenset({"risky"}))
TEAM = replace(PUBLIC, visibility="team", team=OWNERS)


def allow(**of: object) -> Rule:
    return Rule(1, "allow", **of)  # type: ignore[arg-type]


def deny(**of: object) -> Rule:
    return Rule(2, "deny", **of)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "reason", "detail"),
    [
        ({"server_enabled": False}, Reason.SERVER_DISABLED, "the server is switched off"),
        ({"source_enabled": False}, Reason.DISABLED, "the source is switched off"),
        ({"enabled": False}, Reason.DISABLED, "it is switched off"),
        ({"missing": True}, Reason.MISSING, "its source no longer offers it"),
    ],
)
@pytest.mark.parametrize("target", [PUBLIC, TEAM], ids=["public", "team"])
def test_what_is_off_or_gone_is_refused_to_its_owners_too(
    target: Target, change: dict[str, bool], reason: Reason, detail: str
) -> None:
    verdict = judge_access(OWNER, replace(target, **change), [allow(user=ALICE)])
    assert verdict == Verdict(False, reason, detail)


def test_anyone_may_use_a_public_server() -> None:
    verdict = judge_access(NOBODY, PUBLIC, [])
    assert (verdict.allowed, verdict.reason) == (True, Reason.PUBLIC)


def test_members_may_use_their_teams_server() -> None:
    verdict = judge_access(OWNER, TEAM, [])
    assert (verdict.allowed, verdict.reason) == (True, Reason.TEAM)


@pytest.mark.parametrize("subject", [NOBODY, OTHER, Subject(ALICE)])
def test_who_is_not_in_the_team_has_no_access(subject: Subject) -> None:
    verdict = judge_access(subject, TEAM, [])
    assert verdict == Verdict(False, Reason.NO_ACCESS, "nothing gives access to it")


def test_server_without_a_team_is_nobodys() -> None:
    assert not judge_access(OWNER, replace(TEAM, team=None), []).allowed


@pytest.mark.parametrize("of", [{"team": OTHERS}, {"user": BOB}])
def test_allow_rule_widens_to_whom_it_names(of: dict[str, int]) -> None:
    verdict = judge_access(OTHER, TEAM, [allow(**of)])
    assert (verdict.allowed, verdict.reason, verdict.rule) == (True, Reason.RULE, 1)
    assert not judge_access(Subject(99, frozenset({STRANGERS})), TEAM, [allow(**of)]).allowed


def test_allow_rule_that_names_nobody_opens_nothing() -> None:
    assert not judge_access(OTHER, TEAM, [allow()]).allowed


@pytest.mark.parametrize(
    ("of", "allowed"),
    [
        ({"pattern": "delete_*"}, True),
        ({"pattern": "read_*"}, False),
        ({"pattern": "DELETE_*"}, False),
        ({"tag": "risky"}, True),
        ({"tag": "safe"}, False),
        ({"pattern": "delete_*", "tag": "safe"}, False),
        ({"pattern": "read_*", "tag": "risky"}, False),
    ],
)
def test_rule_speaks_only_of_names_and_tags_that_fit(of: dict[str, str], allowed: bool) -> None:
    assert judge_access(OTHER, TEAM, [allow(team=OTHERS, **of)]).allowed is allowed
    assert judge_access(OWNER, TEAM, [deny(team=OWNERS, **of)]).allowed is not allowed


@pytest.mark.parametrize("of", [{}, {"team": OWNERS}, {"user": ALICE}])
@pytest.mark.parametrize("target", [PUBLIC, TEAM], ids=["public", "team"])
def test_deny_wins_over_everything(target: Target, of: dict[str, int]) -> None:
    verdict = judge_access(OWNER, target, [allow(user=ALICE), deny(**of)])
    assert verdict == Verdict(False, Reason.DENIED_BY_RULE, "an access rule denies it", 2)


@pytest.mark.parametrize("of", [{"team": OTHERS}, {"user": BOB}])
def test_deny_for_others_changes_nothing(of: dict[str, int]) -> None:
    assert judge_access(OWNER, TEAM, [deny(**of)]).allowed
    assert judge_access(NOBODY, PUBLIC, [deny(**of)]).allowed


def test_deny_for_everyone_reaches_the_nameless_on_a_public_server() -> None:
    assert not judge_access(NOBODY, PUBLIC, [deny()]).allowed


def test_what_no_check_decides_is_denied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "ACCESS_CHECKS", ())
    verdict = judge_access(OWNER, TEAM, [])
    assert verdict == Verdict(False, Reason.NO_ACCESS, "no check decided")


def test_lacking_scope_is_named() -> None:
    verdict = judge_scope(frozenset({"mcp:read"}), "mcp:write")
    assert (verdict.allowed, verdict.reason) == (False, Reason.INSUFFICIENT_SCOPE)
    assert verdict.detail == "mcp:write"


@pytest.mark.parametrize("required", ["mcp:read", ""])
def test_held_scope_or_none_is_enough(required: str) -> None:
    assert judge_scope(frozenset({"mcp:read"}), required) == Verdict(True, Reason.SCOPE)


def test_access_is_judged_before_scope() -> None:
    facts = Facts(OTHER, TEAM, (), frozenset(), "mcp:write")
    assert judge(facts).reason is Reason.NO_ACCESS


def test_access_without_scope_is_refused() -> None:
    facts = Facts(OWNER, TEAM, (), frozenset({"mcp:read"}), "mcp:write")
    assert judge(facts).reason is Reason.INSUFFICIENT_SCOPE


def test_access_and_scope_together_tell_why_access_holds() -> None:
    facts = Facts(OWNER, TEAM, (), frozenset({"mcp:write"}), "mcp:write")
    assert (judge(facts).allowed, judge(facts).reason) == (True, Reason.TEAM)


def test_facts_that_are_not_given_open_nothing() -> None:
    assert Subject() == Subject(user=None, teams=frozenset())
    assert Target("add") == Target(
        name="add",
        kind="tool",
        tags=frozenset(),
        visibility="team",
        team=None,
        server_enabled=True,
        source_enabled=True,
        enabled=True,
        missing=False,
    )
    assert Verdict(True, Reason.TEAM) == Verdict(True, Reason.TEAM, detail="", rule=None)


def test_reasons_are_the_words_of_the_trail_and_the_metrics() -> None:
    assert [reason.value for reason in Reason] == [
        "public",
        "team",
        "rule",
        "scope",
        "server_disabled",
        "disabled",
        "missing",
        "stopped",
        "no_access",
        "unknown",
        "denied_by_rule",
        "insufficient_scope",
        "rate_limited",
    ]


def test_room_gives_what_it_says_it_gives() -> None:
    assert [getattr(policy, name).__name__ for name in policy.__all__] == policy.__all__


@pytest.mark.parametrize(
    ("subject", "team", "rules", "in_"),
    [
        (OWNER, OWNERS, [], True),
        (OTHER, OWNERS, [], False),
        (OWNER, None, [], False),
        (OTHER, OWNERS, [allow(user=BOB, pattern="add")], True),
        (OTHER, None, [allow(team=OTHERS)], True),
        (OTHER, OWNERS, [deny(user=BOB)], False),
        (OTHER, OWNERS, [allow(user=ALICE)], False),
        (NOBODY, OWNERS, [allow()], False),
    ],
)
def test_who_is_granted_anything_is_let_in(
    subject: Subject, team: int | None, rules: list[Rule], in_: bool
) -> None:
    assert is_let_in(subject, team, rules) is in_


def test_policy_shows_what_it_gathers():
    gathered = {name for name, value in vars(policy).items() if not isinstance(value, ModuleType)}
    assert set(policy.__all__) == {name for name in gathered if not name.startswith("_")}
