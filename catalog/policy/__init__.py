"""Who may use what: facts in, a verdict with a reason out. Pure: no Django, no clock, no I/O."""

from catalog.policy.facts import Facts, Rule, Subject, Target
from catalog.policy.gate import judge, judge_access, judge_scope, judge_stop
from catalog.policy.relevance import relevant
from catalog.policy.scopes import required_scope
from catalog.policy.stops import Stop, Touched, stop_on
from catalog.policy.verdict import Reason, Verdict

__all__ = [
    "Facts",
    "Reason",
    "Rule",
    "Stop",
    "Subject",
    "Target",
    "Touched",
    "Verdict",
    "judge",
    "judge_access",
    "judge_scope",
    "judge_stop",
    "relevant",
    "required_scope",
    "stop_on",
]
