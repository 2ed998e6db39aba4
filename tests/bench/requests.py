"""What is sent and what must come back: one question, asked again and again.

It has the form of 2026-07-28, or that of 2025-11-25 where it belongs to a session.

Ids and numbers have seven digits, so that every request has the same length; they are from ranges
that do not meet, so that finding one in an answer means that it was echoed or computed.
"""

import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

REVISION = "2026-07-28"
SESSION_REVISION = "2025-11-25"
_META = {
    "io.modelcontextprotocol/protocolVersion": REVISION,
    "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}
_ID, _A = 1_111_111, 5_555_555
_numbers: Iterator[int] = itertools.cycle(range(1_200_000, 4_900_000))


@dataclass(frozen=True, slots=True)
class Question:
    """A method with the tool it is about, and text that every right answer holds.

    A tool that is given no arguments here adds two numbers, and is judged by their sum.
    """

    method: str
    tool: str = ""
    holds: bytes = b"result"
    arguments: Mapping[str, object] = field(default_factory=dict)

    @property
    def sums(self) -> bool:
        """Whether the answer must hold a sum."""
        return self.method == "tools/call" and not self.arguments


CALL = Question("tools/call", "add")
POOLED = Question("tools/call", "padd")
LIST = Question("tools/list", holds=b'"tools"')
FIND_RARE = Question("tools/call", "search_tools", b"tool_00042", {"query": "number 00042"})
FIND_FREQUENT = Question(
    "tools/call",
    "search_tools",
    b"tool_00000",
    {"query": "search the best matches of a collection"},
)
"""Words of which every tool has all: the most that a search can be asked."""


class Asking:
    """A question to one address, ready to be written to a socket."""

    def __init__(
        self, question: Question, *, port: int, path: str, token: str, session: str = ""
    ) -> None:
        self.question = question
        head, body = _head(question, port, path, token, session), _body(question, session)
        whole = head % len(body) + body
        self._before, rest = whole.split(b"%d" % _ID)
        self._between, found, self._after = rest.partition(b"%d" % _A)
        self._sums = bool(found)

    def request(self) -> tuple[bytes, bytes, bytes]:
        """Return a fresh request, its id, and what its answer must hold besides."""
        number = next(_numbers)
        identifier = b"%d" % number
        if not self._sums:
            return self._before + identifier + self._between, identifier, self.question.holds
        a = number + 4_000_000
        data = b"%b%b%b%d%b" % (self._before, identifier, self._between, a, self._after)
        return data, identifier, b"%d" % (a + 1)


def opening() -> bytes:
    """Return the body that opens a session."""
    client = {"name": "bench", "version": "1"}
    params = {"protocolVersion": SESSION_REVISION, "capabilities": {}, "clientInfo": client}
    return json.dumps(
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}
    ).encode()


def _body(question: Question, session: str) -> bytes:
    """Return the body with placeholders for id and number."""
    params: dict[str, object] = {} if session else {"_meta": _META}
    if question.tool:
        given = question.arguments or {"a": _A, "b": 1}
        params |= {"name": question.tool, "arguments": dict(given)}
    message = {"jsonrpc": "2.0", "id": _ID, "method": question.method, "params": params}
    return json.dumps(message, separators=(",", ":")).encode()


def _head(question: Question, port: int, path: str, token: str, session: str) -> bytes:
    """Return the head with %d for the length."""
    lines = [
        f"POST {path} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Content-Type: application/json",
        "Accept: application/json, text/event-stream",
        *(_in_session(session) if session else _stateless(question)),
        *([f"Authorization: Bearer {token}"] if token else []),
        "Content-Length: %d",
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def _in_session(session: str) -> list[str]:
    return [f"MCP-Protocol-Version: {SESSION_REVISION}", f"Mcp-Session-Id: {session}"]


def _stateless(question: Question) -> list[str]:
    lines = [f"MCP-Protocol-Version: {REVISION}", f"Mcp-Method: {question.method}"]
    return [*lines, f"Mcp-Name: {question.tool}"] if question.tool else lines
