"""GET of an https address that a stranger named, without reaching into anybody's own network.

The name is resolved once, every address it has must be public, and the connection goes to one of
those very addresses; TLS and the Host header keep the name. So a name that resolves differently the
second time changes nothing. No redirect is followed, no proxy and no cookie used; ports, size and the
time for all of it together are bounded, however slowly an answer drips.

Blocking: for threads, never for the event loop.
"""

import http.client
import io
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.message import Message
from typing import Any

from accounts.errors import AddressRefused, FetchFailed
from accounts.https_url import HttpsUrl, read_https
from accounts.outbound.addresses import is_public
from accounts.outbound.resolving import resolve

MOST_ADDRESSES = 4
"""Addresses of one name that are tried before it counts as out of reach."""
MOST_HEAD = 32 * 1024
_CHUNK = 16 * 1024

Resolve = Callable[[str, int, float], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a fetch may cost, and what it may answer with."""

    seconds: float = 5.0
    bytes: int = 16 * 1024
    ports: frozenset[int] = frozenset({443})
    types: tuple[str, ...] = ("application/json",)
    suffix: str = "+json"


@dataclass(frozen=True, slots=True)
class Fetched:
    """A whole answer with status 200."""

    body: bytes
    headers: Message


class Fetcher:
    """Fetches; what it stands on can be given for tests, which have no internet, and by nobody else."""

    def __init__(
        self,
        limits: Limits = Limits(),
        *,
        resolve: Resolve = resolve,
        trust: ssl.SSLContext | None = None,
        public: Callable[[str], bool] = is_public,
    ) -> None:
        self._limits, self._resolve, self._public = limits, resolve, public
        self._trust = trust or ssl.create_default_context()

    def get(self, address: str) -> Fetched:
        """Return what an https address answers.

        Raises AddressRefused for what is never connected to, FetchFailed for all that goes wrong later.
        """
        url = read_https(address)
        if url is None or url.port not in self._limits.ports:
            raise AddressRefused("This is no https address that the hub fetches.")
        until = time.monotonic() + self._limits.seconds
        problem = OSError()
        for place in self._places(url, until):
            try:
                return self._ask(url, place, until)
            except OSError as error:
                problem = error
        raise FetchFailed(f"{url.host} could not be reached: {_said(problem)}.") from None

    def _places(self, url: HttpsUrl, until: float) -> Sequence[str]:
        """Return where the host is; one address that is not public refuses them all."""
        found = self._resolve(url.host, url.port, max(0.0, until - time.monotonic()))
        if not found:
            raise FetchFailed(f"{url.host} has no address.")
        if not all(self._public(place) for place in found):
            raise AddressRefused(f"{url.host} is not on the public internet.")
        return found[:MOST_ADDRESSES]

    def _ask(self, url: HttpsUrl, place: str, until: float) -> Fetched:
        """Connect to this address and return what it answers. Raises OSError, FetchFailed."""
        with socket.create_connection((place, url.port), _left(until)) as connection:
            connection.settimeout(_left(until))
            secured = self._trust.wrap_socket(connection, server_hostname=url.host)
        with secured:
            secured.settimeout(_left(until))
            secured.sendall(self._request(url))
            bound = MOST_HEAD + self._limits.bytes
            return self._read(_Bounded(secured, until, bound))

    def _request(self, url: HttpsUrl) -> bytes:
        """Return the request; its parts hold nothing but printable ASCII."""
        accepted = ", ".join(self._limits.types)
        lines = (
            f"GET {url.path or '/'}{url.query} HTTP/1.1",
            f"Host: {url.authority}",
            f"Accept: {accepted}, application/*{self._limits.suffix}",
            "Accept-Encoding: identity",
            "User-Agent: mcphub",
            "Connection: close",
        )
        return "\r\n".join((*lines, "", "")).encode("ascii")

    def _read(self, wire: "_Bounded") -> Fetched:
        """Return the answer if it is one that is wanted."""
        answer = http.client.HTTPResponse(wire, method="GET")  # type: ignore[arg-type]
        try:
            answer.begin()
            self._check_head(answer)
            body = answer.read(self._limits.bytes + 1)
        except (http.client.HTTPException, ValueError):
            raise FetchFailed("The answer is not HTTP.") from None
        if answer.length and len(body) <= self._limits.bytes:
            raise FetchFailed("The answer is cut off.")
        if len(body) > self._limits.bytes:
            raise FetchFailed(f"The answer has more than {self._limits.bytes} bytes.")
        return Fetched(body, answer.headers)

    def _check_head(self, answer: http.client.HTTPResponse) -> None:
        """Raise FetchFailed for what is not a plain answer of a wanted type."""
        kind = answer.headers.get_content_type().lower()
        wanted = kind in self._limits.types or kind.endswith(self._limits.suffix)
        if answer.status != 200:
            raise FetchFailed(f"The answer has status {answer.status}, not 200.")
        if not wanted or answer.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise FetchFailed(f"The answer is not plain {self._limits.types[0]}.")


class _Bounded(io.RawIOBase):
    """A socket to read from until a moment, and no more than so many bytes."""

    def __init__(self, wire: socket.socket, until: float, most: int) -> None:
        self._wire, self._until, self._most = wire, until, most

    def makefile(self, *args: object) -> io.BufferedReader:
        """Return what http.client reads from."""
        return io.BufferedReader(self, _CHUNK)

    def readable(self) -> bool:
        """Say that it is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read what is there, or wait for it no longer than is left."""
        self._wire.settimeout(_left(self._until))
        count = self._wire.recv_into(buffer)
        self._most -= count
        if self._most < 0:
            raise FetchFailed("The answer is too large.")
        return count


def _left(until: float) -> float:
    """Return the seconds left; raises TimeoutError when none are."""
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _said(error: OSError) -> str:
    """Return what went wrong in a word that tells nothing of the network in between."""
    if isinstance(error, ssl.SSLError):
        return "its certificate or TLS is not accepted"
    return "it did not answer in time" if isinstance(error, TimeoutError) else "no connection"
