"""HTTP as the doctor needs it: nothing followed, everything bounded, each way to fail told apart.

The standard library's client, since the doctor must see what others hide: which part of reaching an
address failed, redirects as they are, and when the first byte of a stream comes. No proxy of the
environment is used. A request as a whole ends after its seconds, however slowly something drips.
"""

import http.client
import json
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import SplitResult, urlsplit

from accounts.doctor.findings import Failed, shown

LARGEST = 512 * 1024
AGENT = "mcphub-doctor"
DEFAULT_PORTS = {"http": 80, "https": 443}
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
GATEWAY = frozenset({502, 503, 504})


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, read to its end."""

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        """Return a header's values, joined; empty for none."""
        return ", ".join(value for key, value in self.headers if key.lower() == name.lower())

    @property
    def document(self) -> dict[str, Any] | None:
        """The body as a JSON object, or None if it is none."""
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return value if isinstance(value, dict) else None

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    @property
    def said(self) -> str:
        """What an error says, in one line: OAuth's words, JSON-RPC's, or the status alone."""
        document = self.document or {}
        error = document.get("error")
        if isinstance(error, dict):
            return shown([self.status, error.get("message", "")])
        return shown([self.status, error or "", document.get("error_description", "")])


class Web:
    """Sends requests; keeps the cookies of one person's browser, for one origin."""

    def __init__(self, seconds: float = 10.0, cafile: str | None = None) -> None:
        self.seconds = seconds
        self._tls = ssl.create_default_context()
        if cafile:
            self._tls.load_verify_locations(cafile)
        self._cookies: dict[tuple[str, str], str] = {}

    def send(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Answer:
        """Send a request and read its answer; raises Failed for what is no answer at all."""
        with _Exchange(self, method, url, headers or {}, body, self.seconds) as exchange:
            answer = exchange.whole()
        if answer.status in GATEWAY:
            raise Failed("gateway_error", shown([method, url, answer.said]))
        if answer.status >= 500:
            raise Failed("server_error", shown([method, url, answer.said]))
        if answer.status == 429:
            wait = answer.header("retry-after")
            raise Failed(
                "rate_limited", shown([method, url, f"Retry-After: {wait}" if wait else ""])
            )
        return answer

    def first_bytes(
        self, url: str, headers: Mapping[str, str], body: bytes, seconds: float
    ) -> tuple[int, bytes]:
        """Return the status of an answer and what comes of it first, without waiting for its end."""
        with _Exchange(self, "POST", url, headers, body, seconds) as exchange:
            return exchange.beginning()

    def connect(self, url: str, seconds: float) -> socket.socket:
        """Return a connection, with TLS for https; raises Failed with which part of it failed."""
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or DEFAULT_PORTS[parts.scheme]
        try:
            plain = socket.create_connection((host, port), seconds)
        except (socket.gaierror, UnicodeError) as error:
            raise Failed("dns_failed", shown([host])) from error
        except TimeoutError as error:
            raise Failed("timeout", shown(["connecting to", host, port])) from error
        except ConnectionRefusedError as error:
            raise Failed("refused", shown([host, port])) from error
        except OSError as error:
            raise Failed("unreachable", shown([host, port, error.strerror or error])) from error
        return self._secured(plain, host) if parts.scheme == "https" else plain

    def _secured(self, plain: socket.socket, host: str) -> socket.socket:
        """Return the connection with TLS on it."""
        try:
            return self._tls.wrap_socket(plain, server_hostname=host)
        except ssl.SSLCertVerificationError as error:
            plain.close()
            raise Failed("tls_certificate", shown([host, error.verify_message])) from error
        except TimeoutError as error:
            plain.close()
            raise Failed("timeout", shown(["TLS with", host])) from error
        except (ssl.SSLError, OSError) as error:
            plain.close()
            raise Failed("tls_failed", shown([host, error])) from error

    # --- cookies -------------------------------------------------------------------------------
    def cookies_for(self, url: str) -> str:
        """Return the Cookie header for an address; empty for none."""
        mine = origin(url)
        kept = (f"{name}={value}" for (at, name), value in self._cookies.items() if at == mine)
        return "; ".join(kept)

    def keep_cookies(self, answer: Answer) -> None:
        """Keep what an answer sets, as a browser does."""
        for header in (value for name, value in answer.headers if name.lower() == "set-cookie"):
            for name, morsel in _cookies(header).items():
                key = origin(answer.url), name
                if morsel["max-age"] == "0" or not morsel.value:
                    self._cookies.pop(key, None)
                elif not (morsel["secure"] and _readable(answer.url)):
                    self._cookies[key] = morsel.value


class _Exchange:
    """One request and its answer on a connection of its own, ended when its time is over."""

    def __init__(
        self,
        web: Web,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        seconds: float,
    ) -> None:
        self._url, self._over = url, False
        self._response: http.client.HTTPResponse | None = None
        self._socket = web.connect(url, seconds)
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._timer.start()
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
        self._connection.sock = self._socket
        named = {"Host": parts.netloc.rpartition("@")[2], "User-Agent": AGENT, **headers}
        self._request = (method, _target(parts), body or None, {**named, "Connection": "close"})

    def __enter__(self) -> "_Exchange":
        return self

    def __exit__(self, *raised: object) -> None:
        self._timer.cancel()
        if self._response is not None:
            self._response.close()
        self._connection.close()
        self._socket.close()

    def whole(self) -> Answer:
        """Return the answer, read to its end."""
        try:
            response = self._sent()
            body = response.read(LARGEST + 1)
        except (OSError, http.client.HTTPException) as error:
            raise self._failure(error) from error
        if self._over:
            raise Failed("timeout", shown([self._url]))
        if len(body) > LARGEST:
            raise Failed("too_large", shown([self._url]))
        return Answer(self._url, response.status, tuple(response.getheaders()), body)

    def beginning(self) -> tuple[int, bytes]:
        """Return the status and what comes first."""
        try:
            response = self._sent()
            return response.status, response.read1(4096)
        except (OSError, http.client.HTTPException) as error:
            raise self._failure(error) from error

    def _sent(self) -> http.client.HTTPResponse:
        method, target, body, headers = self._request
        self._connection.request(method, target, body, headers)
        self._response = self._connection.getresponse()
        return self._response

    def _failure(self, error: Exception) -> Failed:
        if self._over or isinstance(error, TimeoutError):
            return Failed("timeout", shown([self._url]))
        return Failed("not_http", shown([self._url, type(error).__name__]))

    def _cut(self) -> None:
        """End the connection: its time is over."""
        self._over = True
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            return


def origin(url: str) -> str:
    """Return scheme, host and port of an address, as browsers compare them; empty if it is none."""
    try:
        parts = urlsplit(url)
        port = parts.port or DEFAULT_PORTS[parts.scheme.lower()]
    except (ValueError, KeyError):
        return ""
    return f"{parts.scheme.lower()}://{(parts.hostname or '').lower()}:{port}"


def is_loopback(url: str) -> bool:
    """Tell whether an address is on this machine."""
    return (urlsplit(url).hostname or "") in LOOPBACK


def _readable(url: str) -> bool:
    """Tell whether a browser keeps Secure cookies away from an address: http, beyond loopback."""
    return urlsplit(url).scheme == "http" and not is_loopback(url)


def _target(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _cookies(header: str) -> SimpleCookie:
    try:
        return SimpleCookie(header)
    except CookieError:
        return SimpleCookie()
