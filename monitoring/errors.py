"""Everything that can go wrong in this room.

MonitoringError
├── AuditFull   the queue has no place: nothing was recorded
├── AuditDown   the database does not take rows now: they stay queued
└── BusDown     an announcement did not reach the other processes

UNAVAILABLE is answered with 503; all else that nobody catches is a fault.
"""

from django.db import InterfaceError, OperationalError


class MonitoringError(Exception):
    """Root of this room's errors, so that a door can catch them all."""


class AuditFull(MonitoringError):
    """The audit queue is full; the caller answers 503 instead of losing the event unseen."""


class AuditDown(MonitoringError):
    """The database refuses audit rows for now; what was queued is kept and tried again."""


class BusDown(MonitoringError):
    """The bus cannot carry announcements for now."""


UNAVAILABLE = (OperationalError, InterfaceError, AuditFull)
"""What is over once the database is back; after so many seconds it is worth asking again."""
RETRY_SECONDS = 30
