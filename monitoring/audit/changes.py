"""What an admin's change looks like in the trail: before and after, without secrets."""

import json
import logging
import math
import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import Error, transaction

from monitoring.errors import AuditFull, MonitoringError

from .event import DATA_LIMIT, Event
from .people import remember_person
from .trail import accepting, flush, record

_SECRET = re.compile(
    r"passw|secret|token|credential|authorization|cookie|private|api_?key|signature", re.IGNORECASE
)
_DEPTH = 6
_TEXT = 2_000
_ITEMS = 200

logger = logging.getLogger("mcphub.audit")


def record_change(
    *,
    actor: UUID | None,
    actor_label: str,
    action: str,
    client: str = "",
    server: str = "",
    entry: str = "",
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
) -> None:
    """Put a change into the trail, durably, once the transaction it belongs to has committed.

    The values are read now, a later change of the mappings does not show. A trail that cannot be
    written at that moment keeps the event queued: the change itself has happened. Raises AuditFull
    when the trail takes nothing any more, so that the change is not made either.
    """
    if not accepting():
        raise AuditFull("no change is made that cannot be recorded")
    event = Event(
        kind="change",
        action=action,
        user=actor,
        client=client,
        server=server,
        entry=entry,
        outcome="ok",
        data=_encode(before, after),
    )
    transaction.on_commit(lambda: _write(event, actor, actor_label))


def redact(value: object, depth: int = 0) -> object:
    """Make a bounded copy that JSON takes, with the values of secret-sounding keys hidden."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if depth >= _DEPTH:
        return "..."
    if isinstance(value, Mapping):
        pairs = list(value.items())[:_ITEMS]
        return {str(key): _hide(str(key), item, depth + 1) for key, item in pairs}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(item, depth + 1) for item in list(value)[:_ITEMS]]
    return str(value)[:_TEXT]


def _hide(key: str, value: object, depth: int) -> object:
    return "[redacted]" if _SECRET.search(key) else redact(value, depth)


def _encode(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> str:
    """Encode both sides; when that is too long only what differs, then only the names of it."""
    old, new = redact(before), redact(after)
    text = json.dumps({"before": old, "after": new})
    if len(text) <= DATA_LIMIT:
        return text
    names = [key for key in {**(before or {}), **(after or {})} if _differs(key, before, after)]
    changed = {
        "before": {key: _part(old, key) for key in names},
        "after": {key: _part(new, key) for key in names},
    }
    text = json.dumps({**changed, "cut": True})
    if len(text) <= DATA_LIMIT:
        return text
    return json.dumps({"changed": [str(name)[:64] for name in names[:100]], "cut": True})


def _differs(key: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> bool:
    missing = object()
    return bool((before or {}).get(key, missing) != (after or {}).get(key, missing))


def _part(side: object, key: str) -> object:
    return side.get(str(key)) if isinstance(side, dict) else None


def _write(event: Event, actor: UUID | None, label: str) -> None:
    try:
        _queue(event)
        if actor is not None:
            remember_person(actor, label)
        flush()
    except (MonitoringError, Error) as fault:
        logger.error("a change waits in the audit queue: %s", type(fault).__name__)


def _queue(event: Event) -> None:
    """Queue, and where there is no place make some: the change cannot be taken back any more."""
    try:
        record(event)
    except AuditFull:
        flush()
        record(event)
