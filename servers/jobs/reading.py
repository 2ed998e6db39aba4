"""Reads of jobs: by whom they may be read is the question of every one."""

import re
import uuid
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import NamedTuple

from django.db.models import Q
from django.utils import timezone

from servers.jobs.facts import Held, Seen, held, seen
from servers.models import Job

A_PAGE = 50
UNREAD = ("arguments", "caller", "answers")
"""What may be large, and is told to nobody who watches."""
_NAME = re.compile(r"[0-9a-f]{32}")
LEFT_SECONDS = 600.0
"""How long after its end the answer of a job waits for the client of a stream that nobody has any more."""


class Left(NamedTuple):
    """A job whose client waited on a stream: how it stands, the encoded id of the call, how far it was."""

    job: Held
    request_id: bytes
    progress: float | None


def seen_of(public_id: str) -> Seen | None:
    """Return a job as its watchers see it, None if there is none."""
    job = Job.objects.filter(public_id=public_id).defer(*UNREAD).first()
    return None if job is None else seen(job)


def task_of(server: uuid.UUID, user: int | None, public_id: str) -> Held | None:
    """Return a task of a server that is this user's, or nobody's if it was nobody who asked for it."""
    return next(iter(tasks_named(server, user, [public_id])), None)


def tasks_named(server: uuid.UUID, user: int | None, names: Iterable[str]) -> Sequence[Held]:
    """Return those of these tasks that are this user's; what cannot be a name is not looked for."""
    known = [name for name in names if _NAME.fullmatch(name)]
    mine = Job.objects.filter(server__public_id=server, user=user, is_task=True)
    return [
        held(job) for job in mine.filter(public_id__in=known).select_related("entry").defer(*UNREAD)
    ]


def left_on(session: str, stream: str) -> Left | None:
    """Return the job whose client waits on a stream of its session; None for none, or too late."""
    lately = timezone.now() - timedelta(seconds=LEFT_SECONDS)
    waited = Job.objects.filter(session=session, stream=stream).exclude(stream="")
    waited = waited.filter(Q(ended_at=None) | Q(ended_at__gt=lately))
    job = waited.select_related("entry").defer("result", *UNREAD).first()
    if job is None:
        return None
    return Left(held(job, whole=False), job.request_id.encode(), job.progress)


def tasks_of(server: uuid.UUID, user: int, before: int | None) -> Sequence[Held]:
    """Return a page of a user's tasks on a server, the newest first, and one more if there is any."""
    mine = Job.objects.filter(server__public_id=server, user=user, is_task=True)
    mine = mine.filter(pk__lt=before) if before is not None else mine
    mine = mine.select_related("entry").defer("result", *UNREAD)
    return [held(job, whole=False) for job in mine.order_by("-pk")[: A_PAGE + 1]]
