"""Celery's consumer as a worker of the hub has it: back soon after its broker is, or its connection died.

It sends the broker nothing beside: what is sent over a dead connection is waited for.
"""

import time
from typing import Any

from celery.worker.consumer import Consumer as CelerysConsumer
from celery.worker.state import maybe_shutdown

FIRST_PAUSE, LONGER, LONGEST_PAUSE = 0.5, 0.5, 2.0
"""Seconds between attempts to connect; Celery's own grow to 30."""
LOOK_SECONDS, DEAF_SECONDS = 1.0, 5.0
"""How often its loop says that it goes round, and after how long without that it does not."""


class Ear:
    """Whether this process's consumer hears its broker."""

    _heard_at = float("-inf")

    def listen(self) -> None:
        """Say that it is connected, and looks at what comes."""
        self._heard_at = time.monotonic()

    def lose(self) -> None:
        """Say that its connection is gone."""
        self._heard_at = float("-inf")

    def hears(self) -> bool:
        """Return whether it does."""
        return time.monotonic() - self._heard_at < DEAF_SECONDS


ear = Ear()


class Consumer(CelerysConsumer):  # type: ignore[misc]
    """Takes messages of jobs and chores, and has nothing to say to other workers: all is in the rows."""

    def __init__(self, *given: Any, worker_options: Any = None, **named: Any) -> None:
        """Begin, without what Celery's workers tell each other."""
        alone = dict.fromkeys(("without_gossip", "without_mingle", "without_heartbeat"), True)
        super().__init__(*given, worker_options={**(worker_options or {}), **alone}, **named)

    def register_with_event_loop(self, hub: Any) -> None:
        """Begin to look at what comes, and to say so."""
        super().register_with_event_loop(hub)
        hub.call_repeatedly(LOOK_SECONDS, ear.listen)

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        """Let go of a connection that broke."""
        ear.lose()
        super().on_connection_error_after_connected(exc)

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
