"""One process's writer: a bounded queue, and a flush that loses nothing.

The queue is filled from any thread without waiting. A flush takes from it in order, links the rows
into this process's chain and commits them; a row the database refuses becomes a marker in the same
place, a database that is down leaves everything queued.
"""

import logging
import threading
import time
from collections import deque
from typing import NoReturn

from django.db import DataError, Error, IntegrityError, connection, transaction

from monitoring import metrics
from monitoring.errors import AuditDown, AuditFull

from .callers import Callers
from .chain import Head, link, new_chain, signing_key
from .event import UNFIT, Event
from .row import Row, clean, marker
from .store import head_of, insert, strict_sync

QUEUE_LIMIT = 20_000
BATCH_ROWS = 2_000
PATIENCE = 2.0
"""Seconds the queue may be full before callers are told to stop running tools."""
REFUSED = (DataError, IntegrityError, *UNFIT)
"""Errors that speak of a row; every other database error speaks of the database."""

logger = logging.getLogger("mcphub.audit")


class Writer:
    """The queue, the chain and the flush of one process."""

    def __init__(self) -> None:
        """Begin a new chain; nothing is read or written yet."""
        self.queue: deque[tuple[float, Event]] = deque()
        self.head: Head = new_chain()
        self.full_since = 0.0
        self.asleep = False
        self.wake = threading.Event()
        self._batch: list[Row] = []
        self._callers = Callers()
        self._in_doubt = False
        self._lock = threading.Lock()

    def record(self, event: Event) -> None:
        """Queue one event without waiting; raises AuditFull when there is no place."""
        queue = self.queue
        if len(queue) >= QUEUE_LIMIT:
            self._mark_full()
            raise AuditFull("the audit queue is full")
        queue.append((event.at or time.time(), event))
        if len(queue) >= QUEUE_LIMIT:
            self._mark_full()
        if self.asleep:
            self.asleep = False
            self.wake.set()

    def accepting(self) -> bool:
        """Tell whether a caller may still run what it would have to record."""
        since = self.full_since
        return not since or time.monotonic() - since < PATIENCE

    def depth(self) -> int:
        """Count the events that are not committed yet."""
        return len(self.queue) + len(self._batch)

    def flush(self) -> int:
        """Commit everything queued at this moment and return the number of rows.

        Raises AuditDown when the database does not take them; they stay queued.
        """
        with self._lock:
            goal, written = self.depth(), 0
            try:
                while written < goal:
                    written += self._flush_batch()
            finally:
                metrics.audit_queue_depth.set(self.depth())
            self._callers.tell()
            return written

    def _mark_full(self) -> None:
        if not self.full_since:
            self.full_since = time.monotonic()
            logger.error("the audit queue is full: %d events wait", len(self.queue))

    def _flush_batch(self) -> int:
        self._fill()
        size = len(self._batch)
        if self._in_doubt:
            self._settle()
        if self._batch:
            self._write(len(self._batch))
        self.full_since = 0.0
        return size

    def _fill(self) -> None:
        while self.queue and len(self._batch) < BATCH_ROWS:
            at, event = self.queue.popleft()
            try:
                row = clean(event, at)
            except UNFIT as fault:
                row = marker(time.time_ns() // 1000, type(fault).__name__)
            self._batch.append(row)

    def _write(self, count: int) -> None:
        """Commit the first rows of the batch, halving until a refused one stands alone."""
        try:
            self._commit(count)
        except REFUSED as fault:
            if count > 1:
                self._write(count // 2)
                self._write(count - count // 2)
            else:
                self._commit_marker(fault)

    def _commit_marker(self, fault: Exception) -> None:
        self._batch[0] = marker(self._batch[0].at, type(fault).__name__)
        try:
            self._commit(1)
        except REFUSED as again:
            raise AuditDown("the database refuses even a marker") from again

    def _commit(self, count: int) -> None:
        linked = link(self.head, self._batch[:count], signing_key())
        try:
            with strict_sync(), transaction.atomic(durable=True):
                insert(linked)
        except REFUSED:
            raise
        except Error as fault:
            self._give_up(fault)
        self._callers.note(self._batch[:count])
        del self._batch[:count]
        last = linked[-1]
        self.head = Head(last.chain, last.seq, last.mac)

    def _give_up(self, fault: Exception) -> NoReturn:
        """Keep the batch; whether the commit arrived is looked up before the next try."""
        self._in_doubt = True
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        raise AuditDown("the database does not take audit rows") from fault

    def _settle(self) -> None:
        """Drop what an interrupted commit has stored after all, so that no event is doubled."""
        try:
            stored = head_of(self.head.chain)
        except Error as fault:
            self._give_up(fault)
        if stored is not None and stored.seq > self.head.seq:
            self._callers.note(self._batch[: stored.seq - self.head.seq])
            del self._batch[: stored.seq - self.head.seq]
            self.head = stored
        self._in_doubt = False
