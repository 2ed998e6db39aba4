"""Who may use what: facts in, a verdict with a reason out. Pure: no Django, no clock, no I/O."""

from catalog.policy.facts import Facts, Rule, Subject, Target
from catalog.policy.gate import judge, judge_access, judge_scope
from catalog.policy.relevance import relevant
from catalog.policy.scopes import required_scope
from catalog.policy.verdict import Reason, Verdict

__all__ = [
    "Facts",
    "Reason",
    "Rule",
    "Subject",
    "Target",
    "Verdict",
    "judge",
    "judge_access",
    "judge_scope",
    "relevant",
    "required_scope",
]
