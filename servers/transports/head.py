"""What a request's headers say.

What follows from the headers alone (whether host and content type are ours, whether the client takes
a stream, which token it shows, what it claims for 2026-07-28) is worked out once for a head that a
server says it knows: `mcphub.memo` in the scope. What may change meanwhile (who the token belongs
to, which origins are allowed) is asked every time.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from accounts.tokens import digest
from servers.protocol.envelope import Claims, read_claims
from servers.transports.guards import (
    Accepts,
    Guards,
    Refused,
    accepts,
    check_length,
    joined,
    refuse_doubled,
    taken_by,
)

LONGEST_TOKEN = 4096

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
    claims: Claims
    refusal: Refused | None


def head_of(scope: Mapping[str, Any], guards: Guards) -> Head:
    """Return what a request's headers say; raises Refused for a foreign host, or a contradiction."""
    memo: dict[str, Head] | None = scope.get("mcphub.memo")
    if memo is None:
        return _read(scope["headers"], guards)
    head = memo.get("head")
    if head is None:
        head = memo["head"] = _read(scope["headers"], guards)
    return head


def _read(raw: RawHeaders, guards: Guards) -> Head:
    """Read headers."""
    fields = dict(raw)
    if len(fields) != len(raw):
        refuse_doubled(raw)
        if b"accept" in fields:
            fields[b"accept"] = joined(raw, b"accept")
    guards.check_host(fields.get(b"host"))
    taken, refusal = taken_by(fields), None
    try:
        check_length(fields)
        accepts(fields)
    except Refused as error:
        refusal = error.again()  # a raised one holds this frame, which would hold it
    token = _token(fields.get(b"authorization"))
    return Head(fields, fields.get(b"origin"), token, taken, read_claims(fields), refusal)


def _token(authorization: bytes | None) -> str | None:
    """Return the digest of the token an Authorization header shows (RFC 6750 section 2.1)."""
    if authorization is None:
        return None
    scheme, _, token = authorization.strip().partition(b" ")
    token = token.strip()
    if scheme.lower() != b"bearer" or not token or len(token) > LONGEST_TOKEN:
        return ""
    return digest(token)
