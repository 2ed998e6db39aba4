"""Tells workers that a job is due: a message of Celery's, which may be lost, as the row is the truth.

In threads of its own: a broker that hangs holds up nobody who asks for something else.
"""

import logging
from concurrent.futures import ThreadPoolExecutor

from celery import current_app
from kombu.exceptions import OperationalError

from servers.jobs.states import HARD_SECONDS
from servers.models import Job

log = logging.getLogger(__name__)
TASK = "mcphub.job"
THREADS = 2
MOST_WAITING = 10_000
"""Bells that wait for the broker; what is beyond is rung by the next look at the rows."""


class Ringer:
    """A way to the workers."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="ring")
        self._away = False

    def ring(self, job: Job) -> None:
        """Tell the workers of a job, soon; from any thread, after the commit."""
        if self._threads._work_queue.qsize() < MOST_WAITING:
            self._threads.submit(self._send, job.public_id, str(job.queue), job.seconds)

    def _send(self, public_id: str, queue: str, seconds: float) -> None:
        try:
            current_app.send_task(
                TASK,
                args=(public_id,),
                queue=queue,
                time_limit=seconds + HARD_SECONDS,
                ignore_result=True,
                retry=False,
            )
        except (OperationalError, OSError) as error:
            if not self._away:
                log.error("the broker is away, jobs wait: %s", type(error).__name__)
            self._away = True
        else:
            self._away = False


ringer = Ringer()
"""For whatever of a process is not asked by a client."""
