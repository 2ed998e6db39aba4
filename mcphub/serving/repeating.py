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
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mcphub.serving import arrival
from mcphub.serving.corking import Cork, CorkedTransport
from mcphub.serving.cycles import ANSWER, AnsweringCycle, ArrivedCycle
from mcphub.serving.lean import Ahead, Flow
from mcphub.serving.reserve import may_keep
from servers.transports.http_exchange import CUT

START = b"POST /mcp/"
MOST_REMEMBERED = 2_048
LONGEST_HEAD = 2_048
MOST_HEADERS = 32
"""Headers of a head that is remembered: each costs far more memory than its bytes."""
MOST_LINES = 64 * 1024
"""Bytes of a head, of what follows a chunked body, or of lines between two messages. A head that
begins behind something else in what was received may have up to twice as many."""
TOO_LARGE = "The request head is too large."
MEMO = "mcphub.memo"
"""Name of the scope's entry where an application may leave what it learned from a head alone."""
# What differs with every request, or asks the server for something besides an answer.
_FICKLE = frozenset({b"traceparent", b"tracestate", b"last-event-id", b"upgrade", b"expect"})


class KnownHead:
    """A head, parsed: the scope it makes, and how many bytes follow it."""

    __slots__ = ("length", "scope")

    def __init__(self, scope: dict[str, Any], length: int) -> None:
        own = ("client", "server", "scheme", "state", ANSWER, CUT)
        self.scope = {name: value for name, value in scope.items() if name not in own}
        self.scope[MEMO] = {}
        self.length = length


class RepeatingProtocol(HttpToolsProtocol):
    """uvicorn's protocol on a corked transport, one timer a connection, and heads that are known.

    `_begun`, `_headed` and `_ended` are messages that began, whose heads were whole, that were whole, but for
    those with known heads. `_lines` are the bytes the parser was given since a head was whole, a piece of a
    body came, or a message ended. `_idle_since` is when the last answer was complete, `_awaited_since` when
    what is awaited began, `_due` when the timer ends; `_awaited` how many heads had begun and were whole
    when something was last found to be awaited. Slots, uvicorn's own attributes among them: as a dictionary
    they take 2 KB a connection.
    """

    __slots__ = (
        *("access_log", "access_logger", "app", "app_state", "asgi_version", "client", "config"),
        *("connections", "cycle", "expect_100_continue", "flow", "headers", "limit_concurrency"),
        *("logger", "loop", "parser", "pipeline", "root_path", "scheme", "scope", "server"),
        *("server_state", "tasks", "timeout_keep_alive", "timeout_keep_alive_task", "transport"),
        *("url", "ws_protocol_class"),
        *("_awaited", "_awaited_since", "_begun", "_due", "_ended", "_headed", "_idle_since"),
        *("_lines", "_own", "_shared"),
    )

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.pipeline = Ahead()  # type: ignore[assignment]
        self._begun = self._headed = self._ended = self._lines = self._awaited = 0
        self._idle_since = self._awaited_since = self._due = 0.0
        self._own: dict[str, Any] = {}
        self._shared: dict[str, Any]

    def connection_made(self, transport: Any) -> None:
        """Begin a connection."""
        cork = _corks.get(self.loop)
        if cork is None:
            cork = _corks[self.loop] = Cork(self.loop)
        super().connection_made(CorkedTransport(transport, cork))  # type: ignore[arg-type]
        self._idle_since = self._awaited_since = self.loop.time()
        self._look_in(arrival.SECONDS)
        taken = transport.get_extra_info("socket")
        if taken is not None and not may_keep(taken.fileno()):
            transport.abort()

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
        """Give the parser what came, and what is unfinished after it its time."""
        self._feed(data)
        awaited = self._begun + self._headed
        if self._begun == self._ended or awaited == self._awaited:
            return
        self._awaited = awaited
        if self.cycle is not None:  # the first head has its time since the connection was made
            self._awaited_since = self.loop.time()
        if self._due > self._awaited_since + arrival.SECONDS:
            self._look_in(arrival.SECONDS)

    def _feed(self, data: bytes) -> None:
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
                return self._refuse(431, TOO_LARGE)

    def _refuse(self, status: int, text: str) -> None:
        """Close the connection; say why, where that does not cut into an answer."""
        if self.transport.is_closing():
            return
        cycle, path = self.cycle, b""
        if cycle is not None and cycle.scope is self.scope:  # its head was whole
            silent = cycle.response_started or bool(self.pipeline)
            path, cycle.disconnected = self.scope["raw_path"], True
        else:
            silent = not self._is_free()
        if not silent:
            self.transport.write(arrival.refusal(status, text, path))
        self.transport.close()

    def _is_free(self) -> bool:
        """Return whether the last request is answered, so that the next may start."""
        return (self.cycle is None or self.cycle.response_complete) and not self.pipeline

    def _start(self, known: KnownHead, body: bytes) -> None:
        """Start the application on a request."""
        if not self._own:
            self._settle()
        scope = {**known.scope, **self._own, "state": {}}
        self.cycle = cycle = ArrivedCycle(self._shared, scope, body)
        cycle.default_headers = self.server_state.default_headers
        self._start_asgi_task(cycle, self.app)

    def _settle(self) -> None:
        """Work out what is the same for all requests of the connection."""
        self._own = {
            "client": self.client,
            "server": self.server,
            "scheme": self.scheme,
            CUT: self.transport.abort,
        }
        self._shared = {
            "transport": self.transport,
            "flow": self.flow,
            "logger": self.logger,
            "access_logger": self.access_logger,
            "access_log": self.access_log,
            "on_response": self.on_response_complete,
        }

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
        self._headed += 1
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
        if self.pipeline:
            super().on_response_complete()
            return
        self.server_state.total_requests += 1
        if not self.transport.is_closing():
            self.flow.resume_reading()

    def _unset_keepalive_if_required(self) -> None:
        """Leave the timer: it looks at the connection when it ends."""

    def _look_in(self, seconds: float) -> None:
        """Have the timer end so many seconds from now."""
        if self.timeout_keep_alive_task is not None:
            self.timeout_keep_alive_task.cancel()
        self._due = self.loop.time() + seconds
        self.timeout_keep_alive_task = self.loop.call_later(
            seconds, self.timeout_keep_alive_handler
        )

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection that was idle or slow for long enough, else look again when it would be."""
        waits = self._ends() - self.loop.time()
        if waits > 0:
            self._look_in(waits)
        elif self._begun != self._ended:
            self._refuse(408, arrival.TOO_SLOW)
        else:
            super().timeout_keep_alive_handler()

    def _ends(self) -> float:
        """Return when the connection has had its time, or when to look again at one that has none."""
        now, free = self.loop.time(), self._is_free()
        if self._begun == self._ended:
            seconds = self.timeout_keep_alive if self.cycle is not None else arrival.SECONDS
            return (self._idle_since if free else now) + seconds
        # A message that was sent ahead is not waited for while another is answered.
        ahead = bool(self.pipeline) or (self._begun != self._headed and not free)
        since = now if ahead else max(self._awaited_since, self._idle_since)
        return since + arrival.SECONDS

    def shutdown(self) -> None:
        """Close a connection whose request is not whole yet; else let it be answered, and close then."""
        unfinished = self._begun == self._headed != self._ended and not self.pipeline
        if unfinished and not self.cycle.response_started:
            self.cycle.disconnected = True
            self.transport.close()
        else:
            super().shutdown()

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
httptools_impl.FlowControl = Flow  # type: ignore[assignment,attr-defined]
_corks: dict[asyncio.AbstractEventLoop, Cork] = {}
_heads: dict[bytes, KnownHead] = {}
_seen_once: set[int] = set()
