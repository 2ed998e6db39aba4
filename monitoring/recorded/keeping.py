"""A bounded queue of masked contents, written by the audit trail's thread, deleted when their time is over.

A content is worth less than its event: where there is no room, or the database refuses it, it is lost,
the event says so or the log does, and no call waits.
"""

import logging
import os
import threading
import uuid
from collections import deque
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db import DatabaseError, InterfaceError, OperationalError
from django.utils import timezone

from monitoring.audit import after_flush
from monitoring.models import CallContent

MOST_WAITING = 2_000
MOST_CHARACTERS = 32_000_000
"""What may wait to be written, in number and in size."""
BATCH = 200
SWEPT_AT_ONCE, SWEEPS = 1_000, 20
"""Rows deleted by one statement, and statements of one sweep."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

logger = logging.getLogger("mcphub.recorded")


class Content(NamedTuple):
    """What is kept of one call: masked, as JSON."""

    id: uuid.UUID
    server: str
    at: float
    keep_days: int
    arguments: str
    result: str


class _Waiting:
    """The contents of this process that are not written yet."""

    def __init__(self) -> None:
        self.queue: deque[Content] = deque()
        self.characters = 0
        self.lock = threading.Lock()
        self.writing = threading.Lock()


_waiting = _Waiting()


def keep(content: Content) -> bool:
    """Queue a content without waiting, from any thread; return False if there is no room for it."""
    size = _size(content)
    with _waiting.lock:
        full = len(_waiting.queue) >= MOST_WAITING
        if full or _waiting.characters + size > MOST_CHARACTERS:
            return False
        _waiting.queue.append(content)
        _waiting.characters += size
    return True


def write() -> None:
    """Write what waits; a database that is away gets it later. Not on the event loop."""
    with _waiting.writing:
        while batch := tuple(_waiting.queue)[:BATCH]:
            try:
                _insert(batch)
            except (OperationalError, InterfaceError) as fault:
                logger.warning("what calls said is not written now: %s", type(fault).__name__)
                return
            _done(batch)


def sweep() -> int:
    """Delete what was kept for long enough, a bounded number of it; return how many."""
    gone = 0
    for _ in range(SWEEPS):
        expired = CallContent.objects.filter(expires_at__lt=timezone.now()).values_list("pk")
        some = [pk for (pk,) in expired[:SWEPT_AT_ONCE]]
        if not some:
            break
        gone += CallContent.objects.filter(pk__in=some).delete()[0]
    return gone


def waiting() -> int:
    """Count what waits to be written."""
    return len(_waiting.queue)


def restart() -> None:
    """Forget what waits: after a fork it is the parent's to write, and a test begins with nothing."""
    global _waiting
    _waiting = _Waiting()


def _insert(batch: tuple[Content, ...]) -> None:
    """Insert a batch, one by one if the database refuses some of it."""
    rows = [_row(content) for content in batch]
    try:
        CallContent.objects.bulk_create(rows, ignore_conflicts=True)
    except (OperationalError, InterfaceError):
        raise
    except DatabaseError:
        for row in rows:
            _insert_one(row)


def _insert_one(row: CallContent) -> None:
    try:
        CallContent.objects.bulk_create([row], ignore_conflicts=True)
    except (OperationalError, InterfaceError):
        raise
    except DatabaseError as fault:
        logger.error("the database refuses what a call said: %s", type(fault).__name__)


def _row(content: Content) -> CallContent:
    at = _EPOCH + timedelta(microseconds=round(content.at * 1_000_000))  # as the event has it
    return CallContent(
        id=content.id,
        at=at,
        server=content.server,
        arguments=content.arguments,
        result=content.result,
        expires_at=at + timedelta(days=content.keep_days),
    )


def _done(batch: tuple[Content, ...]) -> None:
    with _waiting.lock:
        for content in batch:
            _waiting.queue.popleft()
            _waiting.characters -= _size(content)


def _size(content: Content) -> int:
    return len(content.arguments) + len(content.result)


after_flush.append(write)
os.register_at_fork(after_in_child=restart)
