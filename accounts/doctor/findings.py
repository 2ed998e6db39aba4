"""What the doctor finds: values, and the two ways a step ends early. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from accounts.doctor.faults import FAULTS, Fault

LONGEST_DETAIL = 300


class Status(StrEnum):
    """How a step went."""

    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"


class Failed(Exception):
    """The step goes no further, nor do those after it."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


class Skipped(Exception):
    """The step is not needed, or cannot be done; the text says why."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault that was found; a mild one is no failure."""

    code: str
    detail: str = ""
    mild: bool = False

    @property
    def fault(self) -> Fault:
        """What is known of it."""
        return FAULTS[self.code]


@dataclass(frozen=True, slots=True)
class StepResult:
    """A step of the walk: how it went, in a sentence, and what was found."""

    step: str
    status: Status
    text: str
    findings: tuple[Finding, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """Return it as `--json` prints it."""
        return {
            "step": self.step,
            "status": str(self.status),
            "reason": next((each.code for each in self.findings if not each.mild), ""),
            "text": self.text,
            "findings": [
                {
                    "code": each.code,
                    "failure": not each.mild,
                    "what": each.fault.what,
                    "why": each.fault.why,
                    "fix": each.fault.fix,
                    "detail": each.detail,
                }
                for each in self.findings
            ],
        }


@dataclass(frozen=True, slots=True)
class Report:
    """A whole walk."""

    url: str
    steps: tuple[StepResult, ...] = field(default_factory=tuple)

    @property
    def well(self) -> bool:
        """Whether no step failed."""
        return all(step.status != Status.FAILED for step in self.steps)

    def as_data(self) -> dict[str, Any]:
        """Return it as `--json` prints it."""
        return {"url": self.url, "ok": self.well, "steps": [step.as_data() for step in self.steps]}


def shown(parts: Iterable[object]) -> str:
    """Return foreign text as one line that prints, and not too long."""
    text = " ".join(str(part) for part in parts)
    line = "".join(each if each.isprintable() else " " for each in text[:LONGEST_DETAIL])
    return " ".join(line.split())
