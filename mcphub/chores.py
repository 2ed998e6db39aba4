"""Work that comes again, once however many processes there are: Celery beat calls for it, a row decides.

Web processes and workers do what is overdue themselves: a broker that is away, or a beat that nobody
started, must not leave jobs with workers that are gone.
"""

import contextlib
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from accounts.services import expire_clients, sweep_attempts
from accounts.services.expiring import sweep_tokens
from monitoring import usage
from monitoring.errors import MonitoringError
from monitoring.recorded import keeping as recorded
from servers import sse_clients
from servers.jobs import crews, reaping
from servers.jobs.ringing import ringer
from servers.jobs.states import REAP_SECONDS
from servers.kept.expiry import sweep
from servers.models import Chore

log = logging.getLogger(__name__)
TASK = "mcphub.chore"
QUEUE = "chores"
OVERDUE = 1.4
"""After so many times its seconds a chore is overdue."""


class Every(NamedTuple):
    """What to do, and how often, in seconds."""

    seconds: float
    act: Callable[[], object]


CHORES: dict[str, Every] = {
    "reap": Every(REAP_SECONDS, partial(reaping.reap, ringer.ring_again)),
    "sweep_workers": Every(60.0, crews.sweep),
    "purge_jobs": Every(60.0, reaping.purge),
    "sweep_kept": Every(60.0, sweep),
    "sweep_attempts": Every(60.0, sweep_attempts),
    "sweep_tokens": Every(60.0, sweep_tokens),
    "compact_usage": Every(60.0, usage.compact),
    "sweep_recorded": Every(60.0, recorded.sweep),
    "expire_clients": Every(60.0, expire_clients),
    "sweep_sse_clients": Every(3600.0, sse_clients.sweep),
}


def do(name: str) -> bool:
    """Do a chore if it is time; return whether it was. One that fails is logged, and comes again."""
    every = CHORES[name]
    if not _claim(name, every.seconds):
        return False
    try:
        every.act()
    except (DatabaseError, MonitoringError) as error:
        log.warning("%s was not done: %s", name, error)
    return True


def do_overdue() -> None:
    """Do what nobody has done for too long."""
    with contextlib.suppress(DatabaseError):
        begun = dict(Chore.objects.values_list("name", "begun_at"))
        now = timezone.now()
        for name, every in CHORES.items():
            late = now - timedelta(seconds=OVERDUE * every.seconds)
            if begun.get(name, late) <= late:
                do(name)


def ring_due() -> None:
    """Announce again what waits: a worker that begins may have been told of it long ago, or not at all."""
    with contextlib.suppress(DatabaseError):
        reaping.ring_due(ringer.ring_again)


def schedule() -> dict[str, dict[str, object]]:
    """Return what Celery beat calls for."""
    return {
        name: {
            "task": TASK,
            "schedule": every.seconds,
            "args": (name,),
            "options": {"queue": QUEUE, "expires": every.seconds, "ignore_result": True},
        }
        for name, every in CHORES.items()
    }


def _claim(name: str, seconds: float) -> bool:
    """Claim a chore for this process; return whether it is time, and nobody else has."""
    now = timezone.now()
    before = now - timedelta(seconds=0.9 * seconds)
    if Chore.objects.filter(name=name, begun_at__lte=before).update(begun_at=now):
        return True
    if Chore.objects.filter(name=name).exists():
        return False
    return _first(name, now)


def _first(name: str, now: datetime) -> bool:
    try:
        with transaction.atomic():
            Chore.objects.create(name=name, begun_at=now)
    except IntegrityError:
        return False
    return True
