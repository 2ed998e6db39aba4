"""A client of 2025-03-26 that sends several messages as one array."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.hub import BOTH, Answer, Exchange, Hub, Session

REVISION = "2025-03-26"


def asks(id: Any, method: str = "ping", params: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return a request."""
    return {"jsonrpc": "2.0", "id": id, "method": method, "params": dict(params or {})}


def calls(id: Any, name: str, /, *, token: Any = None, **arguments: Any) -> dict[str, Any]:
    """Return the call of a tool; `token` is for its progress."""
    meta = {} if token is None else {"_meta": {"progressToken": token}}
    return asks(id, "tools/call", {"name": name, "arguments": arguments, **meta})


def adds(id: Any, a: int = 1, b: int = 1) -> dict[str, Any]:
    """Return a call that is answered at once."""
    return calls(id, "add", a=a, b=b)


def says(method: str, **params: Any) -> dict[str, Any]:
    """Return a notification."""
    return {"jsonrpc": "2.0", "method": method, "params": params}


def cancels(id: Any) -> dict[str, Any]:
    """Return what cancels a request."""
    return says("notifications/cancelled", requestId=id)


@dataclass
class Batching:
    """A session, and the batches sent in it."""

    hub: Hub
    session: Session

    @classmethod
    def of(
        cls, hub: Hub, slug: str = "open", token: str | None = None, **options: Any
    ) -> "Batching":
        """Open a session of the revision that has batches, if no other is told."""
        revision = options.pop("revision", REVISION)
        return cls(hub, hub.session(slug, revision, token, **options))

    def begin(
        self, items: Sequence[Any] | bytes, accept: str = BOTH, later: bytes = b""
    ) -> Exchange:
        """Send a batch, as values or as bytes."""
        headers = {"content-type": "application/json", "accept": accept, **self.session.headers}
        if self.session.token:
            headers["authorization"] = f"Bearer {self.session.token}"
        body = items if isinstance(items, bytes) else json.dumps(items).encode()
        path = f"/mcp/{self.session.slug}"
        return self.hub.open("POST", path, list(headers.items()), body, later=later)

    def send(self, items: Sequence[Any] | bytes, accept: str = BOTH) -> Answer:
        """Send a batch and return its answer."""
        return self.begin(items, accept).finish()


def told(answer: Answer) -> dict[Any, Any]:
    """Return what was answered by id: a tool's text, another result, or an error's code."""
    found = {}
    for message in answer.messages:
        if "method" in message:
            continue
        assert message["id"] not in found, "a request is answered once"
        found[message["id"]] = _short(message)
    return found


def _short(message: dict[str, Any]) -> Any:
    if "error" in message:
        return message["error"]["code"]
    content = message["result"].get("content")
    return content[0]["text"] if content else message["result"]
