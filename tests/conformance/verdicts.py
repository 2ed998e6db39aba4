"""What a run of the suite says of each scenario, read from the files it leaves."""

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FAILED = {"FAILURE", "WARNING"}
"""A warning is an unmet SHOULD; the hub means to meet those."""
SHAPES = "wire-schema-"
"""How the checks are called that every scenario gets: alone they prove nothing of it."""
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
LONGEST = 300


@dataclass(frozen=True)
class Verdict:
    """How one scenario ended; `problems` are sentences, empty if it passed."""

    scenario: str
    checks: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether every check holds, and any was made."""
        return not self.problems


def verdict(
    scenario: str,
    results: Path,
    log: str,
    kind: str = "server",
    expected: frozenset[str] = frozenset(),
) -> Verdict:
    """Return how a scenario ended, from the folder of a run and what that printed.

    `kind` is what was tested; warnings of the checks in `expected` are no problems.
    """
    checks = _checks(f"{kind}-{scenario}", results)
    if checks is None:
        return Verdict(scenario, problems=[f"no result: {_reason(scenario, log)}"])
    counts = Counter(check["status"] for check in checks)
    problems = [_problem(each) for each in checks if _is_unmet(each, expected)]
    if not problems and not any(_proves(check) for check in checks):
        problems = ["nothing was tested"]
    return Verdict(scenario, dict(counts), problems)


def _checks(run: str, results: Path) -> list[dict[str, Any]] | None:
    """Return the checks that a run left, None if it left none."""
    name = re.compile(rf"{re.escape(run)}-\d{{4}}-\d\d-\d\dT.*")
    files = [path for path in results.glob("*/checks.json") if name.fullmatch(path.parent.name)]
    if not files:
        return None
    return [check for path in sorted(files) for check in json.loads(path.read_text("utf-8"))]


def _is_unmet(check: dict[str, Any], expected: frozenset[str]) -> bool:
    excused = check["status"] == "WARNING" and check["id"] in expected
    return check["status"] in FAILED and not excused


def _proves(check: dict[str, Any]) -> bool:
    return check["status"] == "SUCCESS" and not check["id"].startswith(SHAPES)


def _problem(check: dict[str, Any]) -> str:
    said = check.get("errorMessage") or check.get("description") or ""
    return f"{check['status'].lower()} {check['id']}: {said}"[:LONGEST]


def _reason(scenario: str, log: str) -> str:
    """Return what the run printed of a scenario that broke off."""
    lines = COLOUR.sub("", log).strip().splitlines()
    named = [line for line in lines if f"Failed to run scenario {scenario}:" in line]
    return (named or [line for line in lines if "error" in line.lower()] or lines or [""])[-1][
        :LONGEST
    ]
