"""Answers to the questions of a job: kept as they come; with the last one it goes on."""

import json
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from servers.jobs.ending import requeue
from servers.jobs.fitting import misfit
from servers.jobs.marking import mark
from servers.jobs.states import State
from servers.models import Job
from servers.protocol.errors import invalid_params


@transaction.atomic
def answer(public_id: str, responses: Mapping[str, Any]) -> Job | None:
    """Keep answers; return the job if it goes on, to be rung. Those to nothing that is open are ignored.

    Raises ProtocolError for an answer that is none, and then keeps none of them.
    """
    job = Job.objects.select_for_update().filter(public_id=public_id, state=State.WAITING).first()
    if job is None:
        return None
    asked, answers = json.loads(job.asked), json.loads(job.answers or "{}")
    given = {key: responses[key] for key in asked if key in responses}
    for key, response in given.items():
        if wrong := misfit(asked[key], response):
            raise invalid_params(f"The answer to {key[:100]!r} does not fit: {wrong}.")
    if not given:
        return None
    job.answers = json.dumps({**answers, **{k: [asked[k]["digest"], v] for k, v in given.items()}})
    job.asked = json.dumps({key: one for key, one in asked.items() if key not in given})
    job.updated_at = timezone.now()
    job.save(update_fields=["answers", "asked", "updated_at"])
    mark(job, "answered")
    if len(given) < len(asked):
        return None
    requeue(job, 0.0)
    return job
