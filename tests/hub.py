"""A hub in the test's own process: requests go to its ASGI application, rows come from the test.

The loop runs in a thread of its own; whatever the hub offloads (its database work) is handed back
and runs in the test's thread, inside the test's transaction. A query on the loop itself raises, as
Django forbids it there. Whatever the hub sends is judged by the official schemas
(`tests/watching.py`). `tests/live.py` has the hub as a process of its own.
"""

import asyncio
import contextvars
import functools
import json
import queue
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from accounts.models import Team
from catalog import services as catalog
from catalog.importers.python import LoadedFile, file_origin, functions, load
from catalog.models import Source
from mcphub.embedded import EmbeddedWorker
from mcphub.routing import RememberingRouter, routes
from mcphub.runtime import Runtime
from monitoring import audit, bus
from servers import services as servers
from servers.jobs.crews import Crew
from servers.models import Job, Server
from servers.transports.sse import KEEP_ALIVE_LINE
from tests import gates
from tests.laying import laid
from tests.watching import Watch

AUTHORED = Path(__file__).with_name("authored.py")
REVISIONS = ("2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28")
HANDSHAKE = REVISIONS[:3]
STATELESS = REVISIONS[3]
NAMED_BY = {
    "tools/call": "name",
    "prompts/get": "name",
    "resources/read": "uri",
    **dict.fromkeys(("tasks/get", "tasks/update", "tasks/cancel"), "taskId"),
}
META = "io.modelcontextprotocol/"
BOTH = "application/json, text/event-stream"
PATIENCE = 20.0
"""Seconds after which a test that waits for the hub fails; none waits so long when all is well."""


@dataclass
class Answer:
    """An HTTP answer, whole."""

    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    ended: bool = False

    def header(self, name: str) -> str | None:
        """Return a header's only value, or None; two values are a fault of the hub."""
        values = [value for key, value in self.headers if key == name.lower()]
        assert len(values) <= 1, f"{name} is given {len(values)} times"
        return values[0] if values else None

    @property
    def streamed(self) -> bool:
        """Whether it is a stream of events."""
        return (self.header("content-type") or "").startswith("text/event-stream")

    @property
    def messages(self) -> list[Any]:
        """The JSON-RPC messages it carries, in order."""
        if not self.streamed:
            told = json.loads(self.body)
            return told if isinstance(told, list) else [told]
        return [json.loads(data) for data in events(self.body)]

    @property
    def message(self) -> Any:
        """The final message."""
        return self.messages[-1]

    @property
    def result(self) -> Any:
        """The result; fails on an error."""
        assert "result" in self.message, self.message
        return self.message["result"]

    @property
    def error(self) -> Any:
        """The error; fails on a result."""
        assert "error" in self.message, self.message
        return self.message["error"]

    @property
    def code(self) -> int:
        """The error's code."""
        return int(self.error["code"])

    @property
    def text(self) -> str:
        """The text of a tool's first block."""
        return str(self.result["content"][0]["text"])


def events(body: bytes) -> list[str]:
    """Return the data of every whole event; fails on a frame that is cut or is no event."""
    assert body == b"" or body.endswith((b"\n\n", KEEP_ALIVE_LINE)), body[-80:]
    found = []
    for event in body.decode().split("\n\n")[:-1]:
        lines = [line for line in event.split("\n") if not line.startswith(":")]
        if not lines:
            continue
        fields = dict(line.split(": ", 1) for line in lines)
        if fields.get("data", "") == "":  # it only names a place, or says when to come back
            assert fields.keys() <= {"id", "retry", "data"}
            continue
        assert fields["event"] == "message" and fields.keys() <= {"id", "retry", "event", "data"}
        found.append(fields["data"])
    return found


@dataclass(frozen=True)
class Session:
    """A session that was opened: what each of its requests carries."""

    slug: str
    revision: str
    id: str
    token: str | None

    @property
    def headers(self) -> dict[str, str]:
        """The headers of its requests."""
        named = {"mcp-session-id": self.id}
        return named if self.revision == "2025-03-26" else {**named, VERSION: self.revision}


VERSION = "mcp-protocol-version"


class Exchange:
    """A request under way, to be watched from the test."""

    def __init__(self, hub: "Hub", watch: Watch, later: bytes = b"") -> None:
        self._hub, self._watch, self._later = hub, watch, later
        self.answer = Answer()
        self._sent: asyncio.Queue[None] = asyncio.Queue()
        self.received: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.task: asyncio.Task[None]
        self.reads = asyncio.Event()
        self.reads.set()

    async def send(self, message: Mapping[str, Any]) -> None:
        """Take what the application sends, as soon as the client reads."""
        await self.reads.wait()
        assert not self.answer.ended, "the application sends after the end of its answer"
        if message["type"] == "http.response.start":
            assert not self.answer.status, "the answer begins twice"
            self.answer.status = message["status"]
            self.answer.headers = [(k.decode(), v.decode()) for k, v in message["headers"]]
        else:
            self.answer.body += message.get("body", b"")
            self.answer.ended = not message.get("more_body", False)
        self._sent.put_nowait(None)

    def wait_for(self, told: Callable[[Answer], bool]) -> None:
        """Wait until the answer so far is as told."""

        async def wait() -> None:
            while not told(self.answer):
                await self._sent.get()

        self._hub.run(wait())

    def asked(self, number: int = 1) -> Any:
        """Wait until the hub has asked so many questions on this stream; return the last of them."""

        def questions(answer: Answer) -> list[Any]:
            found = answer.messages if answer.streamed else []
            return [each for each in found if "method" in each and "id" in each]

        self.wait_for(lambda answer: len(questions(answer)) >= number)
        return questions(self.answer)[number - 1]

    def reading(self, reads: bool) -> None:
        """Read no more, or go on reading."""
        act = self.reads.set if reads else self.reads.clear
        self._hub.loop.call_soon_threadsafe(act)

    def disconnect(self) -> None:
        """Close the connection, as a client does that leaves."""
        self._hub.loop.call_soon_threadsafe(self.received.put_nowait, {"type": "http.disconnect"})

    def send_rest(self) -> None:
        """Send what is left of the body."""
        message = {"type": "http.request", "body": self._later, "more_body": False}
        self._hub.loop.call_soon_threadsafe(self.received.put_nowait, message)

    def finish(self) -> Answer:
        """Wait until the application is through, and return its answer."""

        async def wait() -> None:
            await self.task

        self._hub.run(wait())
        self.judge()
        return self.answer

    def judge(self) -> None:
        """Have all that was sent judged, once."""
        if self in self._hub.unjudged:
            self._hub.unjudged.remove(self)
            self._watch.judge(self.answer.status, dict(self.answer.headers), self.answer.body)


class Loop:
    """An event loop in a thread of its own, whose offloaded work runs in the test's thread."""

    def __init__(self) -> None:
        self._work: queue.Queue[Callable[[], None] | None] = queue.Queue()
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="hub", daemon=True)
        self._thread.start()
        self.offloaded = 0

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run a coroutine on the loop, and here what it offloads."""
        future: Future[Any] = asyncio.run_coroutine_threadsafe(work, self.loop)
        future.add_done_callback(lambda _done: self._work.put(None))
        while (piece := self._work.get(timeout=PATIENCE)) is not None:
            piece()
        return future.result()

    def offload(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Awaitable[Any]:
        """Hand work to the test's thread."""
        done: Future[Any] = Future()

        def piece() -> None:
            if done.set_running_or_notify_cancel():
                self.offloaded += 1
                try:
                    done.set_result(function(*args, **kwargs))
                except BaseException as error:
                    done.set_exception(error)

        self._work.put(piece)
        return asyncio.wrap_future(done)

    def close(self) -> None:
        """End what still runs, and the loop."""

        async def end() -> None:
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        self.run(end())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(PATIENCE)
        self.loop.close()


class Doorbell:
    """What Celery is in life: it brings jobs to the worker, which is this process here."""

    answered = True
    """Whether the worker is there to hear it."""

    def __init__(self, runtime: Runtime, loop: asyncio.AbstractEventLoop) -> None:
        self._runtime, self._loop = runtime, loop
        self._tasks: set[asyncio.Task[None]] = set()

    def ring(self, job: Job) -> None:
        """Have the worker look at a job; from any thread."""
        if self.answered:
            # Nothing of the call that rings is the job's own, as where Celery brings it.
            own = contextvars.Context()
            self._loop.call_soon_threadsafe(self._begin, job.public_id, context=own)

    def _begin(self, public_id: str) -> None:
        assert self._runtime._runner is not None
        task = self._loop.create_task(self._runtime._runner.run(public_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class Hub(Loop):
    """One web process's memory, and the client's end of it."""

    runtime: Runtime
    address = "127.0.0.1"
    """Where requests come from."""

    def __init__(self) -> None:
        super().__init__()
        self.unjudged: set[Exchange] = set()

    def start(self) -> None:
        """Start the memory."""

        async def begin() -> None:
            self.runtime = Runtime()
            await self.runtime.start(self.offload)
            if self.runtime._runner is None:  # workers apart would do its jobs, and there are none
                await self.runtime._work(Crew("tests", "embedded", 8))
            self.runtime.hub.shared = True  # tests let several serve the same sessions
            self.runtime.hub.listeners.shared = True
            self.runtime.hub.jobs.ringer = Doorbell(self.runtime, self.loop)

        self.run(begin())

    def stop(self) -> None:
        """Let go of everything."""
        self.run(self.runtime.stop())
        self.close()
        for exchange in list(self.unjudged):
            exchange.judge()

    def ask(
        self,
        verb: str,
        path: str,
        headers: Mapping[str, str] | Sequence[tuple[str, str]] = (),
        *,
        host: str = "127.0.0.1:8000",
        scheme: str = "http",
    ) -> Answer:
        """Send a request that is not of the protocol, by the hub's own routes; a page fails."""
        pairs = list(headers.items()) if isinstance(headers, Mapping) else list(headers)
        exchange = Exchange(self, Watch((), b""))
        named = [("host", host)] if host else []
        path, _, query = path.partition("?")
        scope = {
            "type": "http",
            "method": verb,
            "path": path,
            "root_path": "",
            "query_string": query.encode(),
            "scheme": scheme,
            "client": (self.address, 50000),
            "headers": [(k.encode(), v.encode()) for k, v in [*named, *pairs]],
        }
        runtime = self.runtime
        serve = runtime.serve_mcp, runtime.serve_sse, runtime.serve_discovery, _no_page, _no_page

        async def walk() -> None:
            await RememberingRouter(routes(*serve))(scope, exchange.received.get, exchange.send)

        self.run(walk())
        return exchange.answer

    def refresh(self) -> None:
        """Serve what the rows say now."""
        self.run(self.runtime.hub.live.refresh())

    # --- requests ---

    def open(
        self,
        method: str,
        path: str,
        headers: Sequence[tuple[str, str]] = (),
        body: bytes | Sequence[bytes] = b"",
        *,
        host: str = "127.0.0.1:8000",
        later: bytes = b"",
    ) -> Exchange:
        """Begin a request; a body in several parts comes as chunks, and `later` only when told."""
        parts = [body] if isinstance(body, bytes) else list(body)
        exchange = Exchange(self, Watch(headers, b"".join([*parts, later])), later)
        self.unjudged.add(exchange)
        named = [("host", host)] if host else []
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "scheme": "http",
            "root_path": "",
            "client": (self.address, 50000),
            "server": ("127.0.0.1", 8000),
            "headers": [(k.encode(), v.encode()) for k, v in [*named, *headers]],
            "url_route": {"args": (), "kwargs": {"slug": path.removeprefix("/mcp/")}},
        }

        async def begin() -> None:
            for number, part in enumerate(parts, start=1):
                follows = bool(later) or number < len(parts)
                exchange.received.put_nowait(
                    {"type": "http.request", "body": part, "more_body": follows}
                )
            application = self.runtime.serve_mcp(scope, exchange.received.get, exchange.send)
            exchange.task = asyncio.get_running_loop().create_task(application)

        self.run(begin())
        return exchange

    def raw(
        self,
        method: str,
        slug: str,
        headers: Mapping[str, str] | Sequence[tuple[str, str]] = (),
        body: bytes | Sequence[bytes] = b"",
        *,
        host: str = "127.0.0.1:8000",
    ) -> Answer:
        """Send one request as it is, and return the answer."""
        pairs = list(headers.items()) if isinstance(headers, Mapping) else list(headers)
        return self.open(method, f"/mcp/{slug}", pairs, body, host=host).finish()

    def begin(
        self, slug: str, method: str, params: Mapping[str, Any] | None = None, **options: Any
    ) -> Exchange:
        """Begin a request of the protocol; the options are those of `post`."""
        headers, body = self._message(slug, method, dict(params or {}), **options)
        return self.open("POST", f"/mcp/{slug}", list(headers.items()), body)

    def post(
        self, slug: str, method: str, params: Mapping[str, Any] | None = None, **options: Any
    ) -> Answer:
        """Send a request as a client of the revision does, and return the answer.

        Options: revision (the newest), token, session (opened if the revision needs one), headers
        (None takes one away), id (None makes it a notification), meta, can (what the client declares).
        """
        return self.begin(slug, method, params, **options).finish()

    def reply(self, session: Session, id: Any, **said: Any) -> Answer:
        """Answer a question of the hub's in a session, with `result` or with `error`."""
        headers = {"content-type": "application/json", "accept": BOTH, **session.headers}
        if session.token:
            headers["authorization"] = f"Bearer {session.token}"
        body = json.dumps({"jsonrpc": "2.0", "id": id, **said}).encode()
        return self.raw("POST", session.slug, headers, body)

    def session(
        self,
        slug: str,
        revision: str,
        token: str | None = None,
        can: Mapping[str, Any] | None = None,
    ) -> Session:
        """Open a session; `can` are the capabilities that its client declares."""
        params = {**opening(revision), "capabilities": dict(can or {})}
        answer = self.post(
            slug, "initialize", params, revision=revision, token=token, session=False
        )
        assert answer.result["protocolVersion"] == revision
        session_id = answer.header("mcp-session-id")
        assert session_id
        return Session(slug, revision, session_id, token)

    def _message(
        self,
        slug: str,
        method: str,
        params: dict[str, Any],
        *,
        revision: str = STATELESS,
        token: str | None = None,
        session: Session | bool | None = None,
        headers: Mapping[str, str | None] | None = None,
        id: Any = 1,
        meta: Mapping[str, Any] | None = None,
        can: Mapping[str, Any] | None = None,
    ) -> tuple[dict[str, str], bytes]:
        """Return the headers and the body of one message."""
        said: dict[str, str | None] = {"content-type": "application/json", "accept": BOTH}
        if token:
            said["authorization"] = f"Bearer {token}"
        if isinstance(session, Session):
            said |= session.headers
        elif revision == STATELESS:
            said |= {VERSION: revision, "mcp-method": method}
            if method in NAMED_BY:
                said["mcp-name"] = str(params.get(NAMED_BY[method]))
            meta = {
                f"{META}protocolVersion": revision,
                f"{META}clientCapabilities": dict(can or {}),
                **(meta or {}),
            }
        elif session is None and method != "initialize":
            said |= self.session(slug, revision, token, can).headers
        if meta:
            params["_meta"] = dict(meta)
        message = {"jsonrpc": "2.0", "id": id, "method": method, "params": params}
        if id is None:
            del message["id"]
        kept = {k: v for k, v in {**said, **(headers or {})}.items() if v is not None}
        return kept, json.dumps(message).encode()


async def _no_page(scope: Mapping[str, Any], receive: Any, send: Any) -> None:
    """Stand where Django's pages are."""
    raise AssertionError(f"{scope['path']} leads to a page")


def opening(revision: str) -> dict[str, Any]:
    """Return the parameters of initialize."""
    return {
        "protocolVersion": revision,
        "capabilities": {},
        "clientInfo": {"name": "tests", "version": "1"},
    }


def authored_source(team: Team | None = None, *, file: Path = AUTHORED) -> Source:
    """Return an author's file as a source, tests/authored.py if not told, its functions loaded."""
    loaded = _loaded(file)
    functions.replace(loaded)
    return catalog.sync_source(loaded=loaded, team=team).source


def published(slug: str, source: Source, *, team: Team | None = None) -> Server:
    """Return a server with all of the source: public, or for the team alone."""
    server = servers.publish_server(
        actor=None,
        slug=slug,
        title=slug.title(),
        description="",
        team=team,
        visibility="team" if team else "public",
    )
    servers.publish_source(actor=None, server=server, source=source)
    return server


def laid_out(slug: str, file: Path = AUTHORED) -> Server:
    """Return a public server with all of an author's file, laid into the tables if it was before."""
    functions.replace(_loaded(file))
    laid((slug, file), lambda: published(slug, authored_source(file=file)))
    return Server.objects.get(slug=slug)


def _loaded(file: Path) -> LoadedFile:
    """Return what an author's file declares, as things that no test has called yet."""
    loaded = _run(file)
    return replace(loaded, entries=tuple(replace(entry) for entry in loaded.entries))


@functools.cache
def _run(file: Path) -> LoadedFile:
    """Run an author's file, once a process: what its tools did is kept in tests/gates.py."""
    return load(file_origin(file))


@pytest.fixture
def hub(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub that serves what tests/authored.py offers, as `open` to all."""
    for module, name in ((bus, "start"), (bus, "stop"), (audit, "start"), (audit, "stop")):
        # Their threads could not see the test's transaction, and would wait for its end.
        monkeypatch.setattr(module, name, lambda: None)
    for name in ("start", "stop"):  # nor could Celery's; the doorbell stands for it
        monkeypatch.setattr(EmbeddedWorker, name, lambda _self: None)
    gates.reset()
    laid_out("open")
    made = Hub()
    made.start()
    yield made
    made.loop.call_soon_threadsafe(gates.opened.set)
    made.stop()
