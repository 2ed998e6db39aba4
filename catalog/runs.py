"""How a tool runs: within its call, or as a job that outlives it. Pure.

A definition says it under `execution`, whose `taskSupport` is the specification's (2025-11-25
server/tools); the rest is the hub's own and leaves it nowhere.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class Runs(StrEnum):
    """What happens to a call of a tool."""

    INLINE = "inline"
    """It runs within its call."""
    HANDOVER = "handover"
    """It begins within its call, and goes on as a job where its function says so."""
    AUTO = "auto"
    """It is a job, answered like a call if it ends soon."""
    JOB = "job"
    """It is a job; a client that cannot hold a task waits on its stream."""
    TASK = "task"
    """It is a job, and only for clients that can hold a task."""


RUNS_WORDS: dict[Runs, str] = {
    Runs.INLINE: "within the call",
    Runs.HANDOVER: "within the call, and as a job once its function says so",
    Runs.AUTO: "as a job, answered at once if it ends soon",
    Runs.JOB: "as a job",
    Runs.TASK: "as a job, only for clients that hold tasks",
}
REQUIRED = "required"
# How a tool runs -> what 2025-11-25 calls it; one that is not named has no task.
TASK_SUPPORT: dict[Runs, str] = {
    Runs.HANDOVER: "optional",
    Runs.AUTO: "optional",
    Runs.JOB: "optional",
    Runs.TASK: REQUIRED,
}


def execution_of(
    runs: Runs, *, retries: int = 0, heavy: bool = False, required: bool = False
) -> dict[str, Any]:
    """Return what a definition says of how its tool runs; empty for one that runs in its call.

    `retries` is how often a job that failed is begun again; `heavy` ones run in a queue of their own;
    `required` is one that begins within its call, but only for clients that can hold a task.
    """
    if runs is Runs.INLINE:
        return {}
    support = REQUIRED if required else TASK_SUPPORT[runs]
    said: dict[str, Any] = {"taskSupport": support, "runs": runs.value}
    return {
        **said,
        **({"retries": retries} if retries else {}),
        **({"heavy": True} if heavy else {}),
    }


def runs_of(definition: Mapping[str, Any]) -> Runs:
    """Return how a definition's tool runs."""
    said = definition.get("execution")
    told = said.get("runs") if isinstance(said, Mapping) else None
    return Runs(told) if told in set(Runs) else Runs.INLINE


def switched(execution: Mapping[str, Any], runs: Runs) -> dict[str, Any]:
    """Return an `execution` as a curator has it, who decides over its author."""
    known = {key: execution[key] for key in ("retries", "heavy") if key in execution}
    return execution_of(runs, **known)
