"""A client of 2026-07-28 for drills: what it sends, and what it can know of what became of it."""

import http.client
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.hub import BOTH, META, STATELESS, VERSION

SLUG = "drilled"
TASKS = {"extensions": {"io.modelcontextprotocol/tasks": {}}}
SECONDS = 15.0
FAULTS = (OSError, http.client.HTTPException, ValueError)
"""What an answer ends in that did not come, or not whole."""


class Unreached(Exception):
    """Nobody took the request: it was never sent."""


class Answer(NamedTuple):
    """The final message of an answer, and how many progress notifications came before."""

    status: int
    message: dict[str, Any]
    progress: int

    @property
    def result(self) -> dict[str, Any]:
        """The result, empty for an error."""
        found: dict[str, Any] = self.message.get("result", {})
        return found


def ask(
    port: int,
    token: str,
    method: str,
    params: dict[str, Any],
    *,
    tasks: bool = True,
    seconds: float = SECONDS,
) -> Answer:
    """Send a request and read its answer; raises Unreached, or one of FAULTS when none came."""
    can = TASKS if tasks else {}
    meta = {f"{META}protocolVersion": STATELESS, f"{META}clientCapabilities": can}
    body = {"jsonrpc": "2.0", "id": 1, "method": method}
    body |= {"params": {**params, "_meta": {**meta, "progressToken": 1}}}
    headers = {
        "content-type": "application/json",
        "accept": BOTH,
        VERSION: STATELESS,
        "mcp-method": method,
        "mcp-name": str(params.get("name") or params.get("taskId")),
        "authorization": f"Bearer {token}",
        "connection": "close",
    }
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        try:
            connection.connect()
        except OSError as error:
            raise Unreached from error
        connection.request("POST", f"/mcp/{SLUG}", json.dumps(body).encode(), headers)
        return _read(connection.getresponse())
    finally:
        connection.close()


def call(port: int, token: str, tool: str, **arguments: Any) -> Answer:
    """Call a tool that runs within its call."""
    return ask(port, token, "tools/call", {"name": tool, "arguments": arguments})


def _read(response: http.client.HTTPResponse) -> Answer:
    messages = list(_messages(response))
    if not messages:
        raise ValueError("an answer without a message")
    return Answer(response.status, messages[-1], len(messages) - 1)


def _messages(response: http.client.HTTPResponse) -> Iterator[dict[str, Any]]:
    if not response.headers.get("content-type", "").startswith("text/event-stream"):
        yield json.loads(response.read())
        return
    for line in response:
        if line.startswith(b"data: {"):
            yield json.loads(line[6:])
