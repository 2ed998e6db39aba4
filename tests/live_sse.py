"""A client of HTTP+SSE of hubs that are processes: its stream is on one, any of them takes its messages."""

import http.client
import json
from pathlib import Path
from typing import Any

from tests.live import LiveHub
from tests.live_client import Stream
from tests.sse import REVISION
from tests.stdio import Client, Met, tool


class LiveSse(Client):
    """A client with a stream of its own; messages go `by` the process with the stream if not told."""

    revision = REVISION

    def __init__(self, hub: LiveHub, slug: str, token: str = "", by: LiveHub | None = None) -> None:
        super().__init__()
        self.ledger.speaks(REVISION)
        self.by = by or hub
        self._headers = {"authorization": f"Bearer {token}"} if token else {}
        connection = http.client.HTTPConnection("127.0.0.1", hub.port, timeout=30)
        headers = {"accept": "text/event-stream", **self._headers}
        connection.request("GET", f"/mcp/{slug}/sse", headers=headers)
        self._stream = Stream(connection, connection.getresponse())
        assert self._stream.status == 200, self._stream.answer.read()
        first = self._stream.frame()
        assert first and first["event"] == "endpoint"
        self.address = first["data"]

    def post(self, message: Any) -> int:
        """Send a value, and return the status."""
        status, body = self._post(json.dumps(message).encode())
        assert status != 202 or body == b""
        return status

    def _post(self, body: bytes) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.by.port, timeout=30)
        headers = {"content-type": "application/json", "connection": "close", **self._headers}
        connection.request("POST", self.address, body, headers)
        answer = connection.getresponse()
        read = answer.read()
        connection.close()
        return answer.status, read

    def write(self, line: bytes) -> None:
        status, body = self._post(line.removesuffix(b"\n"))
        if status != 202:
            self.take(body)

    def wait(self, met: Met) -> dict[str, Any]:
        while (found := next(filter(met, self.heard), None)) is None:
            assert self._next(), "the stream has ended"
        return found

    def _next(self) -> bool:
        """Hear one message; False at the end."""
        event = self._stream.frame()
        if event is not None:
            assert event["event"] == "message"
            self.take(event["data"].encode())
        return event is not None

    def rest(self) -> None:
        """Hear everything, to the end of the stream."""
        while self._next():
            pass

    def leave(self) -> None:
        """Close the stream."""
        self._stream.leave()


def text(answer: Any) -> str:
    """Return what a call's answer says."""
    said: str = answer["result"]["content"][0]["text"]
    return said


def walking(client: LiveSse, gate: Path) -> Any:
    """Begin a call that reports two steps and waits; return its id."""
    begun = client.begin("tools/call", tool("walk", gate=str(gate)), meta={"progressToken": 1})
    client.wait(lambda one: one.get("params", {}).get("progress") == 2)
    return begun
