"""A client of a hub that is a process: one session, or none, and streams that are read by event."""

import contextlib
import http.client
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.request import urlopen

from tests.hub import BOTH, META, STATELESS, VERSION, opening
from tests.live import Judged, LiveHub
from tests.watching import Watch

MOST_TRIES = 3_000
"""Looks after which what is waited for counts as lost."""


class Stream:
    """An answer that is read as it comes."""

    def __init__(
        self, connection: http.client.HTTPConnection, answer: http.client.HTTPResponse
    ) -> None:
        self._connection, self.answer, self.ids = connection, answer, list[str]()
        self.status = answer.status

    def frame(self) -> dict[str, str] | None:
        """Return the fields of the next event, None at the end; comments are passed over."""
        fields: dict[str, str] = {}
        while line := self.answer.readline().decode():
            if line == "\n" and fields:
                if "id" in fields:
                    self.ids.append(fields["id"])
                return fields
            if line != "\n" and not line.startswith(":"):
                name, _, value = line.rstrip("\n").partition(":")
                fields[name] = value.removeprefix(" ")
        return None

    def messages(self) -> Iterator[dict[str, Any]]:
        """Yield the messages, as they come."""
        while (fields := self.frame()) is not None:
            if fields.get("data"):
                yield json.loads(fields["data"])

    def next(self) -> dict[str, Any]:
        """Return the next message."""
        return next(self.messages())

    def rest(self) -> list[Any]:
        """Return what is left, in short."""
        return [short(message) for message in self.messages()]

    def leave(self) -> None:
        """Close the connection."""
        self.answer.close()
        self._connection.close()


def short(message: dict[str, Any]) -> Any:
    """Return a message in short: the progress, the address, the method, or what was answered."""
    params = message.get("params", {})
    if "result" in message and "content" in message["result"]:
        return message["result"]["content"][0]["text"]
    return params.get("progress") or params.get("uri") or message.get("method") or message


class Client:
    """A client of one server of a hub, with a session unless it is of the newest revision."""

    def __init__(
        self, hub: LiveHub, slug: str, token: str, revision: str, session: str = ""
    ) -> None:
        self.hub, self.slug, self.token, self.revision = hub, slug, token, revision
        self.session = session
        self._number = 0
        if revision != STATELESS and not session:
            params = {**opening(revision), "capabilities": {"elicitation": {}}}
            answer = self.send({"method": "initialize", "params": params})
            self.session = answer.answer.headers["mcp-session-id"]
            answer.answer.read()

    def on(self, hub: LiveHub) -> "Client":
        """Return this client, speaking to another process."""
        return Client(hub, self.slug, self.token, self.revision, self.session)

    def begin(self, method: str, params: dict[str, Any], *, id_: Any = None) -> Stream:
        """Send a request."""
        self._number += 1
        meta: dict[str, Any] = {"progressToken": 1}
        if self.revision == STATELESS:
            meta |= {f"{META}protocolVersion": STATELESS, f"{META}clientCapabilities": {}}
        number = self._number if id_ is None else id_
        return self.send({"id": number, "method": method, "params": {**params, "_meta": meta}})

    def call(self, tool: str, **arguments: Any) -> Stream:
        """Begin to call a tool."""
        return self.begin("tools/call", {"name": tool, "arguments": arguments})

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a request that is answered at once, and return the answer."""
        message: dict[str, Any] = json.loads(self.begin(method, params).answer.read())
        return message

    def do(self, tool: str, **arguments: Any) -> str:
        """Call a tool that says nothing before its answer, and return that."""
        message = json.loads(self.call(tool, **arguments).answer.read())
        return str(message["result"]["content"][0]["text"])

    def send(self, message: dict[str, Any]) -> Stream:
        """Send a message as it is; one without an id is given one if it is initialize."""
        if message.get("method") == "initialize":
            message = {"id": 0, **message}
        headers = {"content-type": "application/json", "accept": BOTH}
        params = message.get("params", {})
        if self.revision == STATELESS:
            headers |= {VERSION: STATELESS, "mcp-method": message["method"]}
            headers |= {"mcp-name": params["name"]} if "name" in params else {}
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        return self._request("POST", headers, body)

    def batch(self, items: list[Any]) -> Stream:
        """Send several messages at once."""
        return self.post(json.dumps(items).encode())

    def post(self, body: bytes) -> Stream:
        """Send a body as it is."""
        headers = {"content-type": "application/json", "accept": BOTH}
        return self._request("POST", headers, body)

    def listen(self, **headers: str) -> Stream:
        """Open the session's own stream, or resume one."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._request("GET", {"accept": "text/event-stream", **named}, b"")

    def end(self) -> int:
        """End the session, and return the status."""
        stream = self._request("DELETE", {}, b"")
        stream.answer.read()
        return stream.status

    def _request(self, verb: str, headers: dict[str, str], body: bytes) -> Stream:
        more = {"connection": "close"}
        if self.token:
            more["authorization"] = f"Bearer {self.token}"
        if self.session:
            more |= {"mcp-session-id": self.session, VERSION: self.revision}
        connection = http.client.HTTPConnection("127.0.0.1", self.hub.port, timeout=30)
        connection.response_class = Judged
        connection.request(verb, f"/mcp/{self.slug}", body, {**headers, **more})
        answer = connection.getresponse()
        assert isinstance(answer, Judged)
        answer.watch = Watch(list({**headers, **more}.items()), body)
        return Stream(connection, answer)


def gauge(hub: LiveHub, name: str = "mcphub_streams_open") -> float:
    """Return what a metric of a process says, all its series added up."""
    with urlopen(f"{hub.url}/metrics", timeout=20) as answer:
        text = answer.read().decode()
    return sum(map(float, re.findall(rf"^{name}(?:{{.*}})? ([0-9.]+)$", text, re.MULTILINE)))


def until(hub: LiveHub, streams: float, name: str = "mcphub_streams_open") -> None:
    """Wait until so many streams are open at a process, or another metric says so."""
    for _ in range(MOST_TRIES if name == "mcphub_streams_open" else 10 * MOST_TRIES):
        if gauge(hub, name) == streams:
            return
    raise AssertionError(f"{name} is {gauge(hub, name)}, not {streams}")


@contextlib.contextmanager
def left(*streams: Stream) -> Iterator[None]:
    """Close connections at the end, whatever happens."""
    try:
        yield
    finally:
        for stream in streams:
            stream.leave()
