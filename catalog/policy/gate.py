"""The gate: every call and every list is judged here, by a table of checks, the first word holding.

Lists ask `judge_access` (what one may not use is not there); calls ask all of `CALL_STEPS`. Access
comes first, so that a stop and a lacking scope are told only to those who may know that the thing
exists; a stop before the scope, since no person should be asked for leave that is of no use now.
"""

from collections.abc import Callable, Sequence, Set

from catalog.policy.checks.access import check_access
from catalog.policy.checks.scope import check_scope
from catalog.policy.checks.state import check_state
from catalog.policy.checks.stop import check_stop
from catalog.policy.facts import Facts, Rule, Subject, Target
from catalog.policy.stops import Stop
from catalog.policy.verdict import Reason, Verdict

AccessCheck = Callable[[Subject, Target, Sequence[Rule]], Verdict | None]

ACCESS_CHECKS: tuple[AccessCheck, ...] = (check_state, check_access)
UNDECIDED = Verdict(False, Reason.NO_ACCESS, "no check decided")
NOT_STOPPED = Verdict(True, Reason.STOPPED, "nothing stops it")
SCOPE_HELD = Verdict(True, Reason.SCOPE)


def judge_access(subject: Subject, target: Target, rules: Sequence[Rule]) -> Verdict:
    """Say whether the subject may use the target, scopes aside; what no check decides is denied."""
    verdicts = (check(subject, target, rules) for check in ACCESS_CHECKS)
    return next((verdict for verdict in verdicts if verdict is not None), UNDECIDED)


def judge_stop(stop: Stop | None) -> Verdict:
    """Say whether nothing that is stopped is about the call; a denial's detail is the reason."""
    return check_stop(stop) or NOT_STOPPED


def judge_scope(scopes: Set[str], required: str) -> Verdict:
    """Say whether expanded scopes reach; a denial's detail is the scope that is lacking."""
    return check_scope(scopes, required) or SCOPE_HELD


CALL_STEPS: tuple[Callable[[Facts], Verdict], ...] = (
    lambda facts: judge_access(facts.subject, facts.target, facts.rules),
    lambda facts: judge_stop(facts.stop),
    lambda facts: judge_scope(facts.scopes, facts.required_scope),
)
"""What a call must pass, in this order."""


def judge(facts: Facts) -> Verdict:
    """Say whether the call may run: the first refusal holds; allowed, the reason is access's."""
    access, *others = (step(facts) for step in CALL_STEPS)
    return next((verdict for verdict in (access, *others) if not verdict.allowed), access)
