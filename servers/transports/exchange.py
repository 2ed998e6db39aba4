"""The client's end of one HTTP request while it is answered: JSON at once, or a stream of events.

The first message decides: a notification opens the stream, a result that comes first is plain JSON.
A request that stays silent for SILENT_SECONDS opens the stream too, because proxies cut silent
answers. Safe to use from any thread.
"""

import asyncio
import contextlib
import random
from collections import deque
from collections.abc import Awaitable, Generator, Mapping
from typing import Any, get_args

from catalog.authoring.context import Level
from monitoring import metrics, tracing
from servers.protocol.jsonrpc import notification_message
from servers.transports.conversation import Conversation, Era
from servers.transports.responses import JSON, respond
from servers.transports.sse import KEEP_ALIVE, frame

WATCH_AFTER = 0.1
"""Seconds after which a request is watched: most are answered before, and cost nothing."""
SILENT_SECONDS = 10.0
KEEP_ALIVE_SECONDS = 25.0
MOST_PENDING = 256
"""Frames kept for a client that does not read; the oldest notification goes first."""

LEVELS = get_args(Level)
_STREAM_HEADERS = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


class Sent:
    """An awaitable that waits for the frames to leave, and may be dropped."""

    __slots__ = ("_exchange",)

    def __init__(self, exchange: "HttpExchange | None") -> None:
        self._exchange = exchange

    def __await__(self) -> Generator[Any, None, None]:
        if self._exchange is not None:
            yield from self._exchange.drained().__await__()


_DROPPED = Sent(None)


class HttpExchange:
    """One request's way back to its client."""

    stopped = ""
    """Why the request was stopped: client, timeout, shutdown; empty while it goes on."""
    streaming = False
    _frames: deque[bytes] | None = None
    _drain: asyncio.Task[None] | None = None
    _watch: asyncio.Task[None] | None = None
    _limit = float("inf")
    _counted = False

    def __init__(self, talk: Conversation, era: Era, params: dict[str, Any]) -> None:
        self._talk, self._era, self._params = talk, era, params
        self._send = talk.send
        self._loop = loop = asyncio.get_running_loop()
        self._task, self._started = asyncio.current_task(loop), loop.time()
        self.trace_id = _trace_id(talk.head.fields, params)

    # --- what the corridor and the work see ---

    @property
    def address(self) -> str:
        """The client's IP address."""
        return self._talk.address

    def progress(self, value: float, total: float | None, message: str | None) -> Awaitable[None]:
        """Send a progress notification, if the client gave a token for it."""
        token = progress_token(self._params)
        if token is None:
            return _DROPPED
        params: dict[str, Any] = {"progressToken": token, "progress": value}
        if total is not None:
            params["total"] = total
        if message is not None:
            params["message"] = message
        return self._notify("notifications/progress", params)

    def log(self, level: str, data: Any, logger: str | None) -> Awaitable[None]:
        """Send a log message, if this request asked for messages of that level."""
        wanted = self._era.log_level
        if wanted not in LEVELS or LEVELS.index(level) < LEVELS.index(wanted):
            return _DROPPED
        params = {"level": level, "data": data, **({"logger": logger} if logger else {})}
        return self._notify("notifications/message", params)

    def cancelled(self) -> bool:
        """Return whether the request was stopped."""
        return bool(self.stopped)

    def limit(self, seconds: float) -> None:
        """Stop the request when it has taken so many seconds from now."""
        self._limit = self._loop.time() + seconds

    def stop(self, reason: str) -> None:
        """Stop the work; on the loop's thread only."""
        if not self.stopped and self._task is not None:
            self.stopped = reason
            self._task.cancel()

    # --- the answer ---

    async def finish(self, message: bytes, status: int = 200) -> None:
        """Send the final message and end the answer."""
        self.close()
        if self._drain is not None:
            await self.drained()
        if not self.streaming and not self._talk.head.accepts.json and status == 200:
            await self._open()
        if self.streaming:
            body = frame(message)
            return await self._send(
                {"type": "http.response.body", "body": body, "more_body": False}
            )
        extra, answer = self._talk.extra, self._talk.answer
        if status != 200 or answer is None or not answer(extra, message):
            await respond(self._send, status, (JSON, *extra), message)

    async def abandon(self) -> None:
        """End the answer without a final message: the client asked for none."""
        self.close()
        await self.drained()
        if not self.streaming:
            await self._open()
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    def close(self) -> None:
        """Stop watching; a stream is no longer counted."""
        if self._counted:
            self._counted = False
            metrics.streams_open.dec()
        if self._watch is not None:
            self._watch.cancel()

    async def drained(self) -> None:
        """Wait until every frame has left."""
        while self._drain is not None and not self._drain.done():
            await asyncio.shield(self._drain)

    # --- the stream ---

    def _notify(self, method: str, params: dict[str, Any]) -> Sent:
        """Queue a notification, from whichever thread."""
        if not self._talk.head.accepts.stream or self.stopped:
            return _DROPPED
        message = frame(notification_message(method, params))
        if _running_loop() is self._loop:
            self._push(message)
            return Sent(self)
        self._loop.call_soon_threadsafe(self._push, message)
        return _DROPPED

    def _push(self, message: bytes) -> None:
        """Queue a frame and see that somebody sends it."""
        if self._frames is None:
            self._frames = deque()
        if len(self._frames) >= MOST_PENDING:
            self._frames.popleft()
        self._frames.append(message)
        if self._drain is None or self._drain.done():
            self._drain = self._loop.create_task(self._send_frames(self._frames))

    async def _send_frames(self, frames: deque[bytes]) -> None:
        """Send what is queued, in order."""
        if not self.streaming:
            await self._open()
        while frames:
            body = frames.popleft()
            await self._send({"type": "http.response.body", "body": body, "more_body": True})

    async def _open(self) -> None:
        """Begin the stream."""
        self.streaming = self._counted = True
        metrics.streams_open.inc()
        headers = [*_STREAM_HEADERS, *self._talk.extra]
        await self._send({"type": "http.response.start", "status": 200, "headers": headers})

    # --- the watch ---

    def tick(self, now: float) -> None:
        """Begin to watch a request that is not answered at once."""
        if self._watch is None and now - self._started >= WATCH_AFTER:
            self._watch = self._loop.create_task(self._watch_request())

    async def _watch_request(self) -> None:
        """Keep a slow answer alive, end it at its limit, notice that the client left."""
        leaving = self._loop.create_task(self._left())
        alive_at = (
            self._started + SILENT_SECONDS if self._talk.head.accepts.stream else float("inf")
        )
        try:
            while (now := self._loop.time()) < self._limit:
                if leaving.done() and self._era.revision.stateless:
                    # 2026-07-28 patterns/cancellation: closing the stream cancels; before, it did not.
                    return self.stop("client")
                if leaving.done():
                    alive_at = float("inf")
                elif now >= alive_at:
                    self._push(KEEP_ALIVE)
                    alive_at = now + KEEP_ALIVE_SECONDS * random.uniform(0.8, 1.0)
                await _wait(leaving, min(alive_at, self._limit) - now)
            self.stop("timeout")
        finally:
            leaving.cancel()

    async def _left(self) -> None:
        """Return when the client has closed the connection."""
        with contextlib.suppress(asyncio.CancelledError):
            while (await self._talk.receive())["type"] != "http.disconnect":
                pass


def progress_token(params: dict[str, Any]) -> str | int | None:
    """Return the token a client gave for progress notifications (utilities/progress)."""
    meta = params.get("_meta")
    token = meta.get("progressToken") if isinstance(meta, dict) else None
    return token if isinstance(token, str | int) and not isinstance(token, bool) else None


async def _wait(leaving: "asyncio.Task[None]", seconds: float) -> None:
    """Wait so long, or until the client leaves."""
    timeout = None if seconds == float("inf") else max(0.0, seconds)
    if not leaving.done():
        await asyncio.wait({leaving}, timeout=timeout)
    else:
        await asyncio.sleep(3600.0 if timeout is None else timeout)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    """Return the loop of this thread, if one runs."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _trace_id(headers: Mapping[bytes, bytes], params: Mapping[str, Any]) -> str:
    """Return the trace a request belongs to: from its header, its `_meta` (2026-07-28), or new."""
    parent = headers.get(b"traceparent")
    if parent is not None:
        return tracing.trace_id_of(parent.decode("latin-1"))
    meta = params.get("_meta")
    given = meta.get("traceparent") if isinstance(meta, dict) else None
    return tracing.trace_id_of(given if isinstance(given, str) else None)
