"""What `make conformance` tells: lines for people, a file for machines."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

from tests.conformance.suite import SUITE
from tests.conformance.verdicts import Verdict

Findings = dict[str, dict[str, list[Verdict]]]
"""Server -> revision -> how each scenario ended."""


def show(revision: str, verdicts: list[Verdict]) -> None:
    """Print how a revision did, and what of it failed."""
    passed = sum(each.passed for each in verdicts)
    sys.stdout.write(f"{revision} {passed}/{len(verdicts)}\n")
    for each in verdicts:
        for problem in each.problems:
            sys.stdout.write(f"  {each.scenario}: {problem}\n")
    sys.stdout.flush()


def good(findings: Findings) -> bool:
    """Return whether anything was run, and all of it passed."""
    runs = [verdicts for revisions in findings.values() for verdicts in revisions.values()]
    return bool(runs) and all(run and all(each.passed for each in run) for run in runs)


def write(findings: Findings, folder: Path, name: str = "conformance.json") -> Path:
    """Write it all as JSON, and return the file."""
    servers = {
        server: {revision: _facts(verdicts) for revision, verdicts in revisions.items()}
        for server, revisions in findings.items()
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(
        json.dumps({"suite": " ".join(SUITE.wanted), "servers": servers}, indent=1) + "\n",
        encoding="utf-8",
    )
    return path


def _facts(verdicts: list[Verdict]) -> dict[str, object]:
    return {
        "passed": sum(each.passed for each in verdicts),
        "total": len(verdicts),
        "scenarios": [{**asdict(each), "passed": each.passed} for each in verdicts],
    }
