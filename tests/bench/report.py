"""What was found, as a table for people and as JSON for whoever compares runs."""

import json
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from tests.bench.scenarios import Finding

HEAD = (
    f"{'':<20}{'req/s':>8}{'p50 ms':>8}{'p99 ms':>8}{'CPU us':>8}{'x CPU':>8}{'x req/s':>9}  wrong"
)


def show(finding: Finding) -> None:
    """Print one finding."""
    lines = ["", finding.title, *([HEAD] if finding.rows else [])]
    for row in finding.rows:
        lines.append(
            f"{row.name:<20}{row.rate:>8.0f}{row.p50:>8.2f}{row.p99:>8.2f}{row.cpu:>8.1f}"
            f"{row.cpu_ratio:>8.2f}{row.rate_ratio:>9.2f}  {row.wrong}"
        )
        if row.problem:
            lines.append(f"  such as: {row.problem}")
    lines += [f"{name:<32}{value:>8.1f}" for name, value in finding.figures.items()]
    if finding.missing_rows:
        lines.append(f"AUDIT: {finding.missing_rows} calls have no row")
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def write(findings: dict[str, Finding], folder: Path) -> Path:
    """Write all findings as JSON and return the file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "bench.json"
    content = {"machine": _machine(), "findings": {k: asdict(f) for k, f in findings.items()}}
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")
    return path


def good(findings: Sequence[Finding]) -> bool:
    """Return whether every answer was right and every call has its audit row."""
    wrong = sum(row.wrong for finding in findings for row in finding.rows)
    return not wrong and not any(finding.missing_rows for finding in findings)


def _machine() -> dict[str, object]:
    """Return what the figures depend on."""
    return {
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load": os.getloadavg(),
        "machine": platform.machine(),
    }
