"""A client of the server `jobs`, over HTTP, lines or HTTP+SSE: its tools run as jobs, maybe held as tasks."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from servers.models import Job
from tests import authored_jobs
from tests.hub import STATELESS, Answer, Exchange, Hub, Session, authored_source, published
from tests.peers import peer
from tests.sse import OverSse
from tests.stdio import Beside

TASKS = "io.modelcontextprotocol/tasks"
EXPERIMENT = "2025-11-25"
FILE = Path(authored_jobs.__file__)
ASKED = {"elicitation": {"form": {}}, "sampling": {}, "roots": {}}
HOLDS = {**ASKED, "extensions": {TASKS: {}}}
"""A client of the extension that can be asked."""
ENDED = ("completed", "failed", "cancelled")
MOST_LOOKS = 3_000


def named(name: str) -> dict[str, Any]:
    """Return a person's answer to the question who they are."""
    return {"action": "accept", "content": {"name": name}}


@dataclass
class Holder:
    """One client; `lines` are its way over stdio or HTTP+SSE, None over Streamable HTTP."""

    hub: Hub
    revision: str = STATELESS
    lines: Beside | OverSse | None = None
    token: str | None = None
    slug: str = "jobs"
    can: dict[str, Any] = field(default_factory=lambda: dict(HOLDS))
    _session: Session | None = None

    @property
    def session(self) -> Session | None:
        """The session over HTTP of a revision that has them."""
        if self._session is None and self.revision != STATELESS and self.lines is None:
            self._session = self.hub.session(self.slug, self.revision, self.token, self.can)
        return self._session

    def ask(self, method: str, params: dict[str, Any] | None = None, **more: Any) -> Any:
        """Send a request and return its answer as a message."""
        if self.lines is not None:
            return self.lines.ask(method, params, **{"can": self.can, **more})
        return self.post(method, params, **more).message

    def post(self, method: str, params: dict[str, Any] | None = None, **more: Any) -> Answer:
        """Send a request over HTTP and return its answer."""
        return self.begin(method, params, **more).finish()

    def begin(self, method: str, params: dict[str, Any] | None = None, **more: Any) -> Exchange:
        """Begin a request over HTTP."""
        options = {"can": self.can, "token": self.token, "revision": self.revision}
        if self.session is not None:
            options |= {"session": self.session}
        return self.hub.begin(self.slug, method, dict(params or {}), **{**options, **more})

    def call(self, name: str, arguments: dict[str, Any] | None = None, /, **more: Any) -> Any:
        """Call a tool, and return the answer as a message; `params` are more than name and arguments."""
        return self.ask("tools/call", _called(name, arguments, more.pop("params", {})), **more)

    def begins(
        self, name: str, arguments: dict[str, Any] | None = None, /, **more: Any
    ) -> Exchange:
        """Begin a call over HTTP."""
        return self.begin("tools/call", _called(name, arguments, more.pop("params", {})), **more)

    # --- as tasks ---

    def create(self, name: str, arguments: dict[str, Any] | None = None, /, **more: Any) -> Any:
        """Have a tool run as a task, and return the task as it was created."""
        params = {**({} if self.revision == STATELESS else {"task": {}}), **more.pop("params", {})}
        answer = self.call(name, arguments, params=params, **more)
        assert "result" in answer, answer
        result = answer["result"]
        return result if self.revision == STATELESS else result["task"]

    def start(self, name: str, arguments: dict[str, Any] | None = None, /, **more: Any) -> str:
        """Have a tool run as a task, and return its id."""
        return str(self.create(name, arguments, **more)["taskId"])

    def task(self, task: str) -> Any:
        """Return how a task stands."""
        answer = self.ask("tasks/get", {"taskId": task})
        assert "result" in answer, answer
        return answer["result"]

    def until(self, task: str, *statuses: str) -> Any:
        """Return the task when it has one of these statuses, or any that is an end."""
        return self.once(task, lambda found: found["status"] in (statuses or ENDED))

    def once(self, task: str, met: Callable[[Any], bool]) -> Any:
        """Return the task when it is as told."""
        for _ in range(MOST_LOOKS):
            found = self.task(task)
            if met(found):
                return found
        raise AssertionError(f"the task stays as it is: {found}")

    def update(self, task: str, answers: Any) -> Any:
        """Answer a task's questions; return the hub's answer as a message."""
        return self.ask("tasks/update", {"taskId": task, "inputResponses": answers})

    def cancel(self, task: str) -> Any:
        """Cancel a task; return the hub's answer as a message."""
        return self.ask("tasks/cancel", {"taskId": task})


def _called(name: str, arguments: dict[str, Any] | None, more: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "arguments": arguments or {}, **more}


def rows() -> list[Job]:
    """Return all jobs, in the order they were accepted."""
    return list(Job.objects.order_by("id"))


def code(answer: Any) -> int:
    """Return the code of an error."""
    assert "error" in answer, answer
    return int(answer["error"]["code"])


@pytest.fixture
def jobs(hub: Hub, settings: Any) -> Hub:
    """A hub that serves what tests/authored_jobs.py offers, as `jobs` to all.

    What its jobs say is heard in the test's own process, whatever services there are.
    """
    settings.EMBEDDED = settings.JOBS_EMBEDDED = True
    published("jobs", authored_source(file=FILE))
    hub.refresh()
    return hub


@pytest.fixture(params=["http", "stdio"])
def transport(request: pytest.FixtureRequest) -> str:
    """A transport."""
    return str(request.param)


@pytest.fixture
def holder(jobs: Hub, transport: str) -> Iterator[Holder]:
    """A client of the extension, over each transport."""
    yield from holding(jobs, transport)


def holding(hub: Hub, transport: str, revision: str = STATELESS, **more: Any) -> Iterator[Holder]:
    """Yield a client of a revision over a transport."""
    client = Holder(hub, revision, **more)
    if transport == "http":
        yield client
        return
    client.lines = peer(hub, transport, client.slug, client.token)
    client.lines.speak(revision, client.can)
    yield client
    client.lines.end()
