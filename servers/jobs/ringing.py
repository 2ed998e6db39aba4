"""Tells workers that a job is due: a message of Celery's, which may be lost, as the row is the truth.

In threads of its own: a broker that hangs holds up nobody who asks for something else, and no end of
the process.
"""

import logging
import threading
from contextlib import suppress
from queue import Full, Queue
from typing import Any, NamedTuple

from celery import current_app
from kombu.exceptions import OperationalError

from servers.jobs.states import HARD_SECONDS
from servers.models import Job

log = logging.getLogger(__name__)
TASK = "mcphub.job"
THREADS = 2
MOST_WAITING = 10_000
"""Bells that wait for the broker; what is beyond is rung by the next look at the rows."""
ENOUGH = 200
"""Bells in a queue: a worker that is idle has some to take, and what waits needs no second one."""
ONCE_MORE = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}
"""A connection that has died is found by what is sent over it, which then goes over another."""


class Bell(NamedTuple):
    """What is told of a job; `again`: it was told before, and may still be in its queue."""

    public_id: str
    queue: str
    seconds: float
    again: bool


class Ringer:
    """A way to the workers."""

    def __init__(self) -> None:
        self._bells: Queue[Bell] = Queue(MOST_WAITING)
        self._lock = threading.Lock()
        self._begun = self._away = False

    def ring(self, job: Job) -> None:
        """Tell the workers of a job, soon; from any thread, after the commit."""
        self._put(Bell(job.public_id, str(job.queue), job.seconds, again=False))

    def ring_again(self, job: Job) -> None:
        """Tell them once more, unless its queue holds enough that they have not taken."""
        if self._bells.qsize() < ENOUGH:
            self._put(Bell(job.public_id, str(job.queue), job.seconds, again=True))

    def _put(self, bell: Bell) -> None:
        with suppress(Full):
            self._bells.put_nowait(bell)
        with self._lock:
            begun, self._begun = self._begun, True
        for _ in range(0 if begun else THREADS):
            threading.Thread(target=self._work, name="ring", daemon=True).start()

    def _work(self) -> None:
        while True:
            self._send(self._bells.get())

    def _send(self, bell: Bell) -> None:
        try:
            with current_app.producer_or_acquire() as producer:
                if not bell.again or _waiting(producer, bell.queue) < ENOUGH:
                    _send(producer, bell)
        except (OperationalError, OSError) as error:
            if not self._away:
                log.error("the broker is away, jobs wait: %s", type(error).__name__)
            self._away = True
        else:
            self._away = False


def _waiting(producer: Any, queue: str) -> int:
    """Return how many bells a queue holds."""

    def asked() -> int:
        bound = current_app.amqp.queues[queue](producer.channel)
        return int(bound.queue_declare().message_count)

    found: int = producer.connection.ensure(producer, asked, **ONCE_MORE)()
    return found


def _send(producer: Any, bell: Bell) -> None:
    current_app.send_task(
        TASK,
        args=(bell.public_id,),
        queue=bell.queue,
        time_limit=bell.seconds + HARD_SECONDS,
        ignore_result=True,
        producer=producer,
        retry=True,
        retry_policy=ONCE_MORE,
    )


ringer = Ringer()
"""For whatever of a process is not asked by a client."""
