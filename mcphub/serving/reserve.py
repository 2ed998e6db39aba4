"""The last file descriptors of a process are its own: no connection gets one of them.

Without a descriptor no file and no database opens, and an event loop that cannot accept is called again
at once, without end. A connection that would take one of the last is closed before anything is read.
"""

import logging
import sys
import time

if sys.platform != "win32":
    import resource

log = logging.getLogger(__name__)

KEPT_BACK = 64
"""Descriptors for the hub's own files and services; a quarter of all, where there are few."""
TOLD_EVERY = 60.0
"""Seconds between two lines in the log about connections that were turned away."""


def may_keep(descriptor: int) -> bool:
    """Tell whether a connection that was given this descriptor may keep it.

    The system gives the lowest that is free, so its number says how many are taken.
    """
    if sys.platform == "win32":
        return True
    limit, _most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit == resource.RLIM_INFINITY or descriptor < limit - min(KEPT_BACK, limit // 4):
        return True
    _told.tell(limit)
    return False


class _Told:
    """When the log was last told that connections are turned away."""

    def __init__(self) -> None:
        self._at = float("-inf")

    def tell(self, limit: int) -> None:
        """Tell it, unless it was told a moment ago."""
        now = time.monotonic()
        if now >= self._at + TOLD_EVERY:
            self._at = now
            log.warning("connections are turned away: of %d file descriptors few are left", limit)


_told = _Told()
