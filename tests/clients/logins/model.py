"""A model at the end of a script, for Claude Code: answers as Anthropic's Messages API does.

It calls the tools of its script one after the other and then says that it is done. What comes back to it
is kept. Requests that offer none of those tools, such as for a title, are answered with a word.
"""

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Event = dict[str, Any]


class Scripted(ThreadingHTTPServer):
    """The script, and the newest of each tool's results by its place in it."""

    daemon_threads = True

    def __init__(self, script: list[tuple[str, dict[str, Any]]]) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.script, self.results = script, dict[int, str]()

    @property
    def address(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_port}"

    def block(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Return the block of the answer to a request."""
        offered = {tool["name"] for tool in asked.get("tools", [])}
        if not offered.intersection(name for name, _ in self.script):
            return {"type": "text", "text": "Hm."}
        found = [block for message in asked["messages"] for block in _results(message)]
        for block in found:
            self.results[int(block["tool_use_id"].removeprefix("toolu_"))] = _text(block)
        if len(found) == len(self.script):
            return {"type": "text", "text": "Done."}
        name, arguments = self.script[len(found)]
        return {"type": "tool_use", "id": f"toolu_{len(found)}", "name": name, "input": arguments}


class Answering(BaseHTTPRequestHandler):
    """One request of the client."""

    server: Scripted

    def do_POST(self) -> None:
        """Answer with one block, as a stream if one is asked for."""
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if not self.path.partition("?")[0].endswith("/messages"):
            return self._send("application/json", b'{"input_tokens": 1}')
        block = self.server.block(asked)
        if asked.get("stream"):
            events = "".join(
                f"event: {each['type']}\ndata: {json.dumps(each)}\n\n" for each in _events(block)
            )
            return self._send("text/event-stream", events.encode())
        whole = {**_message(), "content": [block], "stop_reason": _reason(block)}
        return self._send("application/json", json.dumps(whole).encode())

    def _send(self, kind: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def scripted(script: list[tuple[str, dict[str, Any]]]) -> Iterator[Scripted]:
    """Serve a model with this script."""
    server = Scripted(script)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def _event(said: Event) -> str:
    return f"event: {said['type']}\ndata: {json.dumps(said)}\n\n"


def _results(message: dict[str, Any]) -> list[dict[str, Any]]:
    content = message["content"] if isinstance(message["content"], list) else []
    return [block for block in content if block["type"] == "tool_result"]


def _text(block: dict[str, Any]) -> str:
    content = block.get("content", "")
    return (
        content if isinstance(content, str) else "".join(each.get("text", "") for each in content)
    )


def _reason(block: dict[str, Any]) -> str:
    return "tool_use" if block["type"] == "tool_use" else "end_turn"


def _message() -> Event:
    usage = {"input_tokens": 1, "output_tokens": 1}
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "scripted",
        "usage": usage,
    }


def _events(block: dict[str, Any]) -> list[Event]:
    """Return the events of a streamed answer."""
    calls = block["type"] == "tool_use"
    empty = {**block, "input": {}} if calls else {**block, "text": ""}
    delta = (
        {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
        if calls
        else {"type": "text_delta", "text": block["text"]}
    )
    stop = {"stop_reason": _reason(block), "stop_sequence": None}
    return [
        {"type": "message_start", "message": {**_message(), "content": [], "stop_reason": None}},
        {"type": "content_block_start", "index": 0, "content_block": empty},
        {"type": "content_block_delta", "index": 0, "delta": delta},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": stop, "usage": {"output_tokens": 1}},
        {"type": "message_stop"},
    ]
