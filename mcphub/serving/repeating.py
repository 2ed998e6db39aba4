"""uvicorn's HTTP protocol, with a memory for heads that clients send again and again.

A client on a kept connection repeats the head of its requests byte for byte. Such a head was parsed
once, as a whole, by uvicorn's parser; when the same bytes come again, at the beginning of a message
and together with exactly the body they announce, what they mean is known. Everything else (a new
head, a body in pieces, a request sent ahead of an answer) goes through the parser, which joins the
pieces of a line at a cost that grows with their square: what is no body has a bound here.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http import httptools_impl
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from mcphub.serving.corking import Cork, CorkedTransport
from mcphub.serving.cycles import ANSWER, AnsweringCycle, ArrivedCycle, encoded

START = b"POST /mcp/"
MOST_REMEMBERED = 2_048
LONGEST_HEAD = 2_048
MOST_HEADERS = 32
"""Headers of a head that is remembered: each costs far more memory than its bytes."""
MOST_LINES = 64 * 1024
"""Bytes of a head, of what follows a chunked body, or of lines between two messages. A head that
begins behind something else in what was received may have up to twice as many."""
TOO_LARGE = (
    b"content-type: text/plain; charset=utf-8\r\ncontent-length: 30\r\nconnection: close\r\n\r\n"
    b"The request head is too large."
)
MEMO = "mcphub.memo"
"""Name of the scope's entry where an application may leave what it learned from a head alone."""
# What differs with every request, or asks the server for something besides an answer.
_FICKLE = frozenset({b"traceparent", b"tracestate", b"last-event-id", b"upgrade", b"expect"})


class KnownHead:
    """A head, parsed: the scope it makes, and how many bytes follow it."""

    __slots__ = ("length", "scope")

    def __init__(self, scope: dict[str, Any], length: int) -> None:
        own = ("client", "server", "scheme", "state", ANSWER)
        self.scope = {name: value for name, value in scope.items() if name not in own}
        self.scope[MEMO] = {}
        self.length = length


class RepeatingProtocol(HttpToolsProtocol):
    """uvicorn's protocol on a corked transport, one timer a connection, and heads that are known."""

    _begun = _ended = 0
    _lines = 0
    """Bytes the parser was given since a head was whole, a piece of a body came, or a message ended."""
    _idle_since = 0.0

    def connection_made(self, transport: Any) -> None:
        """Begin a connection."""
        cork = _corks.get(self.loop)
        if cork is None:
            cork = _corks[self.loop] = Cork(self.loop)
        super().connection_made(CorkedTransport(transport, cork))  # type: ignore[arg-type]
        self._own = {"client": self.client, "server": self.server, "scheme": self.scheme}
        self._shared = {
            "transport": self.transport,
            "flow": self.flow,
            "logger": self.logger,
            "access_logger": self.access_logger,
            "access_log": self.access_log,
            "on_response": self.on_response_complete,
        }

    def data_received(self, data: bytes) -> None:
        """Take what came: a request with a known head at once, all else by the parser."""
        if self._begun != self._ended or not data.startswith(START):
            return self._parse(data)
        end = data.find(b"\r\n\r\n") + 4
        known = _heads.get(data[:end])
        if known is None:
            self._parse(data)
            self._remember(data, end)
        elif known.length == len(data) - end and self._is_free():
            self._start(known, data[end:])
        else:
            self._parse(data)

    def _parse(self, data: bytes) -> None:
        """Give the parser what came, unless it is more lines than a message may have."""
        if len(data) < MOST_LINES - self._lines:
            self._lines += len(data)
            return super().data_received(data)
        while data and not self.transport.is_closing():
            room = MOST_LINES - self._lines
            self._lines += min(len(data), room)
            super().data_received(data[:room])
            data = data[room:]
            if self._lines == MOST_LINES:
                return self._refuse()

    def _refuse(self) -> None:
        """Close the connection; say why, where that does not cut into an answer."""
        if self.transport.is_closing():
            return
        cycle = self.cycle
        if cycle is not None and cycle.scope is self.scope:  # its head was whole
            silent = cycle.response_started or bool(self.pipeline)
        else:
            silent = not self._is_free()
        if not silent:
            head = STATUS_LINE[431] + encoded(self.server_state.default_headers)
            self.transport.write(head + TOO_LARGE)
        self.transport.close()

    def _is_free(self) -> bool:
        """Return whether the last request is answered, so that the next may start."""
        return (self.cycle is None or self.cycle.response_complete) and not self.pipeline

    def _start(self, known: KnownHead, body: bytes) -> None:
        """Start the application on a request."""
        scope = {**known.scope, **self._own, "state": {}}
        self.cycle = cycle = ArrivedCycle(self._shared, scope, body)
        cycle.default_headers = self.server_state.default_headers
        self._start_asgi_task(cycle, self.app)

    def _remember(self, data: bytes, end: int) -> None:
        """Remember the head of one whole, ordinary request that was all of `data`, the second time."""
        cycle = self.cycle
        if (
            end > LONGEST_HEAD
            or self._begun != self._ended
            or len(data) - end != len(cycle.body)
            or self.scope["http_version"] != "1.1"
        ):
            return
        given = list(self.scope["headers"])
        headers = dict(given)
        if len(headers) != len(given) or len(given) > MOST_HEADERS or _FICKLE & headers.keys():
            return
        if headers.get(b"connection", b"keep-alive").lower() != b"keep-alive":
            return
        if headers.get(b"content-length") == b"%d" % len(cycle.body):
            _remember(data[:end], KnownHead(dict(self.scope), len(cycle.body)))

    # --- the parser's callbacks: is it between two messages, is it among lines? ---

    def on_message_begin(self) -> None:
        """Hear that a message begins."""
        self._begun += 1
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Hear that a head is whole."""
        self._lines = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Hear of a piece of a body."""
        self._lines = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Hear that a message is whole."""
        self._ended += 1
        self._lines = 0
        super().on_message_complete()

    # --- one timer a connection, instead of one an answer ---

    def on_response_complete(self) -> None:
        """Note when a connection became idle, and go on with what was sent ahead."""
        self._idle_since = self.loop.time()
        if self.pipeline or self.timeout_keep_alive_task is None:
            super().on_response_complete()
            return
        self.server_state.total_requests += 1
        if not self.transport.is_closing():
            self.flow.resume_reading()

    def _unset_keepalive_if_required(self) -> None:
        """Leave the timer: it looks at the connection when it ends."""

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection that was idle long enough, else look again when it would be."""
        waits = float(self.timeout_keep_alive)
        if self._is_free() and self._begun == self._ended:
            waits = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if waits > 0:
            self.timeout_keep_alive_task = self.loop.call_later(
                waits, self.timeout_keep_alive_handler
            )
        else:
            super().timeout_keep_alive_handler()

    def connection_lost(self, exc: Exception | None) -> None:
        """End a connection, with its timer."""
        super().connection_lost(exc)
        if self.timeout_keep_alive_task is not None:
            self.timeout_keep_alive_task.cancel()
            self.timeout_keep_alive_task = None


def _remember(head: bytes, known: KnownHead) -> None:
    """Remember a head that comes again; of one that never does, a number is kept."""
    mark = hash(head)
    if mark not in _seen_once:
        if len(_seen_once) >= MOST_REMEMBERED:
            _seen_once.clear()
        _seen_once.add(mark)
        return
    if len(_heads) >= MOST_REMEMBERED:
        del _heads[next(iter(_heads))]
    _heads[head] = known


httptools_impl.RequestResponseCycle = AnsweringCycle  # type: ignore[assignment,misc]
_corks: dict[asyncio.AbstractEventLoop, Cork] = {}
_heads: dict[bytes, KnownHead] = {}
_seen_once: set[int] = set()
