"""Celery's consumer as a worker of the hub has it: back soon after its broker is."""

from typing import Any

from celery.worker.consumer import Consumer as CelerysConsumer
from celery.worker.state import maybe_shutdown

FIRST_PAUSE, LONGER, LONGEST_PAUSE = 0.5, 0.5, 2.0
"""Seconds between attempts to connect; Celery's own grow to 30."""


class Consumer(CelerysConsumer):  # type: ignore[misc]
    """Takes messages of jobs and chores, and has nothing to say to other workers: all is in the rows."""

    def __init__(self, *given: Any, worker_options: Any = None, **named: Any) -> None:
        """Begin, without what Celery's workers tell each other."""
        alone = {**(worker_options or {}), "without_gossip": True, "without_mingle": True}
        super().__init__(*given, worker_options=alone, **named)

    def ensure_connected(self, conn: Any) -> Any:
        """Connect, for as long as it takes."""
        connected = conn.ensure_connection(
            interval_start=FIRST_PAUSE,
            interval_step=LONGER,
            interval_max=LONGEST_PAUSE,
            callback=maybe_shutdown,
        )
        self.first_connection_attempt = False
        self.broker_connection_retry_attempt = 0
        return connected
