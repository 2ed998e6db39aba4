"""What an author says of how a tool runs -> `execution` of its definition (catalog.runs)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from catalog.authoring.cautions import names_in
from catalog.authoring.errors import AuthoringError
from catalog.runs import Runs, execution_of

Job = bool | Literal["auto", "required"]
MOST_RETRIES = 10
HANDS_OVER = "as_job"
_SAID: dict[Any, Runs] = {
    False: Runs.INLINE,
    True: Runs.JOB,
    "auto": Runs.AUTO,
    "required": Runs.TASK,
}


def execution_said(
    function: Callable[..., Any],
    job: Job,
    retries: int,
    heavy: bool,
    annotations: Mapping[str, bool],
) -> dict[str, Any]:
    """Return the `execution` of a tool; one whose function calls `as_job` hands itself over.

    `annotations` are its hints as MCP names them. AuthoringError for what could not be done.
    """
    name = getattr(function, "__name__", "tool")
    runs = _SAID.get(job) if isinstance(job, bool | str) else None
    if runs is None:
        raise AuthoringError(f'{name}: job is True, False, "auto" or "required"')
    required = runs is Runs.TASK
    code = getattr(function, "__code__", None)  # what is no function is refused elsewhere
    if runs in {Runs.INLINE, Runs.TASK} and code and HANDS_OVER in names_in(code):
        runs = Runs.HANDOVER
    if not isinstance(retries, int) or not 0 <= retries <= MOST_RETRIES:
        raise AuthoringError(f"{name}: retries is a whole number from 0 to {MOST_RETRIES}")
    if (retries or heavy) and runs is Runs.INLINE:
        raise AuthoringError(f"{name}: retries and heavy are for jobs; say job=True")
    harmless = annotations.get("readOnlyHint") or annotations.get("idempotentHint")
    if retries and not harmless:
        raise AuthoringError(f"{name}: only what is read_only or idempotent can be retried")
    return execution_of(runs, retries=retries, heavy=heavy, required=required)
