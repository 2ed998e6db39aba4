"""What the hub answers a case: the door first, then the gate."""

from typing import NamedTuple

from catalog.policy.explaining.case import Case, Known
from catalog.policy.explaining.lines import Line, at_door, lines
from catalog.policy.gate import judge
from catalog.policy.verdict import Reason


class Answer(NamedTuple):
    """Whether it is let through, why in the trail's word or the door's, and by which access rule."""

    allowed: bool
    why: str
    rule: int | None = None


def answer(case: Case) -> Answer:
    """Return what the hub answers; whom the door lets in is judged by the gate and nothing else."""
    refused = next((line for line in at_door(case) if not line.holds), None)
    if refused is not None:
        return Answer(False, refused.why)
    if case.known != Known.SERVED and case.facts.target.server_enabled:
        return Answer(False, Reason.UNKNOWN)
    verdict = judge(case.facts)
    return Answer(verdict.allowed, verdict.reason, verdict.rule)


def refusing(case: Case) -> Line | None:
    """Return the first line that refuses, None if every line holds."""
    return next((line for line in lines(case) if not line.holds), None)
