"""A walk as a person reads it: a line a step, and under what failed why and the fix. Pure."""

import textwrap
from collections.abc import Iterator

from accounts.doctor.findings import Finding, Status, StepResult

MARKS = {Status.OK: "✓", Status.FAILED: "✗", Status.SKIPPED: "-"}
WIDTH = 100


def lines(result: StepResult) -> Iterator[str]:
    """Yield what is printed of a step: one line, and below it what is behind it."""
    if result.status != Status.FAILED:
        yield f"{MARKS[result.status]} {result.step}: {result.text}"
    for finding in result.findings:
        mark = "!" if finding.mild else MARKS[Status.FAILED]
        yield f"{mark} {result.step}: {finding.fault.what} [{finding.code}]"
        yield from _explained(finding)


def _explained(finding: Finding) -> Iterator[str]:
    """Yield what was seen, why it is so, and how it is put right."""
    if finding.detail:
        yield f"    seen: {finding.detail}"
    for name, text in (("why", finding.fault.why), ("fix", finding.fault.fix)):
        yield from textwrap.wrap(
            text, WIDTH, initial_indent=f"    {name}:  ", subsequent_indent=" " * 10
        )
