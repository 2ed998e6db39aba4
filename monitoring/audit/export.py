"""The trail as JSON lines, for archives and other tools."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from monitoring.models import AuditEvent

from .store import COLUMNS

EXPORTED = ("id", *COLUMNS)
_CHUNK = 2_000


def export_lines(since: datetime | None = None, until: datetime | None = None) -> Iterator[str]:
    """Yield one JSON object an event, oldest first, fields always in the order of EXPORTED.

    `since` is included, `until` is not. Streams, so the size of the trail does not matter.
    """
    events = AuditEvent.objects.order_by("id")
    if since is not None:
        events = events.filter(at__gte=since)
    if until is not None:
        events = events.filter(at__lt=until)
    for values in events.values_list(*EXPORTED).iterator(chunk_size=_CHUNK):
        yield json.dumps(dict(zip(EXPORTED, map(plain, values), strict=True)))


def plain(value: Any) -> Any:
    """Return a column's value as JSON and CSV have it."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    return value if value is None or isinstance(value, int) else str(value)
