"""Celery's worker and beat in threads of the web process: what a hub without a broker works with."""

import os
import socket
import threading
from typing import Any

from celery.beat import EmbeddedService, Scheduler
from django.conf import settings

STOP_SECONDS = 1.0


class EmbeddedWorker:
    """One process's worker, and its beat unless it leaves the chores to others."""

    def __init__(self, app: Any, *, beats: bool) -> None:
        self._app = app
        self._worker: Any = None
        # No file of its own: what was done when is in the database.
        self._beat = EmbeddedService(app, thread=True, scheduler_cls=Scheduler) if beats else None
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)

    def start(self) -> None:
        """Begin to take jobs and to call for chores; returns at once."""
        self._thread.start()
        if self._beat is not None:
            self._beat.daemon = True
            self._beat.start()

    def stop(self) -> None:
        """Take no more; what is under way was handed back before."""
        if self._beat is not None:
            self._beat.service.stop()
        if self._worker is not None:  # it waits for what runs, and the end of the process must not
            ending = threading.Thread(target=self._worker.stop, name="worker-end", daemon=True)
            ending.start()
            ending.join(STOP_SECONDS)
        self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        """Work; made in the thread, as Celery closes database connections of the one it is made in."""
        self._worker = self._app.WorkController(
            hostname=f"{os.getpid()}@{socket.gethostname()}",
            pool_cls="threads",
            concurrency=settings.JOB_SLOTS + 1,  # one for chores
            loglevel="WARNING",
            without_heartbeat=True,
        )
        self._worker.start()
