"""A job once more: a new one for the same caller, with the same arguments and the same answers.

What its tool did once (`ctx.once`) and finished is not repeated; a step that was only begun is begun again.
"""

import json
from typing import Any

from catalog.models import Definition
from servers.jobs.accepting import Wanted, accept, new_name
from servers.jobs.boxes import closed, opened
from servers.jobs.callers import read_caller
from servers.jobs.handing import AS_JOB, UNHELD_MS
from servers.kept.steps import DONE
from servers.models import CallStep, Job

SAME = (
    *("name", "via", "sha256", "scope", "runs", "queue", "revision", "abilities", "log_level"),
    *("trace_id", "is_task", "is_repeatable", "seconds", "answers"),
)
"""What a new job has from the one before; not the session and the token of a request that is over."""


def accept_again(job: Job) -> Job:
    """Return a new job like one that has ended, queued; raises TooManyJobs, Unreadable."""
    name, retries = new_name(), _retries(job)
    kept_ms = round((job.expires_at - job.created_at).total_seconds() * 1000)
    needed_ms = round(job.seconds * 1000 * (1 + retries)) + UNHELD_MS
    return accept(
        Wanted(
            name=name,
            server=job.server.public_id,
            entry=job.entry.public_id,
            caller=read_caller(job.caller),
            owner=job.owner,
            ttl_ms=max(kept_ms, needed_ms),
            row={
                **{field: getattr(job, field) for field in SAME},
                "arguments": closed(opened(job.arguments, job.public_id), name),
                "retries_left": retries,
            },
            steps=_steps(job),
        )
    )


def _steps(job: Job) -> dict[str, str]:
    """Return the steps of a job that are done."""
    done = CallStep.objects.filter(call=job.call, state=DONE).exclude(key=AS_JOB)
    return dict(done.values_list("key", "value"))


def _retries(job: Job) -> int:
    """Return how often its author lets it begin again."""
    body = Definition.objects.filter(pk=job.sha256).values_list("body", flat=True).first()
    if body is None or not job.is_repeatable:
        return 0
    said: Any = json.loads(body).get("execution") or {}
    return int(said.get("retries", 0))
