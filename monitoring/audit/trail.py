"""This process's trail: the functions everybody calls.

A forked child gets its own writer and chain: what the parent has queued is the parent's to write.
The child calls start() itself when it wants the background thread.
"""

import os

from .event import Event
from .flusher import Flusher
from .writer import Writer


class _Trail:
    """The process's current writer and flusher; replaced after a fork."""

    def __init__(self) -> None:
        self.writer = Writer()
        self.flusher = Flusher(self.writer)


_trail = _Trail()


def record(event: Event) -> None:
    """Queue one event without waiting, from any thread or the event loop.

    Raises AuditFull when the queue has no place: nothing is ever dropped unseen.
    """
    _trail.writer.record(event)


def accepting() -> bool:
    """Tell whether tools may run; False means 503 with Retry-After, the queue was full for 2 s."""
    return _trail.writer.accepting()


def waiting() -> int:
    """Count this process's events that are not committed yet."""
    return _trail.writer.depth()


def flush() -> int:
    """Commit what is queued and return the number of rows; raises AuditDown, and keeps them then.

    Uses the calling thread's connection, so not from the event loop and not inside a transaction.
    """
    return _trail.writer.flush()


def start() -> None:
    """Begin to flush in the background; once a process, after it was forked."""
    _trail.flusher.start()


def stop(timeout: float = 8.0) -> None:
    """Drain and seal, within `timeout` seconds; the next start() begins a new chain."""
    _trail.flusher.stop(timeout)
    restart()


def restart() -> None:
    """Begin a new chain and an empty queue, as a forked child does and a test may."""
    global _trail
    _trail = _Trail()


os.register_at_fork(after_in_child=restart)
