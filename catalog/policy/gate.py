"""The gate: every call and every list is judged here, by a table of checks, the first word holding.

Lists ask `judge_access` (what one may not use is not there); calls ask both, access first, so that
a lacking scope is told only to those who may know that the thing exists.
"""

from collections.abc import Callable, Sequence, Set

from catalog.policy.checks.access import check_access
from catalog.policy.checks.scope import check_scope
from catalog.policy.checks.state import check_state
from catalog.policy.facts import Facts, Rule, Subject, Target
from catalog.policy.verdict import Reason, Verdict

AccessCheck = Callable[[Subject, Target, Sequence[Rule]], Verdict | None]

ACCESS_CHECKS: tuple[AccessCheck, ...] = (check_state, check_access)
UNDECIDED = Verdict(False, Reason.NO_ACCESS, "no check decided")
SCOPE_HELD = Verdict(True, Reason.SCOPE)


def judge_access(subject: Subject, target: Target, rules: Sequence[Rule]) -> Verdict:
    """Say whether the subject may use the target, scopes aside; what no check decides is denied."""
    verdicts = (check(subject, target, rules) for check in ACCESS_CHECKS)
    return next((verdict for verdict in verdicts if verdict is not None), UNDECIDED)


def judge_scope(scopes: Set[str], required: str) -> Verdict:
    """Say whether expanded scopes reach; a denial's detail is the scope that is lacking."""
    return check_scope(scopes, required) or SCOPE_HELD


def judge(facts: Facts) -> Verdict:
    """Say whether the call may run: access first, then scope; allowed, the reason is access's."""
    access = judge_access(facts.subject, facts.target, facts.rules)
    if not access.allowed:
        return access
    scope = judge_scope(facts.scopes, facts.required_scope)
    return access if scope.allowed else scope
