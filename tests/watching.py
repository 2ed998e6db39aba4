"""Who listens to everything the hub sends in a test, and has the oracle judge it.

A `Ledger` knows what was asked and hears what comes: each message is judged as its revision has it,
each answer belongs to a request that is still open, and comes once. A `Watch` is the ledger of one
HTTP request: it reads from headers and body what was asked, by rules of its own.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from tests import oracle

META = "io.modelcontextprotocol/"
NO_JSON_RPC = 401
"""A refusal by RFC 6750, whose body is OAuth's."""
LONGEST_ID, MOST_DIGITS, DEEPEST = 256, 300, 64
"""Measures of what the hub says it reads: ids in characters, numbers in digits, nesting in levels."""
UNREAD = {403, 405, 406, 413, 415, 503}
"""Statuses of refusals that may come before the body was read: their errors have no id."""

sessions: dict[str, str] = {}
"""The revision of each session that was opened."""
asked_in: dict[str, dict[str, Any]] = {}
"""What each session asked, by id: a stream that is resumed by GET may tell its answers again."""


class Ledger:
    """What was asked and is still open, by id."""

    def __init__(self, revision: str | None) -> None:
        self.revision = revision
        self._open: dict[str, Any] = {}
        self.method: Any = None
        """The method of what was asked last: it is on its stream that others' messages come."""

    def asked(self, message: Any) -> None:
        """Note a request that a client sends."""
        if isinstance(message, dict):
            self.method = message.get("method")
            if _is_id(message.get("id")):
                self._open[_key(message["id"])] = self.method

    def heard(self, message: Any, *, may_lack_id: bool = False) -> None:
        """Judge a message that the hub sent; a response closes its request."""
        method = self.method
        if isinstance(message, dict) and "method" not in message:
            method = self._close(message, may_lack_id)
        oracle.check(message, self._revision_of(message, method), method)

    def _close(self, message: dict[str, Any], may_lack_id: bool) -> str | None:
        """Return the method that a response answers."""
        if "id" not in message:
            assert may_lack_id, f"an answer to a request that could be read has its id: {message}"
            return None
        key = _key(message["id"])
        assert key in self._open, f"nobody asked with the id of {str(message)[:300]}"
        method = self._open.pop(key)
        return method if isinstance(method, str) else None

    def _revision_of(self, message: Any, method: str | None) -> str:
        """Return the revision a message is of: initialize's answer says it, else it is known."""
        if method == "initialize" and self.revision != oracle.NEWEST and "result" in message:
            return str(message["result"].get("protocolVersion"))
        return self.revision or oracle.HANDSHAKE[-1]


class Watch(Ledger):
    """What one HTTP request asked, and its answer."""

    def __init__(self, headers: Sequence[tuple[str, str]], body: bytes) -> None:
        fields = {name.lower(): value for name, value in headers}
        messages = _read(body)
        # A header that is given twice, or an array where none may be, is refused unread.
        self._guarded = len(fields) < len(headers) or body.lstrip()[:1] == b"["
        super().__init__(_revision(fields, messages))
        self._readable = bool(messages)
        session = fields.get("mcp-session-id")
        for message in messages:
            self.asked(message)
        if session and self.revision != oracle.NEWEST:
            asked_in.setdefault(session, {}).update(self._open)
            self._open = self._open or dict(asked_in[session])
        self._is_opening = self.method == "initialize"

    def judge(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Judge an answer, or as much of it as has come."""
        kind = headers.get("content-type", "")
        if status == NO_JSON_RPC or not body:
            return
        lacking = not self._readable or self._guarded or status in UNREAD
        for message in _messages(kind, body):
            for one in message if isinstance(message, list) else [message]:
                self.heard(one, may_lack_id=lacking)
                self._remember(one, headers)

    def _remember(self, message: dict[str, Any], headers: Mapping[str, str]) -> None:
        """Keep the revision of a session that begins."""
        session = headers.get("mcp-session-id")
        if self._is_opening and session and "result" in message:
            sessions[session] = message["result"]["protocolVersion"]


def _messages(kind: str, body: bytes) -> list[Any]:
    """Return the messages of a body; of a stream, those whose frame is whole."""
    if kind.startswith("application/json"):
        return [json.loads(body)]
    if not kind.startswith("text/event-stream"):
        return []
    frames = body.decode(errors="replace").split("\n\n")[:-1]
    lines = [[line for line in frame.split("\n") if line.startswith("data:")] for frame in frames]
    data = ["\n".join(line[5:].removeprefix(" ") for line in each) for each in lines]
    return [json.loads(text) for text in data if text.startswith(("{", "["))]


def _read(body: bytes) -> list[Any]:
    """Return the messages a body asks with; none if the hub need not have been able to read it."""
    try:
        text = body.decode()
        value = json.loads(
            text,
            object_pairs_hook=_once,
            parse_constant=_number,
            parse_float=_number,
            parse_int=_number,
        )
    except (ValueError, RecursionError):
        return []
    messages = _with_ids(value) if isinstance(value, list) else [value]
    readable = all(isinstance(each, dict) and _is_id(each.get("id")) for each in messages)
    return messages if readable and _depth(value) <= DEEPEST else []


def _with_ids(values: list[Any]) -> list[Any]:
    """Return what of a batch has an answer: all but its notifications."""
    return [each for each in values if not isinstance(each, dict) or "id" in each]


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a name that is given twice."""
    if len({_whole(name) for name, _ in pairs}) < len(pairs):
        raise ValueError("a name is given twice")
    return dict(pairs)


def _number(text: str) -> int | float:
    """Refuse a number that JSON has not, or that is longer than the hub reads."""
    number = float(text) if not text.lstrip("-").isdigit() else int(text)
    if len(text) > MOST_DIGITS or (isinstance(number, float) and not math.isfinite(number)):
        raise ValueError(f"{text[:20]} is no number that must be read")
    return number


def _whole(text: str) -> str:
    """Return a text as the hub reads it: a lone surrogate is none."""
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


def _key(identifier: Any) -> str:
    """Return an id as one text, numbers and texts told apart."""
    return json.dumps(_whole(identifier) if isinstance(identifier, str) else identifier)


def _depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(_depth, inner), default=0) if isinstance(value, dict | list) else 0


def _is_id(value: Any) -> bool:
    """Return whether a value is an id (basic/index: a string or an integer)."""
    if isinstance(value, str):
        return len(value) <= LONGEST_ID
    return isinstance(value, int) and not isinstance(value, bool)


def _revision(fields: Mapping[str, str], messages: Sequence[Any]) -> str | None:
    """Return the revision a request is of, None where only its answer can tell.

    Since 2026-07-28 a request says so in its headers or in `_meta`; before, a session has one.
    """
    version = fields.get("mcp-protocol-version")
    params = [each.get("params") for each in messages if isinstance(each, dict)]
    metas = [each.get("_meta") for each in params if isinstance(each, dict)]
    named = any(f"{META}protocolVersion" in each for each in metas if isinstance(each, dict))
    if named or (version is not None and version not in oracle.HANDSHAKE):
        return oracle.NEWEST
    return sessions.get(fields.get("mcp-session-id", ""), version)
