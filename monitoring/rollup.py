"""Failed authentications before anybody is known: counted, not listed.

Anyone can send bad tokens, so each is a number in memory, and a minute of one source becomes one
event. The map is bounded: beyond its limit sources are counted together as "other".
"""

import ipaddress
import json
import threading
import time
from collections import Counter, defaultdict

from monitoring.addresses import ip_of
from monitoring.audit import Event, sources

LIMIT = 1_000
"""Different (minute, source, reason) kept apart."""
_IPV6_SITE = 64
"""One host can use all of its /64, so that counts as one source."""

_counts: Counter[tuple[int, str, str]] = Counter()
_lock = threading.Lock()


def failed_authentication(reason: str, source_address: str) -> None:
    """Count one refused request; `reason` is one of our own short words, never the client's."""
    minute = _minute()
    key = (minute, source_of(source_address), reason)
    with _lock:
        if key not in _counts and len(_counts) >= LIMIT:
            key = (minute, "other", "other")
        _counts[key] += 1


def drain(everything: bool) -> list[Event]:
    """Take the finished minutes out as events, one a minute and source; all at a process's end."""
    now = _minute()
    taken: defaultdict[tuple[int, str], dict[str, int]] = defaultdict(dict)
    with _lock:
        for key in [key for key in _counts if everything or key[0] < now]:
            minute, source, reason = key
            taken[minute, source][reason] = _counts.pop(key)
    return [_event(minute, source, reasons) for (minute, source), reasons in taken.items()]


def _minute() -> int:
    return int(time.time() // 60)


def source_of(address: str) -> str:
    """Return what one source of requests is counted under: an IPv4 address, of an IPv6 one the /64."""
    found = ip_of(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, _IPV6_SITE), strict=False))
    return str(found or "unknown")


def _event(minute: int, source: str, reasons: dict[str, int]) -> Event:
    count = sum(reasons.values())
    return Event(
        kind="auth",
        action="authenticate",
        verdict="deny",
        reason=next(iter(reasons)) if len(reasons) == 1 else "several",
        outcome="denied",
        detail=f"{count} refused from {source}",
        data=json.dumps({"source": source, "count": count, "reasons": reasons}),
        at=minute * 60.0,
    )


sources.append(drain)
