"""A client that is asked: what it can, what it answers, and how it comes back with its answers."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from monitoring import audit
from monitoring.models import AuditEvent
from tests import authored_talks
from tests.hub import Answer, Exchange, Hub, Session, laid_out

CAN = {"elicitation": {"form": {}, "url": {}}, "sampling": {"tools": {}}, "roots": {}}
"""A client that can all there is."""
FORMS = {"elicitation": {}}
SAID = {"role": "assistant", "content": {"type": "text", "text": "something"}, "model": "m"}
ROOTS = {"roots": [{"uri": "file:///home"}]}


def named(name: str) -> dict[str, Any]:
    """Return a person's answer to the question who they are."""
    return {"action": "accept", "content": {"name": name}}


@dataclass
class Client:
    """A client of the server `talks`, of the newest revision unless a session is opened."""

    hub: Hub
    token: str | None = None
    slug: str = "talks"
    can: dict[str, Any] = field(default_factory=lambda: dict(CAN))

    def begin(
        self, name: str, arguments: dict[str, Any] | None = None, /, **params: Any
    ) -> Exchange:
        """Begin a call; what is None is not sent, `state` and `answers` continue one."""
        return self._begin("tools/call", {"name": name, "arguments": arguments or {}}, params)

    def call(self, name: str, arguments: dict[str, Any] | None = None, /, **params: Any) -> Answer:
        """Call a tool, for the first time or with a state and answers."""
        return self.begin(name, arguments, **params).finish()

    def send(self, method: str, params: dict[str, Any], /, **more: Any) -> Answer:
        """Send another request, for the first time or with a state and answers."""
        return self._begin(method, params, more).finish()

    def _begin(self, method: str, params: dict[str, Any], more: dict[str, Any]) -> Exchange:
        names = {"state": "requestState", "answers": "inputResponses"}
        carried = {named: more.pop(key) for key, named in names.items() if key in more}
        can = more.pop("can", self.can)
        return self.hub.begin(
            self.slug, method, {**params, **carried}, token=self.token, can=can, **more
        )

    def session(self, revision: str) -> Session:
        """Open a session of an older revision."""
        return self.hub.session(self.slug, revision, self.token, self.can)


def questions(answer: Answer) -> dict[str, str]:
    """Return what an answer asks, by key: messages of forms, and methods of the others."""
    assert answer.result["resultType"] == "input_required", answer.message
    asked = answer.result["inputRequests"]
    return {key: each["params"].get("message", each["method"]) for key, each in asked.items()}


def state_of(answer: Answer) -> str:
    """Return the state to come back with."""
    assert answer.result["resultType"] == "input_required", answer.message
    return str(answer.result["requestState"])


def events() -> list[tuple[str, str, str, str]]:
    """Return kind, entry, outcome and data of the trail's calls and questions."""
    audit.flush()
    rows = AuditEvent.objects.filter(kind__in=["call", "read", "get", "question"]).order_by("id")
    return [(row.kind, row.entry, row.outcome, row.data) for row in rows]


def endings() -> list[tuple[str, str]]:
    """Return kind and outcome of the trail's calls and questions."""
    return [(kind, outcome) for kind, _, outcome, _ in events()]


@pytest.fixture
def talks(hub: Hub) -> Client:
    """A client of a server that is open to all, with what tests/authored_talks.py offers."""
    laid_out("talks", Path(authored_talks.__file__))
    hub.refresh()
    return Client(hub)
