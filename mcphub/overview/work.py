"""How the work stands, as the first page shows it: the queue, its workers, and what is wrong with them."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import timezone

from servers.jobs import looking
from servers.jobs.looking import Depth, Working
from servers.jobs.said import lasted

SHOWN = 6
"""Workers that the first page names."""
NOBODY = "Jobs wait, and no worker is alive"
SLOW = "Jobs wait long for a worker"
START = "Start one: celery -A mcphub worker. What was accepted waits in the database until then."
EMBEDDED = (
    "The web processes do the jobs of this hub: restart one that hangs. What was accepted waits."
)
MORE = "All workers are busy, or do not serve this queue: start more, or give them more slots."


@dataclass(frozen=True, slots=True)
class Heard:
    """A worker as the page shows it."""

    name: str
    pool: str
    slots: int
    busy: int
    alive: bool
    ago: str


def shown() -> dict[str, Any]:
    """Return what the template shows."""
    now = timezone.now()
    depth, workers = looking.depth(), looking.workers(now)
    warning, remedy = _warned(depth, workers)
    waits = "-" if depth.oldest is None else lasted((now - depth.oldest).total_seconds())
    return {
        "numbers": [
            ("Queued", depth.queued, "?is=queued"),
            ("Oldest waits for", waits, ""),
            ("Working", depth.working, "?is=working"),
            ("Wait for answers", depth.waiting, "?is=waiting"),
            ("Workers", sum(worker.alive for worker in workers), ""),
        ],
        "workers": [
            Heard(*worker[:4], worker.alive, lasted((now - worker.seen_at).total_seconds()))
            for worker in workers[:SHOWN]
        ],
        "more": max(0, len(workers) - SHOWN),
        "warning": warning,
        "remedy": remedy,
    }


def _warned(depth: Depth, workers: list[Working]) -> tuple[str, str]:
    """Return what is wrong, and what helps; nothing while all is well."""
    if depth.queued and not any(worker.alive for worker in workers):
        return NOBODY, EMBEDDED if settings.JOBS_EMBEDDED else START
    if depth.oldest is not None and timezone.now() - depth.oldest > looking.LATE:
        return SLOW, MORE
    return "", ""
