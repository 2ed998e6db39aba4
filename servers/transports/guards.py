"""What is refused before anything is read: foreign hosts and origins, large or wrong bodies.

Host and Origin are checked against DNS rebinding on every endpoint (basic/transports, Security
Warning). Bodies are bounded while they are read.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from accounts.address import base_of, forwarded_address, forwarded_scheme, plain

LARGEST_BODY = 4 * 1024 * 1024
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Refused(Exception):
    """A request that goes no further: HTTP status, a sentence, and headers to go with it."""

    def __init__(
        self, status: int, text: str, headers: tuple[tuple[bytes, bytes], ...] = ()
    ) -> None:
        super().__init__(text)
        self.status, self.text, self.headers = status, text, headers

    def again(self) -> "Refused":
        """Return the same refusal, fresh: a raised exception gathers tracebacks."""
        return Refused(self.status, self.text, self.headers)


class ForeignOrigin(Refused):
    """A request of a web page that may not speak to the hub."""


class Disconnected(Exception):
    """The client left before its request was whole."""


@dataclass(frozen=True, slots=True)
class Guards:
    """What the hub calls itself, and whom it lets speak to it.

    `names` are host names it answers to, `own` its public origin (`own_is_given` if an operator set
    it; otherwise each loopback name stands for it), `loopback` whether it is bound to loopback (then
    pages of this machine may speak to it), `proxies` networks whose X-Forwarded-For is believed.
    """

    names: frozenset[str]
    own: str
    own_is_given: bool
    loopback: bool
    proxies: tuple[str, ...] = ()

    def check_host(self, host: bytes | None) -> None:
        """Refuse a host that is none of ours."""
        name = _host_name(host) if host else None
        if name is None or name not in self.names:
            raise Refused(403, "This host is not served here.")

    def check_origin(self, origin: bytes | None, allowed: frozenset[str]) -> bytes | None:
        """Return the origin if a browser there may read answers; refuse a foreign one."""
        if origin is None:
            return None
        text = origin.decode("latin-1").lower()
        if text in allowed:
            return origin
        if text != self.own and not (self.loopback and _is_loopback(text)):
            raise ForeignOrigin(403, "This origin may not speak to the hub.")
        return None

    def base(self, scope: Message, headers: dict[bytes, bytes]) -> str:
        """Return the hub's address as this client reaches it; its host was checked."""
        if self.own_is_given:
            return self.own
        client, claimed = scope.get("client"), joined(scope["headers"], b"x-forwarded-proto")
        peer, scheme = client[0] if client else "", scope.get("scheme", "http")
        scheme = forwarded_scheme(peer, scheme, claimed.decode("latin-1"), self.proxies)
        return base_of("", scheme, headers[b"host"].decode("latin-1"))

    def address(self, scope: Message, headers: dict[bytes, bytes]) -> str:
        """Return the client's IP address."""
        client = scope.get("client")
        peer = client[0] if client else ""
        if not self.proxies or b"x-forwarded-for" not in headers:
            return plain(peer)
        return forwarded_address(peer, headers[b"x-forwarded-for"].decode("latin-1"), self.proxies)


def _host_name(host: bytes) -> str | None:
    """Return the name in a Host header without its port, or None if it is malformed."""
    text = host.decode("latin-1").lower()
    if any(character in text for character in "/\\@?# \t,") or text.endswith(":"):
        return None
    try:
        parts = urlsplit(f"//{text}")
        parts.port  # noqa: B018  (reading it is what checks it)
        return parts.hostname
    except ValueError:
        return None


def _is_loopback(origin: str) -> bool:
    """Return whether an origin is a page of this machine."""
    scheme, _, rest = origin.partition("://")
    return scheme in {"http", "https"} and _host_name(rest.encode("latin-1")) in LOOPBACK


class Accepts(NamedTuple):
    """What a client takes for an answer."""

    stream: bool = False
    json: bool = False


def check_length(headers: Mapping[bytes, bytes]) -> None:
    """Refuse a body that is announced as larger than LARGEST_BODY."""
    length = headers.get(b"content-length", b"")
    if length.isdigit() and int(length[:12]) > LARGEST_BODY:
        raise _too_large()


def accepts(headers: Mapping[bytes, bytes]) -> Accepts:
    """Return what the client takes; refuses a body that is no JSON (415) and a client that takes
    neither JSON nor a stream (406)."""
    media = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if media != b"application/json":
        raise Refused(415, "The content type must be application/json.")
    taken = taken_by(headers)
    if not taken.stream and not taken.json:
        raise Refused(406, "Accept must admit application/json or text/event-stream.")
    return taken


def taken_by(headers: Mapping[bytes, bytes]) -> Accepts:
    """Return what the client takes (RFC 9110 section 12.5.1); without Accept it takes JSON."""
    accept = headers.get(b"accept", b"*/*").split(b",")
    kinds = {kind for each in accept if (kind := _admitted(each))}
    stream = bool(kinds & {b"text/event-stream", b"text/*"})
    json = bool(kinds & {b"application/json", b"application/*", b"*/*"})
    return Accepts(stream, json)


def _admitted(given: bytes) -> bytes:
    """Return a media range of an Accept header, empty if its weight is zero."""
    kind, *parameters = given.lower().replace(b" ", b"").replace(b"\t", b"").split(b";")
    return b"" if any(_NO_WEIGHT.fullmatch(one) for one in parameters) else kind


_NO_WEIGHT = re.compile(rb"q=0(?:\.0*)?")
# Headers that decide something: given twice, two readers could take different ones.
_SINGLE = frozenset(
    {
        b"host",
        b"origin",
        b"authorization",
        b"content-type",
        b"last-event-id",
    }
)


def joined(headers: Sequence[tuple[bytes, bytes]], name: bytes) -> bytes:
    """Return the values of a header that may be given in several lines (RFC 9110 section 5.3)."""
    return b",".join(value for key, value in headers if key == name)


def refuse_doubled(headers: Sequence[tuple[bytes, bytes]]) -> None:
    """Refuse a request that gives a deciding header twice."""
    seen: set[bytes] = set()
    for name, _value in headers:
        if name in seen and (name in _SINGLE or name.startswith(b"mcp-")):
            raise Refused(400, f"The header {name.decode('latin-1')} is given twice.")
        seen.add(name)


async def read_body(receive: Receive) -> bytes:
    """Return the request's body, refused as soon as it has grown larger than LARGEST_BODY."""
    message = await receive()
    if message["type"] == "http.disconnect":
        raise Disconnected
    body: bytes = message.get("body", b"")
    if not message.get("more_body") and len(body) <= LARGEST_BODY:
        return body
    parts, size = [body], len(body)
    while message.get("more_body") and size <= LARGEST_BODY:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        parts.append(message.get("body", b""))
        size += len(parts[-1])
    if size > LARGEST_BODY:
        raise _too_large()
    return b"".join(parts)


def _too_large() -> Refused:
    """Return the refusal.

    The connection stays open and the server drops what still comes: most clients send their whole
    request before they read, and closing on them would lose the answer.
    """
    return Refused(413, f"The body is larger than {LARGEST_BODY} bytes.")
