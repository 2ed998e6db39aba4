"""Celery's way to the work that comes again."""

from celery import shared_task
from django.db import close_old_connections

from mcphub import chores


@shared_task(name=chores.TASK)  # type: ignore[untyped-decorator]
def chore(name: str) -> None:
    """Do a chore, unless another process has just done it."""
    try:
        chores.do(name)
    finally:
        close_old_connections()
