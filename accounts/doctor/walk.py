"""The walk: step after step until one fails; what does not depend on the failed one is walked yet."""

from collections.abc import Callable, Iterator

from accounts.doctor.case import Case
from accounts.doctor.findings import Failed, Finding, Skipped, Status, StepResult
from accounts.doctor.steps.address import reach
from accounts.doctor.steps.authorize import authorize
from accounts.doctor.steps.call import call
from accounts.doctor.steps.challenge import challenge
from accounts.doctor.steps.metadata import metadata
from accounts.doctor.steps.registration import registration
from accounts.doctor.steps.token import hand_back, token

STEPS: tuple[tuple[str, Callable[[Case], str]], ...] = (
    ("address", reach),
    ("challenge", challenge),
    ("metadata", metadata),
    ("registration", registration),
    ("authorize", authorize),
    ("token", token),
    ("call", call),
    ("revocation", hand_back),
)
NOT_REACHED = "not reached"


def examine(case: Case) -> Iterator[StepResult]:
    """Walk, and yield how each step went as soon as it is known."""
    ended = ""
    for name, act in STEPS:
        if ended and not _goes_on(case, name, ended):
            yield StepResult(name, Status.SKIPPED, NOT_REACHED)
            continue
        result, ends = _take(case, name, act)
        ended = ended or (name if ends else "")
        yield result


def _goes_on(case: Case, name: str, ended: str) -> bool:
    """Tell whether a step can be taken although an earlier one ended the way in."""
    if name == "revocation":
        return case.own_token
    return name == "call" and ended != "address" and bool(case.token or case.public)


def _take(case: Case, name: str, act: Callable[[Case], str]) -> tuple[StepResult, bool]:
    """Take one step; return how it went, and whether the way ends there."""
    case.findings, ends = [], False
    try:
        text = act(case)
    except Skipped as skipped:
        return StepResult(name, Status.SKIPPED, str(skipped)), False
    except Failed as error:
        case.fault(error.code, error.detail)
        text, ends = "", True
    faults = [finding for finding in case.findings if not finding.mild]
    text = faults[-1 if ends else 0].fault.what if faults else text
    return StepResult(name, _status(faults), text, tuple(_worst_first(case.findings, ends))), ends


def _status(faults: list[Finding]) -> Status:
    return Status.FAILED if faults else Status.OK


def _worst_first(findings: list[Finding], ends: bool) -> list[Finding]:
    """Return the findings in the order to tell them: what ended the step before all else."""
    ordered = findings[-1:] + findings[:-1] if ends else findings
    return sorted(ordered, key=lambda finding: finding.mild)
