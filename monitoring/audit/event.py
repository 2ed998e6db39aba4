"""What an audit event is, and what of it every database takes.

Cleaning is the flusher's work: one NUL fails a whole COPY, and a caller has no time for it.
"""

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import UUID

DATA_LIMIT = 16 * 1024
_BIGINT = 2**63 - 1
_UNWRITABLE = re.compile("[\x00\ud800-\udfff]")


class Event(NamedTuple):
    """One thing that happened; a caller names only what it knows, and its texts are strings.

    `at` is in seconds since the epoch, 0 means now; `duration_us` in microseconds; `data` is JSON.
    """

    kind: str
    action: str
    user: UUID | None = None
    client: str = ""
    team: str = ""
    server: str = ""
    entry: str = ""
    version: str = ""
    verdict: str = ""
    reason: str = ""
    detail: str = ""
    outcome: str = ""
    duration_us: int | None = None
    trace_id: str = ""
    data: str = ""
    at: float = 0.0


def _text(limit: int) -> Callable[[object], str]:
    def cleaned(value: object) -> str:
        text = value if isinstance(value, str) else str(value)
        if not text.isascii() or "\0" in text:
            text = _UNWRITABLE.sub("", text)
        return text[:limit]

    return cleaned


def _data(value: object) -> str:
    text = _text(2 * DATA_LIMIT)(value)
    if len(text) * 4 <= DATA_LIMIT or len(text.encode()) <= DATA_LIMIT:
        return text
    return json.dumps({"cut": True, "start": text[: DATA_LIMIT // 8]})


def _user(value: object) -> UUID | None:
    if value is None or isinstance(value, UUID):
        return value
    return UUID(str(value))


def _duration(value: object) -> int | None:
    if value is None:
        return None
    return max(-_BIGINT, min(_BIGINT, int(value)))  # type: ignore[call-overload, no-any-return]


RULES: dict[str, Callable[[object], Any]] = {
    "kind": _text(16),
    "action": _text(64),
    "user": _user,
    "client": _text(255),
    "team": _text(64),
    "server": _text(64),
    "entry": _text(256),
    "version": _text(64),
    "verdict": _text(8),
    "reason": _text(64),
    "detail": _text(512),
    "outcome": _text(16),
    "duration_us": _duration,
    "trace_id": _text(32),
    "data": _data,
}
FIELDS = ("at", *RULES)
UNFIT = (ValueError, TypeError, OverflowError, OSError)
"""What cleaning raises for values no database could hold."""
