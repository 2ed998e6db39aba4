"""The client's end of a conversation over lines: it asks, hears, and has all that it hears judged.

`Beside` talks to the transport in the test's own process, with a line in and a line out where there
would be pipes; `Started` to `manage.py mcp_stdio` in a process of its own.
"""

import asyncio
import contextlib
import json
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from itertools import count
from typing import Any

from django.conf import settings

from servers.transports.lines import Line
from servers.transports.stdio import Stdio
from tests import oracle
from tests.hub import META, PATIENCE, STATELESS, Hub, opening
from tests.watching import Ledger

Met = Callable[[dict[str, Any]], bool]


class LineLedger:
    """What was asked over one channel, in both eras: each message is judged by the one it is of."""

    def __init__(self) -> None:
        self._eras = {era: Ledger(era) for era in (None, STATELESS)}
        self._asked: dict[str, str | None] = {}
        self._tokens: dict[str, str | None] = {}

    def speaks(self, revision: str) -> None:
        """Note of which revision the session is, whatever comes."""
        self._eras[None].revision = revision

    def asked(self, message: Any) -> None:
        """Note what a client sends; of a batch each message."""
        if isinstance(message, list):
            for each in message:
                self.asked(each)
        if not isinstance(message, dict) or "method" not in message:
            return
        meta = (message.get("params") or {}).get("_meta", {})
        era = STATELESS if any(key.startswith(META) for key in meta) else None
        self._tokens[json.dumps(meta.get("progressToken"))] = era
        if "id" in message:
            self._asked[json.dumps(message["id"])] = era
            self._eras[era].asked(message)

    def heard(self, message: Any) -> None:
        """Judge what the hub sent."""
        era = self._era_of(message)
        ledger = self._eras[era]
        if "method" in message:
            listening = META + "subscriptionId" in message.get("params", {}).get("_meta", {})
            ledger.method = oracle.LISTEN if listening else "tools/call"
        ledger.heard(message, may_lack_id="id" not in message)
        result = message.get("result", {})
        if era is None and "protocolVersion" in result:
            ledger.revision = result["protocolVersion"]

    def _era_of(self, message: dict[str, Any]) -> str | None:
        """Return the newest revision for what is of its era, None for what is of the session."""
        if "method" not in message:
            return self._asked.get(json.dumps(message.get("id")))
        params = message.get("params", {})
        if "progressToken" in params:
            return self._tokens[json.dumps(params["progressToken"])]
        if message["method"] == "notifications/message":
            return None if self._eras[None].revision else STATELESS
        return STATELESS if META + "subscriptionId" in params.get("_meta", {}) else None


class Client:
    """A client of lines."""

    revision = STATELESS
    """What it speaks if it is not told otherwise."""

    def __init__(self) -> None:
        self.ledger, self._ids = LineLedger(), count(1)
        self.heard: list[dict[str, Any]] = []
        """The messages heard, those of batches each by itself."""
        self.lines: list[Any] = []
        """The lines heard, as they were."""

    def write(self, line: bytes) -> None:
        """Write a line, its end included."""
        raise NotImplementedError

    def wait(self, met: Met) -> dict[str, Any]:
        """Return the first message heard that is as told, when it has come."""
        raise NotImplementedError

    def take(self, line: bytes) -> None:
        """Take a line that was heard."""
        assert b"\n" not in line
        told = json.loads(line)
        for message in told if isinstance(told, list) else [told]:
            self.ledger.heard(message)
            self.heard.append(message)
        self.lines.append(told)

    # --- what it says ---

    def send(self, message: Any) -> None:
        """Send a JSON value."""
        self.ledger.asked(message)
        self.write(json.dumps(message).encode() + b"\n")

    def begin(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        id: Any = None,
        meta: Mapping[str, Any] | None = None,
        can: Mapping[str, Any] | None = None,
        revision: str | None = None,
    ) -> Any:
        """Send a request, and return its id."""
        id = next(self._ids) if id is None else id
        revision = revision or self.revision
        said = dict(meta or {})
        if revision == STATELESS:
            said |= {f"{META}protocolVersion": revision, f"{META}clientCapabilities": can or {}}
        given = {**(params or {}), **({"_meta": said} if said else {})}
        self.send({"jsonrpc": "2.0", "id": id, "method": method, "params": given})
        return id

    def notify(self, method: str, params: Mapping[str, Any] | None = None) -> None:
        """Send a notification."""
        self.send({"jsonrpc": "2.0", "method": method, "params": dict(params or {})})

    def cancel(self, id: Any) -> None:
        """Cancel a request."""
        self.notify("notifications/cancelled", {"requestId": id})

    # --- what it hears ---

    def answer(self, id: Any) -> dict[str, Any]:
        """Return the answer to a request."""
        return self.wait(lambda one: "method" not in one and same(one.get("id"), id))

    def ask(self, method: str, params: Mapping[str, Any] | None = None, **options: Any) -> Any:
        """Send a request and return its answer."""
        return self.answer(self.begin(method, params, **options))

    def result(self, method: str, params: Mapping[str, Any] | None = None, **options: Any) -> Any:
        """Send a request and return its result."""
        answer = self.ask(method, params, **options)
        assert "result" in answer, answer
        return answer["result"]

    def code(self, method: str, params: Mapping[str, Any] | None = None, **options: Any) -> int:
        """Send a request and return its error's code."""
        answer = self.ask(method, params, **options)
        assert "error" in answer, answer
        return int(answer["error"]["code"])

    def call(self, name: str, arguments: Mapping[str, Any] | None = None, **options: Any) -> Any:
        """Call a tool and return its result."""
        return self.result("tools/call", tool(name, **(arguments or {})), **options)

    def told(self, method: str) -> list[Any]:
        """Return the parameters of the notifications heard."""
        return [one.get("params", {}) for one in self.heard if one.get("method") == method]

    def answers(self, id: Any) -> list[dict[str, Any]]:
        """Return what was heard in answer to a request."""
        return [one for one in self.heard if "method" not in one and same(one.get("id"), id)]

    # --- how it begins ---

    def speak(self, revision: str, can: Mapping[str, Any] | None = None) -> Any:
        """Speak a revision from now on; return the answer to initialize, if it has that."""
        self.revision = revision
        if revision == STATELESS:
            return None
        params = {**opening(revision), "capabilities": dict(can or {})}
        result = self.result("initialize", params)
        assert result["protocolVersion"] == revision
        self.notify("notifications/initialized")
        return result


def same(one: Any, other: Any) -> bool:
    """Return whether two ids are the same, numbers and texts told apart."""
    return json.dumps(one) == json.dumps(other)


def tool(name: str, /, **arguments: Any) -> dict[str, Any]:
    """Return the parameters of a call."""
    return {"name": name, "arguments": arguments}


class Beside(Client):
    """A client in the test's own process; the hub's database work is done while it waits."""

    def __init__(self, hub: Hub, slug: str = "open", token: str | None = None) -> None:
        super().__init__()
        self._hub = hub
        self._wrong: list[AssertionError] = []

        async def begin() -> None:
            self._lines: asyncio.Queue[Line | None] = asyncio.Queue()
            self._came = asyncio.Event()
            self.stdio = Stdio(hub.runtime.hub, slug, token, _Out(self))
            self.serving = asyncio.create_task(self.stdio.serve(self._coming()))

        hub.run(begin())

    async def _coming(self) -> AsyncIterator[Line]:
        while (line := await self._lines.get()) is not None:
            yield line

    def sent(self, line: bytes, unwanted: Callable[[], bool]) -> None:
        """Hear a line, if it is still wanted."""
        try:
            if not unwanted():
                self.take(line)
        except AssertionError as error:  # for the test, not for the transport
            self._wrong.append(error)
        self._came.set()

    def write(self, line: bytes) -> None:
        self.give(Line(line.removesuffix(b"\n")))

    def give(self, line: Line | None) -> None:
        """Give a line to the transport, or the end of all."""
        self._hub.loop.call_soon_threadsafe(self._lines.put_nowait, line)

    def wait(self, met: Met) -> dict[str, Any]:
        async def until() -> dict[str, Any]:
            async with asyncio.timeout(PATIENCE):
                while (found := next(filter(met, self.heard), None)) is None and not self._wrong:
                    self._came.clear()
                    await self._came.wait()
            return found or {}

        found = self._hub.run(until())
        self._judge()
        return dict(found)

    def _judge(self) -> None:
        """Fail if something was heard that its revision does not allow."""
        if self._wrong:
            raise self._wrong[0]

    def end(self) -> None:
        """End the conversation, and wait until all is said."""
        self.give(None)

        async def over() -> None:
            await self.serving
            ending = asyncio.create_task(self.stdio.finished())
            while not ending.done():
                self._hub.runtime.hub.listeners.end_all()
                await asyncio.wait({ending}, timeout=0.01)
            await self.stdio.close()

        self._hub.run(over())
        self._judge()


class _Out:
    """What the transport writes to, in the test's own process."""

    load = None

    def __init__(self, client: Beside) -> None:
        self._client = client

    async def send(self, line: bytes, unwanted: Callable[[], bool] = bool) -> None:
        """Take a line."""
        self._client.sent(line, unwanted)


class Started(Client):
    """A client of a process that it started."""

    def __init__(
        self,
        environ: Mapping[str, str],
        *words: str,
        program: Sequence[str] = (str(settings.BASE_DIR / "manage.py"),),
        ahead: int = 0,
        **options: Any,
    ) -> None:
        """Start it; no more lines are read `ahead` of the test than so many, 0 for any number."""
        super().__init__()
        command = [sys.executable, *program, "mcp_stdio", *words]
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        self.process = subprocess.Popen(command, env=dict(environ), **{**pipes, **options})
        self._lines: queue.Queue[bytes | None] = queue.Queue(ahead)
        self._error, self._logged = b"", threading.Condition()
        self._threads = [
            threading.Thread(target=each, daemon=True) for each in (self._read, self._read_errors)
        ]
        for thread in self._threads:
            thread.start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def _read_errors(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            with self._logged:
                self._error += line
                self._logged.notify_all()

    def write(self, line: bytes) -> None:
        assert self.process.stdin
        self.process.stdin.write(line)
        self.process.stdin.flush()

    def wait(self, met: Met) -> dict[str, Any]:
        while (found := next(filter(met, self.heard), None)) is None:
            line = self._lines.get(timeout=PATIENCE)
            assert line is not None, f"the process has ended: {self.log}"
            assert line.endswith(b"\n")
            self.take(line[:-1])
        return found

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal, and return the exit status."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def end(self) -> int:
        """Close the process's input, hear the rest, and return its exit status."""
        assert self.process.stdin
        self.process.stdin.close()
        while (line := self._lines.get(timeout=PATIENCE)) is not None:
            self.take(line[:-1])
        return self.process.wait(PATIENCE)

    def wait_for_log(self, words: str, times: int = 1) -> None:
        """Wait until it has written these words to standard error so many times."""
        with self._logged:
            met = self._logged.wait_for(
                lambda: self._error.count(words.encode()) >= times, PATIENCE
            )
        assert met, self._error.decode()

    @property
    def log(self) -> str:
        """What it wrote to standard error, whole once it has ended."""
        if self.process.poll() is not None:
            self._threads[1].join(PATIENCE)
        return self._error.decode()

    def kill(self) -> None:
        """Make sure that it is gone."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)
        for thread in self._threads:
            thread.join(PATIENCE)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream:
                with contextlib.suppress(OSError):  # nobody reads what was not yet written
                    stream.close()
