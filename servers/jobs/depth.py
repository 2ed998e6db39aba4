"""How many jobs are open, and how long the oldest waits: looked up when the metrics are read.

Bounded: an index holds the open jobs alone, counting stops at a limit, and what was found stands for a
few seconds.
"""

import logging
import threading
import time

from django.db import DatabaseError
from django.utils import timezone

from monitoring import metrics
from servers.jobs.states import OPEN, State
from servers.models import Job

log = logging.getLogger(__name__)
STAND_SECONDS = 5.0
MOST_COUNTED = 100_000
_lock = threading.Lock()
_looked: list[float] = []
"""When it was looked last, by the monotonic clock."""


def measure() -> None:
    """Set the gauges, unless they have just been set; while the database is away they stand."""
    with _lock:
        if _looked and time.monotonic() - _looked[0] < STAND_SECONDS:
            return
        _looked[:] = [time.monotonic()]
    try:
        _set()
    except DatabaseError as error:
        log.warning("the jobs could not be counted: %s", error)


def forget() -> None:
    """Look again next time."""
    _looked.clear()


def _set() -> None:
    for state in OPEN:
        count = Job.objects.filter(state=state).order_by()[:MOST_COUNTED].count()
        metrics.child(metrics.jobs, str(state.value)).set(count)
    now = timezone.now()
    due = Job.objects.filter(state=State.QUEUED, lease_until__isnull=True, due_at__lte=now)
    oldest = due.order_by("due_at").values_list("due_at", flat=True).first()
    waits = 0.0 if oldest is None else (now - oldest).total_seconds()
    metrics.job_oldest_queued_seconds.set(waits)
