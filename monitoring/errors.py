"""Everything that can go wrong in this room.

MonitoringError
├── AuditFull   the queue has no place: nothing was recorded
├── AuditDown   the database does not take rows now: they stay queued
├── BannerRefused  a sentence for the top of every page is not taken
├── BusDown     an announcement did not reach the other processes
├── MaskRefused a word cannot be put on the list of masked names
└── CheckRefused  the trail is not verified now: somebody may not, or it is being verified already

UNAVAILABLE is answered with 503; all else that nobody catches is a fault.
"""

from django.db import InterfaceError, OperationalError


class MonitoringError(Exception):
    """Root of this room's errors, so that a door can catch them all."""


class AuditFull(MonitoringError):
    """The audit queue is full; the caller answers 503 instead of losing the event unseen."""


class AuditDown(MonitoringError):
    """The database refuses audit rows for now; what was queued is kept and tried again."""


class BannerRefused(MonitoringError):
    """Who would change the sentence on top of every page may not, or it cannot be shown."""


class BusDown(MonitoringError):
    """The bus cannot carry announcements for now."""


class MaskRefused(MonitoringError):
    """A word cannot be put on the list of masked names; the text says why."""


class CheckRefused(MonitoringError):
    """The trail is not verified: this person may not, or it is being verified already."""


UNAVAILABLE = (OperationalError, InterfaceError, AuditFull)
"""What is over once the database is back; after so many seconds it is worth asking again."""
RETRY_SECONDS = 30
