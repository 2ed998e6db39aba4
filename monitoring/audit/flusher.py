"""The background thread that flushes one Writer and seals its chain.

It sleeps while nothing is queued, writes at most every 200 ms, and seals every 10 s while events
come. At the end it drains the queue; what even then cannot be written is counted in the log.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable

from django.db import Error, close_old_connections, connections

from monitoring.errors import MonitoringError

from .event import Event
from .seals import INTERVAL, write_seal
from .writer import Writer

PAUSE = 0.2
"""Seconds between two flushes: the loss window of a process that is killed."""
IDLE_CHECK = 10.0
RETRY = 1.0
DRAIN_TRIES = 5

Source = Callable[[bool], Iterable[Event]]
"""Gives events that were counted together; True means everything, the process ends."""

logger = logging.getLogger("mcphub.audit")
sources: list[Source] = []
after_flush: list[Callable[[], None]] = []
"""What else this thread writes, after the events; each sees to its own outages."""


class Flusher:
    """One thread with its own database connection (Django gives each thread one)."""

    def __init__(self, writer: Writer) -> None:
        """Prepare for `writer`; nothing runs before start()."""
        self.writer = writer
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._seal_due = 0.0
        self._sealed_seq = 0
        self._down = False

    def start(self) -> None:
        """Begin to flush in the background; a second call does nothing."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="audit-flusher", daemon=True)
            self._thread.start()

    def stop(self, timeout: float) -> None:
        """Drain, seal and end the thread, waiting `timeout` seconds at most."""
        self._stopping.set()
        self.writer.wake.set()
        if self._thread is None:
            self._drain()
        else:
            self._thread.join(timeout)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._await_work()
            self._round(final=False)
            close_old_connections()
        self._drain()
        connections.close_all()

    def _await_work(self) -> None:
        writer = self.writer
        writer.wake.clear()
        writer.asleep = True
        if not writer.depth() and not self._stopping.is_set():
            writer.wake.wait(IDLE_CHECK)
        writer.asleep = False
        self._stopping.wait(RETRY if self._down else PAUSE)

    def _drain(self) -> None:
        for _ in range(DRAIN_TRIES):
            if self._round(final=True):
                return
            time.sleep(PAUSE)
        logger.critical("%d audit events could not be written", self.writer.depth())

    def _round(self, *, final: bool) -> bool:
        """Collect, flush and seal once; an outage is logged when it begins and when it ends."""
        try:
            self.writer.flush()
            self._collect(final)
            self.writer.flush()
            self._seal(final)
            for act in after_flush:
                act()
        except (MonitoringError, Error) as fault:
            self._note_outage(fault)
            return False
        except Exception:  # a door: a bug here must not end the trail
            logger.exception("the audit flusher failed")
            self._down = True
            return False
        if self._down:
            logger.warning("the audit trail is written again")
        self._down = False
        return True

    def _collect(self, final: bool) -> None:
        for source in sources:
            for event in source(final):
                self.writer.record(event)

    def _seal(self, final: bool) -> None:
        head = self.writer.head
        if head.seq == self._sealed_seq or (time.monotonic() < self._seal_due and not final):
            return
        if write_seal(head, force=final):
            self._sealed_seq = head.seq
        self._seal_due = time.monotonic() + INTERVAL.total_seconds()

    def _note_outage(self, fault: Exception) -> None:
        if not self._down:
            logger.error("the audit trail is not written now: %s", type(fault).__name__)
        self._down = True
