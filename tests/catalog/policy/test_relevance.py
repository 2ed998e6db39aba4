from hypothesis import given
from hypothesis import strategies as st

from catalog.policy import Rule, Subject, Target, judge_access, relevant

IDS = st.integers(1, 4)
TEAMS = st.frozensets(IDS, max_size=4)
TAGS = st.sampled_from(["red", "blue"])
NAMES = st.sampled_from(["add", "add_one", "delete"])
PATTERNS = st.sampled_from(["*", "add", "add*", "*e*", "x"])
SUBJECTS = st.builds(Subject, st.none() | IDS, TEAMS)
TARGETS = st.builds(
    Target,
    name=NAMES,
    tags=st.frozensets(TAGS),
    visibility=st.sampled_from(["public", "team"]),
    team=st.none() | IDS,
    enabled=st.booleans(),
)
RULES = st.lists(
    st.builds(
        Rule,
        id=IDS,
        effect=st.sampled_from(["allow", "deny"]),
        user=st.none() | IDS,
        team=st.none() | IDS,
        pattern=PATTERNS,
        tag=st.none() | TAGS,
    ),
    max_size=5,
)


@given(SUBJECTS, TARGETS, RULES)
def test_relevant_part_is_judged_as_the_whole(
    subject: Subject, target: Target, rules: list[Rule]
) -> None:
    part = relevant(subject, target.team, rules)
    assert judge_access(part, target, rules) == judge_access(subject, target, rules)


@given(SUBJECTS, TARGETS, RULES)
def test_one_more_deny_never_opens_anything(
    subject: Subject, target: Target, rules: list[Rule]
) -> None:
    more = [*rules, Rule(99, "deny", user=subject.user, pattern="add*")]
    assert judge_access(subject, target, rules).allowed >= (
        judge_access(subject, target, more).allowed
    )


@given(SUBJECTS, TARGETS, RULES)
def test_one_more_allow_never_closes_anything(
    subject: Subject, target: Target, rules: list[Rule]
) -> None:
    more = [*rules, Rule(99, "allow", user=subject.user, pattern="add*")]
    assert judge_access(subject, target, rules).allowed <= (
        judge_access(subject, target, more).allowed
    )


def test_people_no_rule_names_share_one_key() -> None:
    rules = [Rule(1, "deny", team=2), Rule(2, "allow", user=7)]
    keys = {relevant(Subject(user, frozenset({1, user})), 1, rules) for user in range(100, 200)}
    assert keys == {Subject(None, frozenset({1}))}


def test_named_person_and_named_team_are_kept() -> None:
    rules = [Rule(1, "deny", team=2), Rule(2, "allow", user=7)]
    assert relevant(Subject(7, frozenset({2, 3})), 1, rules) == Subject(7, frozenset({2}))
