"""Celery's way to the jobs of this room."""

import logging

from celery import shared_task

from servers.jobs.ringing import TASK
from servers.jobs.workplace import NotOpen, workplace

log = logging.getLogger(__name__)


@shared_task(name=TASK)  # type: ignore[untyped-decorator]
def job(public_id: str) -> None:
    """Work on a job, if it still is to be worked on."""
    try:
        workplace.run(public_id)
    except NotOpen as error:
        log.info("a job stays in the queue, and is told again: %s", error)
