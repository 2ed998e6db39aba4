"""A hub as people run it: `manage.py hub` in a process of its own, on a free port, in a new folder."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.conf import settings

from tests.hub import META, STATELESS, VERSION, events
from tests.watching import Watch

STOP_SECONDS = 10.0
"""How long a hub may take to be gone, open streams included."""


class Judged(http.client.HTTPResponse):
    """An answer whose messages are judged by the official schemas when it was read to its end."""

    watch: Watch | None = None
    _told = b""

    def read(self, amt: int | None = None) -> bytes:
        """Read as ever, as lines of a stream are too, and judge at the end."""
        piece = super().read(amt)
        self._told += piece
        if self.watch is not None and (amt is None or not piece):
            watch, self.watch = self.watch, None
            headers = {name.lower(): value for name, value in self.getheaders()}
            watch.judge(self.status, headers, self._told)
        return piece


@dataclass
class LiveHub:
    """A running hub and the way to it."""

    process: "subprocess.Popen[str]"
    port: int
    environ: dict[str, str]

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def manage(self, *words: str) -> str:
        """Run a management command beside it, and return what it prints."""
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *words]
        done = subprocess.run(
            command, env=self.environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def token(self, server: str, user: str = "admin") -> str:
        """Mint a token."""
        return self.manage("mint_token", "--user", user, "--server", server)

    def open(
        self,
        slug: str,
        method: str,
        params: Mapping[str, Any],
        *,
        token: str = "",
        progress: Any = None,
        can: Mapping[str, Any] | None = None,
    ) -> Judged:
        """Send a request of the newest revision and return the answer, unread."""
        declared = f"{META}clientCapabilities"
        meta: dict[str, Any] = {f"{META}protocolVersion": STATELESS, declared: dict(can or {})}
        if progress is not None:
            meta["progressToken"] = progress
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": meta}}
        headers = {
            "content-type": "application/json",
            "accept": "application/json, text/event-stream",
            VERSION: STATELESS,
            "mcp-method": method,
            "connection": "close",
        }
        if "name" in params:
            headers["mcp-name"] = str(params["name"])
        if token:
            headers["authorization"] = f"Bearer {token}"
        return self.send(slug, headers, message)

    def send(self, slug: str, headers: Mapping[str, str], message: Any) -> Judged:
        """Send a message with these headers and return the answer, unread."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.response_class = Judged
        body = json.dumps(message).encode()
        connection.request("POST", f"/mcp/{slug}", body, headers)
        answer = connection.getresponse()
        assert isinstance(answer, Judged)
        answer.watch = Watch(list(headers.items()), body)
        return answer

    def call(self, slug: str, name: str, arguments: Mapping[str, Any], **options: Any) -> Any:
        """Call a tool and return its result."""
        params = {"name": name, "arguments": arguments}
        answer = self.open(slug, "tools/call", params, **options)
        return final(answer)["result"]

    def stop(self) -> int:
        """Tell it to stop, wait until it is gone, and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS)


def final(answer: http.client.HTTPResponse) -> Any:
    """Return the final message of an answer, read to its end."""
    body = answer.read()
    if answer.headers["content-type"].startswith("text/event-stream"):
        return json.loads(events(body)[-1])
    return json.loads(body)


def free_port() -> int:
    """Return a port that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def start(folder: Path, server: str, *, by: Sequence[str] = (), **environ: str) -> LiveHub:
    """Start a hub in a folder and wait until it says that it serves; `by` is a program that starts it."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    port = free_port()
    complete = {
        **kept,
        "PORT": str(port),
        "SERVER": server,
        "MCPHUB_DATA": str(folder),
        "MCPHUB_ADMIN_PASSWORD": "a password for a test",
        **environ,
    }
    log = (folder / "log").open("w")
    process = subprocess.Popen(
        [*by, sys.executable, "-u", str(settings.BASE_DIR / "manage.py"), "hub"],
        env=complete,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
    )
    log.close()
    hub = LiveHub(process, port, complete)
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("mcphub ready"):
            assert line == f"mcphub ready {complete.get('MCPHUB_PUBLIC_URL', hub.url)}\n"
            return hub
    end(hub)
    raise AssertionError((folder / "log").read_text())


def serving(
    prepared: Path, folder: Path, server: str, tools: ModuleType, slug: str
) -> Iterator[LiveHub]:
    """Yield a hub that serves an author's file; `TOKEN` in its environment is the admin's for a server."""
    shutil.copytree(prepared, folder)
    hub = start(folder, server, MCPHUB_TOOLS=str(tools.__file__))
    hub.environ["TOKEN"] = hub.token(slug)
    yield hub
    end(hub)


def end(hub: LiveHub) -> None:
    """Make sure that a hub is gone."""
    if hub.process.poll() is None:
        hub.process.terminate()
        try:
            hub.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            hub.process.kill()
            hub.process.wait()
    if hub.process.stdout:
        hub.process.stdout.close()


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a hub's database as its first start leaves it: migrating takes seconds."""
    folder = tmp_path_factory.mktemp("prepared")
    hub = start(folder, "uvicorn")
    hub.stop()
    end(hub)
    return folder


@pytest.fixture(scope="module", params=["daphne", "uvicorn"])
def live_hub(
    request: pytest.FixtureRequest, prepared: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveHub]:
    """A hub that the tests of a module share, once with each server."""
    yield from _running(prepared, tmp_path_factory.mktemp("hub") / "data", request.param)


@pytest.fixture(params=["daphne", "uvicorn"])
def mortal_hub(request: pytest.FixtureRequest, prepared: Path, tmp_path: Path) -> Iterator[LiveHub]:
    """A hub that a test may stop."""
    yield from _running(prepared, tmp_path / "data", request.param)


def _running(prepared: Path, folder: Path, server: str) -> Iterator[LiveHub]:
    shutil.copytree(prepared, folder)
    hub = start(folder, server)
    yield hub
    end(hub)
