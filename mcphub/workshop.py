"""A worker apart: each of its processes gets the memory that a web process has, on a loop of its own.

With a pool of processes the one that Celery starts only hands out work: it forks, so it opens nothing
that its children must not share, above all no connection to the database.
"""

import asyncio
import contextlib
import logging
import os
import socket
import threading
from typing import Any

from celery.apps.worker import Worker
from django.conf import settings
from django.db import DatabaseError, connections

from mcphub.databases import narrow
from mcphub.making import Ways
from mcphub.runtime import Runtime
from mcphub.worker_port import port
from servers.jobs import crews
from servers.jobs.crews import Crew
from servers.jobs.workplace import workplace

log = logging.getLogger(__name__)
STOP_SECONDS = 10.0


class Workshop:
    """One worker process's loop, in a thread beside Celery's."""

    crew: Crew | None = None
    """What this process belongs to, once it is known; children inherit it."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._runtime: Runtime | None = None

    def start(self, crew: Crew) -> None:
        """Begin to work on jobs, as one of a crew."""
        self._runtime = Runtime(Ways(crew=crew))
        self._thread = threading.Thread(target=self._run, name="workshop", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Let jobs go, and write what is not yet written."""
        loop, runtime = self._loop, self._runtime
        if loop is None or runtime is None or not loop.is_running():
            return
        with contextlib.suppress(TimeoutError):  # a tool holds the loop
            asyncio.run_coroutine_threadsafe(_end(runtime), loop).result(STOP_SECONDS)
        loop.call_soon_threadsafe(loop.stop)

    def _run(self) -> None:
        self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)
        assert self._runtime is not None  # set before the thread began
        try:
            self._loop.run_until_complete(self._runtime.start())
        except Exception:  # a door: without its memory the process is of no use
            log.exception("the worker could not start")
            os._exit(1)
        self._loop.run_forever()


async def _end(runtime: Runtime) -> None:
    await runtime.drain(0)
    await runtime.stop()


workshop = Workshop()


def worker_begins(sender: Any, **_given: Any) -> None:
    """Make a worker apart known, and start in its own process if its pool has no others."""
    if not isinstance(sender, Worker):
        return  # the one of a web process
    narrow(settings.DATABASES["default"])
    told = str(getattr(sender.pool_cls, "__module__", sender.pool_cls)).rpartition(".")[2]
    pool = "threads" if told == "thread" else told
    slots = int(sender.concurrency)
    workshop.crew = Crew(f"{socket.gethostname()}:{os.getpid()}", pool, slots)
    if settings.WORKER_PORT:
        port.open()
    if pool not in {"prefork", "processes"}:
        workshop.start(workshop.crew)


def child_begins(**_given: Any) -> None:
    """Start in a child of a pool of processes."""
    assert workshop.crew is not None  # the parent knows it before it forks
    port.left()
    workplace.alone(settings.JOB_MEMORY_MB)
    workshop.start(workshop.crew._replace(member=str(os.getpid())))


def child_ends(**_given: Any) -> None:
    """Stop in a child."""
    workshop.stop()


def worker_ends(**_given: Any) -> None:
    """Stop, and say so: of a worker's processes only the first knows that it is the end."""
    workshop.stop()
    if workshop.crew is not None:
        with contextlib.suppress(DatabaseError):
            crews.leave(workshop.crew)
        connections.close_all()
