"""The client's end of one request while it is answered, whatever the transport.

What the corridor and the work see of it: progress, log messages, questions, cancellation, the time
limit. Safe to use from any thread where it says so. Each transport sends in its own way.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Generator, Iterator, Mapping
from typing import Any

from accounts.caller import Caller
from catalog.authoring.asking import AnswerError
from monitoring import tracing
from servers.protocol.envelope import LEVELS
from servers.protocol.jsonrpc import notification_message, request_message
from servers.protocol.revisions import OVER_HTTP, Revision
from servers.transports.conversation import Era

LATEST_SECONDS = 1.0
"""How late a limit may be found that is set while a request rests."""
UNREACHABLE = "The client cannot be asked: it has left, or does not take what it is sent."


class Sent:
    """An awaitable that waits for what was said to leave, and may be dropped."""

    __slots__ = ("_exchange",)

    def __init__(self, exchange: "Exchange | None") -> None:
        self._exchange = exchange

    def __await__(self) -> Generator[Any, None, None]:
        if self._exchange is not None:
            yield from self._exchange.drained().__await__()


_DROPPED = Sent(None)


class Exchange:
    """One request's way back to its client."""

    stopped = ""
    """Why the request was stopped: client, left, timeout, shutdown, revoked, admin, access; empty if not.

    `left`: nobody asked for it, but the client is gone for whom it ran.
    """
    stop_reason = ""
    """The administrator's words, if it was one who stopped it."""
    caller: Caller | None = None
    """Who asks, once it is being answered."""
    streaming = False
    """Whether anything has left already."""
    session_until = float("inf")
    """When its session is over, in seconds of the epoch."""
    over = False
    """Whether the answer is on its way: nothing more may come before it."""
    served: Mapping[str, Revision] = OVER_HTTP
    """The revisions that the transport speaks, by date."""
    only_listens = False
    """Whether it does no work that could take too long: nobody will limit it."""
    tells_refusals = False
    """Whether a call that was refused is told in its result, as no status can carry the refusal."""
    track: tuple[str, bytes] | None = None
    """What the client may cancel the request by: its session, and the encoded id."""
    _limit = float("inf")
    _left_over = float("inf")
    _waits = 0

    def __init__(
        self, era: Era, params: dict[str, Any], fields: Mapping[bytes, bytes] | None = None
    ) -> None:
        """Begin; `fields` are the request's headers, where the transport has any."""
        self.era, self._params, self.fields = era, params, fields
        self.trace_id = _trace_id(fields or {}, params)
        self.loop = loop = asyncio.get_running_loop()
        self._task, self._started = asyncio.current_task(loop), loop.time()

    @property
    def revision(self) -> Revision:
        """The revision its client speaks."""
        return self.era.revision

    # --- what each transport does in its own way ---

    @property
    def way_back(self) -> tuple[str, bytes]:
        """The name of the stream its client may come back for, and the encoded id; empty if there is none."""
        return "", b""

    @property
    def address(self) -> str:
        """The client's IP address, empty if there is none."""
        return ""

    def hold(self, name: str = "") -> None:
        """Take a place for a stream that is all there will be, where they are counted.

        Raises TooManyStreams. Under a name it is taken from the stream that had it before.
        """

    def emit(self, message: bytes, level: str = "") -> None:
        """Send a message on the way to the answer; on the loop's thread only."""
        raise NotImplementedError

    def emit_once(self, message: bytes, event_id: bytes = b"") -> None:
        """Send a message that must not be lost, unless the same one waits already."""
        self.emit(message)

    def emit_question(self, message: bytes, id_json: bytes) -> bool:
        """Send a request of the hub's; False if it cannot reach the client."""
        self.emit(message)
        return True

    @property
    def streams(self) -> bool:
        """Whether the client takes messages before the answer."""
        return True

    async def drained(self) -> None:
        """Wait until what was said has left."""

    def close_stream(self) -> None:
        """End the connection early, where the client can come back for the rest."""

    def leave(self) -> None:
        """End the connection, at once if the client takes nothing over it: it is to wait for nobody."""

    def tick(self, now: float) -> float:
        """Hear what the loop's clock says; a request that has taken its time is stopped.

        Return by when it has to be told again, infinity if nothing is to come.
        """
        if self.only_listens:
            return float("inf")
        if now >= self._limit:
            self.stop("timeout")
        return min(self._limit, now + LATEST_SECONDS)

    # --- what the work says ---

    def progress(self, value: float, total: float | None, message: str | None) -> Awaitable[None]:
        """Send a progress notification, if the client gave a token for it."""
        token = progress_token(self._params)
        if token is None:
            return _DROPPED
        params: dict[str, Any] = {"progressToken": token, "progress": value}
        if total is not None:
            params["total"] = total
        if message is not None and self.era.revision.has_progress_message:
            params["message"] = message
        return self.notify("notifications/progress", params)

    def log(self, level: str, data: Any, logger: str | None) -> Awaitable[None]:
        """Send a log message, if the client wants messages of that level."""
        if self.era.revision.stateless and not reaches(level, self.era.log_level):
            return _DROPPED
        params = {"level": level, "data": data, **({"logger": logger} if logger else {})}
        return self.notify("notifications/message", params, level)

    def notify(self, method: str, params: dict[str, Any], level: str = "") -> Sent:
        """Send a notification, from whichever thread; none once the answer is on its way."""
        if not self.streams or self.stopped or self.over:
            return _DROPPED
        message = notification_message(method, params)
        if running_loop() is self.loop:
            self.emit(message, level)
            return Sent(self)
        self.loop.call_soon_threadsafe(self._emit_late, message, level)
        return _DROPPED

    def _emit_late(self, message: bytes, level: str) -> None:
        """Send what a thread said, unless the answer was quicker."""
        if not self.over:
            self.emit(message, level)

    def tell(self, method: str, params: dict[str, Any], event_id: bytes = b"") -> None:
        """Send a notification to a client that listens; on the loop's thread only.

        What it was told and has not read yet it is not told twice.
        """
        if not self.over:
            self.emit_once(notification_message(method, params), event_id)

    def name_place(self, event_id: bytes) -> None:
        """Tell a client where it can go on from, where a transport has such places."""

    def ask(self, id_json: bytes, method: str, params: dict[str, Any]) -> None:
        """Send a request of the hub's; on the loop's thread only. Raises AnswerError."""
        message = request_message(id_json, method, params)
        if self.over or not self.emit_question(message, id_json):
            raise AnswerError(UNREACHABLE)

    # --- how long it may take ---

    def cancelled(self) -> bool:
        """Return whether the request was stopped."""
        return bool(self.stopped)

    def limit(self, seconds: float) -> None:
        """Stop the request when it has taken so many seconds from now."""
        self._limit = self.loop.time() + seconds

    @contextlib.contextmanager
    def untimed(self) -> Iterator[None]:
        """Let no time count: a person is being waited for, who has a limit of their own."""
        if not self._waits:
            self._left_over, self._limit = self._limit - self.loop.time(), float("inf")
        self._waits += 1
        try:
            yield
        finally:
            self._waits -= 1
            if not self._waits:
                self._limit = self.loop.time() + self._left_over

    def stop(self, reason: str, words: str = "") -> None:
        """Stop the work, with an administrator's words if it was one; on the loop's thread only."""
        if not self.stopped and self._task is not None:
            self.stopped, self.stop_reason = reason, words
            self._task.cancel()


def reaches(level: str, wanted: object) -> bool:
    """Return whether a message of a level is to be sent to a client that wants some level."""
    return wanted in LEVELS and LEVELS.index(level) >= LEVELS.index(wanted)


def progress_token(params: dict[str, Any]) -> str | int | None:
    """Return the token a client gave for progress notifications (utilities/progress)."""
    meta = params.get("_meta")
    token = meta.get("progressToken") if isinstance(meta, dict) else None
    return token if isinstance(token, str | int) and not isinstance(token, bool) else None


def running_loop() -> asyncio.AbstractEventLoop | None:
    """Return the loop of this thread, if one runs."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _trace_id(headers: Mapping[bytes, bytes], params: Mapping[str, Any]) -> str:
    """Return the trace named by a header or by `_meta`, else a new one."""
    parent = headers.get(b"traceparent")
    if parent is not None:
        return tracing.trace_id_of(parent.decode("latin-1"))
    meta = params.get("_meta")
    given = meta.get("traceparent") if isinstance(meta, dict) else None
    return tracing.trace_id_of(given if isinstance(given, str) else None)
