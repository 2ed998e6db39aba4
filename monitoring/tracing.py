"""W3C trace context: which trace a request belongs to.

Only the trace id is taken over, into the audit trail and on to upstreams; nothing here samples or
exports spans.
"""

import random
import re

_TRACEPARENT = re.compile(
    r"(?P<version>(?!ff)[0-9a-f]{2})-(?P<trace>(?!0{32})[0-9a-f]{32})"
    r"-(?P<parent>(?!0{16})[0-9a-f]{16})-[0-9a-f]{2}(?P<more>-[\x21-\x7e]{0,256})?"
)


def trace_id_of(traceparent: str | None) -> str:
    """Take the trace id from a well-formed header, or make a new one: 32 hex digits.

    Ids only need to differ, not to be secret, so the fast generator will do.
    """
    return (_trace_of(traceparent) if traceparent else None) or f"{random.getrandbits(128):032x}"


def _trace_of(header: str | None) -> str | None:
    """Return the trace id of a well-formed header; a version above 00 may carry more fields."""
    match = _TRACEPARENT.fullmatch(header or "")
    if match is None or (match["more"] and match["version"] == "00"):
        return None
    return match["trace"]
