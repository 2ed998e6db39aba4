"""What a request's headers say, read once for each set of headers a client keeps sending.

A client on a kept connection repeats its headers word for word, so what follows from them alone is
remembered: whether host and content type are ours, whether it takes a stream, which token it shows
(by digest), what the 2026-07-28 headers claim. What may change meanwhile (who the token belongs to,
which origins are allowed) is asked every time.
"""

from collections.abc import Sequence
from typing import NamedTuple

from accounts.tokens import digest
from servers.transports.guards import Accepts, Guards, Refused, accepts, refuse_doubled

LONGEST_TOKEN = 4096
MOST_REMEMBERED = 4_096
# Headers that differ with every request: what carries them is read anew.
_FICKLE = frozenset({b"traceparent", b"tracestate", b"last-event-id"})

RawHeaders = Sequence[tuple[bytes, bytes]]


class Head(NamedTuple):
    """The headers of a request, understood.

    `token` is the digest of the bearer token, empty if what is shown is none, None if nothing is
    shown; `refusal` is what a POST with these headers is refused with.
    """

    fields: dict[bytes, bytes]
    origin: bytes | None
    token: str | None
    accepts: Accepts
    refusal: Refused | None


class Heads:
    """Reads headers, and remembers them."""

    def __init__(self, guards: Guards) -> None:
        self._guards = guards
        self._known: dict[tuple[tuple[bytes, bytes], ...], Head] = {}

    def read(self, raw: RawHeaders) -> Head:
        """Return what the headers say; raises Refused for a host that is not ours, or a contradiction."""
        key = tuple(raw)
        head = self._known.get(key)
        if head is None:
            head = self._read(raw)
            if not _FICKLE & head.fields.keys():
                if len(self._known) >= MOST_REMEMBERED:
                    self._known.clear()
                self._known[key] = head
        return head

    def _read(self, raw: RawHeaders) -> Head:
        """Read headers that are new."""
        fields = dict(raw)
        if len(fields) != len(raw):
            refuse_doubled(raw)
        self._guards.check_host(fields.get(b"host"))
        taken, refusal = Accepts(), None
        try:
            taken = accepts(fields)
        except Refused as error:
            refusal = error
        token = _token(fields.get(b"authorization"))
        return Head(fields, fields.get(b"origin"), token, taken, refusal)


def _token(authorization: bytes | None) -> str | None:
    """Return the digest of the token an Authorization header shows (RFC 6750 section 2.1)."""
    if authorization is None:
        return None
    scheme, _, token = authorization.strip().partition(b" ")
    token = token.strip()
    if scheme.lower() != b"bearer" or not token or len(token) > LONGEST_TOKEN:
        return ""
    return digest(token)
