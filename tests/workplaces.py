"""A hub and a worker apart, as processes, and jobs that are begun, watched and counted by their rows."""

import contextlib
import json
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import psycopg
from django.conf import settings

from tests.bench import databases
from tests.live import Judged, LiveHub, end, final, free_port, start

TOOLS = str(settings.BASE_DIR / "tests" / "worked.py")
SLUG = "worked"
TASKS = {"extensions": {"io.modelcontextprotocol/tasks": {}}}
PATIENCE = 90.0


def until(condition: Callable[[], Any], what: str = "it") -> Any:
    """Return what a condition gives once that is something."""
    over = time.monotonic() + PATIENCE
    while time.monotonic() < over:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what} never came")


@dataclass
class Jobs:
    """A hub whose tools run as jobs."""

    hub: LiveHub
    token: str = ""

    def __post_init__(self) -> None:
        self.token = self.token or self.hub.token(SLUG)

    def begin(self, tool: str, **arguments: Any) -> str:
        """Have a job accepted, and return its id."""
        params = {"name": tool, "arguments": arguments}
        answer = self.hub.open(SLUG, "tools/call", params, token=self.token, can=TASKS)
        return str(_unjudged(answer)["result"]["taskId"])

    def ask(self, method: str, job: str) -> dict[str, Any]:
        """Ask for a job by its id, as a client does, and return the result."""
        headers = {
            "content-type": "application/json",
            "accept": "application/json, text/event-stream",
            "mcp-protocol-version": "2026-07-28",
            "mcp-method": method,
            "mcp-name": job,
            "authorization": f"Bearer {self.token}",
            "connection": "close",
        }
        meta = {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": TASKS,
        }
        params = {"taskId": job, "_meta": meta}
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        found: dict[str, Any] = _unjudged(self.hub.send(SLUG, headers, message))["result"]
        return found

    def ended(self, job: str) -> dict[str, Any]:
        """Return a job once it has ended."""

        def look() -> dict[str, Any] | None:
            found = self.ask("tasks/get", job)
            return found if found["status"] in {"completed", "failed", "cancelled"} else None

        found: dict[str, Any] = until(look, f"the end of {job}")
        return found

    def do(self, tool: str, **arguments: Any) -> str:
        """Have a job done, and return the text it gave."""
        return text_of(self.ended(self.begin(tool, **arguments)))


def _unjudged(answer: Judged) -> Any:
    """Return the message of an answer: what tasks look like on the wire is for other tests."""
    answer.watch = None
    return final(answer)


def text_of(job: dict[str, Any]) -> str:
    """Return the text that a completed job gave."""
    assert job["status"] == "completed", job
    return str(job["result"]["content"][0]["text"])


@dataclass
class Works(Jobs):
    """The same, with workers apart, on PostgreSQL."""

    folder: Path = Path()
    workers: "list[subprocess.Popen[bytes]]" = field(default_factory=list)

    def worker(self, *words: str, **more: str) -> "subprocess.Popen[bytes]":
        """Start a worker, and wait until its row is there."""
        log = (self.folder / f"worker{len(self.workers)}").open("w")
        command = [sys.executable, "-m", "celery", "-A", "mcphub", "worker", *words]
        process = subprocess.Popen(
            command,
            env={**self.hub.environ, **more},
            cwd=settings.BASE_DIR,
            stdout=log,
            stderr=log,
        )
        log.close()
        self.workers.append(process)
        until(lambda: self.row(process) or self._gone(process), "the worker's row")
        return process

    def _gone(self, process: "subprocess.Popen[bytes]") -> None:
        assert process.poll() is None, (self.folder / "worker0").read_text()

    def sql(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return rows of the database."""
        with psycopg.connect(self.hub.environ["DATABASE_URL"]) as connection:
            return connection.execute(query, values).fetchall()

    def row(self, process: "subprocess.Popen[bytes]") -> tuple[Any, ...] | None:
        """Return pool, slots and busy of a worker, None if it has no row."""
        name = f"%:{process.pid}"
        query = "select pool, slots, busy from servers_worker where name like %s"
        return next(iter(self.sql(query, name)), None)

    def state(self, job: str) -> tuple[str, str, int]:
        """Return state, reason and attempt of a job."""
        query = "select state, reason, attempt from servers_job where public_id = %s"
        (found,) = self.sql(query, job)
        return found  # type: ignore[return-value]

    def until_state(self, job: str, state: str) -> None:
        """Wait until a job is in a state."""
        until(lambda: self.state(job)[0] == state, f"{state} of {job}")

    def stop(self, process: "subprocess.Popen[bytes]", how: int = signal.SIGTERM) -> int:
        """Tell a worker to stop, and return its exit code."""
        process.send_signal(how)
        return process.wait(PATIENCE)


def children(process: "subprocess.Popen[Any]") -> set[int]:
    """Return the processes that a process started and that live."""
    found = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return {int(one) for one in found}


def get(url: str, **headers: str) -> tuple[int, str]:
    """Return status and body of an address."""
    try:
        with urlopen(Request(url, headers=headers), timeout=20) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


def get_json(url: str) -> tuple[int, Any]:
    """Return status and what an address says in JSON."""
    status, body = get(url)
    return status, json.loads(body)


@contextlib.contextmanager
def working(folder: Path, postgres: str, redis: str, **more: str) -> Iterator[Works]:
    """Start a hub on a database of its own; end it, and the workers that were started."""
    database = databases.fresh(postgres)
    environ = {
        "DATABASE_URL": database,
        "REDIS_URL": redis,
        "MCPHUB_SECRET_KEY": secrets.token_urlsafe(32),
        "MCPHUB_TOOLS": TOOLS,
        **more,
    }
    hub = start(folder, "uvicorn", **environ)
    works = Works(hub, folder=folder)
    try:
        yield works
    finally:
        for process in works.workers:
            if process.poll() is None:
                process.kill()
                process.wait()
        end(hub)
        databases.drop(database)


__all__ = ["Jobs", "Works", "children", "free_port", "get", "get_json", "until", "working"]
