"""Streamable HTTP: requests that were right until something was done to them.

Whatever comes, the hub answers with the error of the request's revision or a 4xx, never with a
fault; nothing that is refused has run; every answer carries the id that was asked with, and says
only what its revision knows (`tests/watching.py` looks at each). In CI, hypothesis is derandomized.
"""

import copy
import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from servers.transports.guards import LARGEST_BODY
from tests import authored_media, gates
from tests.hub import (
    BOTH,
    HANDSHAKE,
    META,
    REVISIONS,
    STATELESS,
    VERSION,
    laid_out,
    opening,
)

every_revision = pytest.mark.parametrize("revision", REVISIONS)
few = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
CALLS: dict[str, dict[str, Any]] = {
    "tools/call": {"name": "add", "arguments": {"a": 2, "b": 3}},
    "tools/list": {},
    "resources/read": {"uri": "test://note"},
    "prompts/get": {"name": "ask", "arguments": {"about": "rain"}},
}
NAMES = {"tools/call": "name", "resources/read": "uri", "prompts/get": "name"}
ADDED = ["add"]


@dataclass
class Asked:
    """A request that a revision's client could send, and may still be changed."""

    revision: str
    message: dict[str, Any]
    headers: dict[str, str]
    wrap: Callable[[bytes], bytes] = field(default=lambda body: body)

    @property
    def body(self) -> bytes:
        """The bytes to send."""
        return self.wrap(json.dumps(self.message).encode())


Change = Callable[[Asked], None]


def asked(hub, revision, method, *, id=7):
    """Return a right request."""
    params = copy.deepcopy(CALLS[method])
    headers = {"content-type": "application/json", "accept": BOTH}
    if revision == STATELESS:
        headers |= {VERSION: revision, "mcp-method": method}
        if method in NAMES:
            headers["mcp-name"] = params[NAMES[method]]
        params["_meta"] = {f"{META}protocolVersion": revision, f"{META}clientCapabilities": {}}
    else:
        headers |= hub.session("open", revision).headers
    return Asked(
        revision, {"jsonrpc": "2.0", "id": id, "method": method, "params": params}, headers
    )


def sent(hub, request):
    """Send a request, and look at what holds of every answer."""
    gates.done.clear()
    answer = hub.raw("POST", "open", request.headers, request.body)
    assert answer.ended and answer.status < 500
    if answer.status != 200 or "error" in answer.message:
        assert gates.done == [], "a tool ran though its request was refused"
    return answer


# --- one thing is wrong, and told as that ---------------------------------------------------------


def put(value: Any, *path: str) -> Change:
    """Return what sets a member of the message, at the end of a path."""

    def change(request: Asked) -> None:
        _inside(request, path)[path[-1]] = value

    return change


def take(*path: str) -> Change:
    """Return what takes a member of the message away, if it is there."""

    def change(request: Asked) -> None:
        _inside(request, path).pop(path[-1], None)

    return change


def _inside(request: Asked, path: tuple[str, ...]) -> dict[str, Any]:
    """Return what holds the last member of a path; anything will do where there is nothing."""
    target: Any = request.message
    for name in path[:-1]:
        target = target.get(name) if isinstance(target, dict) else None
    return target if isinstance(target, dict) else {}


def say(name: str, value: str | None) -> Change:
    """Return what sets a header, or takes it away."""

    def change(request: Asked) -> None:
        request.headers.pop(name, None)
        if value is not None:
            request.headers[name] = value

    return change


def wrapped(wrap: Callable[[bytes], bytes]) -> Change:
    """Return what changes the bytes."""
    return lambda request: setattr(request, "wrap", wrap)


def renamed(request: Asked) -> None:
    """Ask for a tool that does not exist, in headers and body alike."""
    put("nothing", "params", "name")(request)
    if request.revision == STATELESS:
        request.headers["mcp-name"] = "=?base64?" + b64encode(b"nothing").decode() + "?="


def other_method(name: str) -> Change:
    """Return what asks for another method, in headers and body alike."""

    def change(request: Asked) -> None:
        request.message["method"] = name
        if request.revision == STATELESS:
            request.headers["mcp-method"] = name

    return change


# what is done to a call -> status and code before 2026-07-28, and since
SPOILED: dict[str, tuple[Change, tuple[int, int], tuple[int, int]]] = {
    "cut": (wrapped(lambda body: body[: len(body) // 2]), (400, -32700), (400, -32700)),
    "cut at the end": (wrapped(lambda body: body[:-1]), (400, -32700), (400, -32700)),
    "gone": (wrapped(lambda body: b""), (400, -32700), (400, -32700)),
    "twice": (wrapped(lambda body: body + body), (400, -32700), (400, -32700)),
    "two lines": (wrapped(lambda body: body + b"\n" + body), (400, -32700), (400, -32700)),
    "after a mark": (wrapped(lambda body: b"\xef\xbb\xbf" + body), (400, -32700), (400, -32700)),
    "in UTF-16": (
        wrapped(lambda body: body.decode().encode("utf-16")),
        (400, -32700),
        (400, -32700),
    ),
    "in a text": (
        wrapped(lambda body: json.dumps(body.decode()).encode()),
        (400, -32600),
        (400, -32600),
    ),
    "in an object": (wrapped(lambda body: b'{"message":%b}' % body), (400, -32600), (400, -32600)),
    "two arrays deep": (wrapped(lambda body: b"[[%b]]" % body), (400, -32600), (400, -32600)),
    "too large": (
        wrapped(lambda body: body[:-1] + b',"x":"' + b"y" * LARGEST_BODY + b'"}'),
        (413, -32600),
        (413, -32600),
    ),
    "nested": (
        wrapped(lambda body: body[:-1] + b',"x":' + b"[" * 70 + b"]" * 70 + b"}"),
        (400, -32600),
        (400, -32600),
    ),
    "an id twice": (wrapped(lambda body: body[:-1] + b',"id":8}'), (400, -32600), (400, -32600)),
    "a method twice": (
        wrapped(lambda body: body[:-1] + b',"method":"tools/call"}'),
        (400, -32600),
        (400, -32600),
    ),
    "a name twice": (
        wrapped(lambda body: body.replace(b'"name": "add"', b'"name": "add", "name": "destroy"')),
        (400, -32600),
        (400, -32600),
    ),
    "no version": (take("jsonrpc"), (400, -32600), (400, -32600)),
    "another version": (put("1.0", "jsonrpc"), (400, -32600), (400, -32600)),
    "null as id": (put(None, "id"), (400, -32600), (400, -32600)),
    "a list as id": (put([7], "id"), (400, -32600), (400, -32600)),
    "half an id": (put(7.5, "id"), (400, -32600), (400, -32600)),
    "a long id": (put("x" * 257, "id"), (400, -32600), (400, -32600)),
    "no method": (take("method"), (400, -32600), (400, -32600)),
    "a number as method": (put(7, "method"), (400, -32600), (400, -32600)),
    "parameters in a list": (put([{"name": "add"}], "params"), (400, -32602), (400, -32602)),
    "null as parameters": (put(None, "params"), (400, -32602), (400, -32602)),
    "an unknown method": (other_method("tools/destroy"), (200, -32601), (404, -32601)),
    "a method of no name": (other_method("__init__"), (200, -32601), (404, -32601)),
    "an unknown tool": (renamed, (200, -32602), (200, -32602)),
    "arguments in a list": (put([2, 3], "params", "arguments"), (200, -32602), (200, -32602)),
}
# The same for what only one era has.
OF_SESSIONS: dict[str, tuple[Change, tuple[int, int]]] = {
    "no session": (say("mcp-session-id", None), (400, -32600)),
    "another's session": (say("mcp-session-id", "a.b.c"), (404, -32600)),
    "a version never heard of, in a session": (say(VERSION, "2025-11-26"), (400, -32020)),
    "the version of HTTP and SSE": (say(VERSION, "2024-11-05"), (400, -32600)),
}
OF_REQUESTS: dict[str, tuple[Change, tuple[int, int]]] = {
    "no version header": (say(VERSION, None), (400, -32020)),
    "no method header": (say("mcp-method", None), (400, -32020)),
    "no name header": (say("mcp-name", None), (400, -32020)),
    "another version in the header": (say(VERSION, "2025-06-18"), (400, -32020)),
    "another method in the header": (say("mcp-method", "tools/list"), (400, -32020)),
    "another name in the header": (say("mcp-name", "destroy"), (400, -32020)),
    "another name in the body": (put("destroy", "params", "name"), (400, -32020)),
    "a name in no base64": (say("mcp-name", "=?base64?YW?k?="), (400, -32020)),
    "no parameters": (take("params"), (400, -32602)),
    "no _meta": (take("params", "_meta"), (400, -32602)),
    "a text as _meta": (put("x", "params", "_meta"), (400, -32602)),
    "no version in _meta": (take("params", "_meta", f"{META}protocolVersion"), (400, -32602)),
    "a list of capabilities": (
        put([], "params", "_meta", f"{META}clientCapabilities"),
        (400, -32602),
    ),
    "a ping": (other_method("ping"), (404, -32601)),
    "a handshake": (other_method("initialize"), (404, -32601)),
}


EVERY: dict[str, list[tuple[Change, tuple[str, ...], tuple[int, int]]]] = {
    **{
        name: [(change, HANDSHAKE, older), (change, (STATELESS,), newest)]
        for name, (change, older, newest) in SPOILED.items()
    },
    **{name: [(change, HANDSHAKE, told)] for name, (change, told) in OF_SESSIONS.items()},
    **{name: [(change, (STATELESS,), told)] for name, (change, told) in OF_REQUESTS.items()},
}
CHANGES = {name: rows[0][0] for name, rows in EVERY.items() if name != "too large"}


@pytest.mark.parametrize("name", EVERY)
def test_what_is_wrong_is_told_as_that_and_nothing_runs(hub, name):
    for change, revisions, told in EVERY[name]:
        for revision in revisions:
            request = asked(hub, revision, "tools/call")
            change(request)
            answer = sent(hub, request)
            assert (answer.status, answer.code) == told, (revision, answer.message)


@every_revision
@pytest.mark.parametrize("method", CALLS)
def test_request_that_nothing_was_done_to_is_right(hub, method, revision):
    answer = sent(hub, asked(hub, revision, method))
    assert answer.status == 200 and answer.result
    assert gates.done == (ADDED if method == "tools/call" else [])


# --- anything is wrong ----------------------------------------------------------------------------

revisions, methods = st.sampled_from(REVISIONS), st.sampled_from(list(CALLS))
texts = st.text(max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
paths = st.sampled_from(
    [
        *(("id",), ("method",), ("params",), ("jsonrpc",), ("result",), ("error",), ("more",)),
        *(("params", name) for name in ("name", "arguments", "uri", "cursor", "_meta", "more")),
        *(("params", "arguments", name) for name in ("a", "b", "c")),
        *(
            ("params", "_meta", name)
            for name in ("progressToken", f"{META}logLevel", "traceparent")
        ),
    ]
)
names = st.sampled_from(
    [VERSION, "mcp-method", "mcp-name", "mcp-session-id", "accept", "last-event-id", "traceparent"]
)
changes = (
    st.sampled_from(list(CHANGES.values()))
    | st.builds(lambda value, path: put(value, *path), values, paths)
    | st.builds(lambda path: take(*path), paths)
    | st.builds(say, names, st.none() | texts | st.sampled_from([STATELESS, "2025-06-18", "*/*"]))
)


@few
@given(revisions, methods, st.lists(changes, max_size=4))
def test_whatever_is_done_to_a_request_it_is_answered_in_its_revision(hub, revision, method, done):
    request = asked(hub, revision, method)
    for change in done:
        change(request)
    assert sent(hub, request).status in {200, 202, 400, 404, 406}


@few
@given(revisions, methods, st.floats(0, 1, exclude_max=True), st.binary(max_size=3))
def test_body_that_is_cut_or_broken_anywhere_runs_nothing(hub, revision, method, where, into):
    request = asked(hub, revision, method)
    body = request.body
    at = int(where * len(body))
    request.wrap = lambda _body: body[:at]
    assert sent(hub, request).status == 400
    request.wrap = lambda _body: body[:at] + into + body[at + len(into) :]
    assert sent(hub, request).status in {200, 202, 400, 404}


@few
@given(revisions, values)
def test_tool_runs_exactly_if_it_says_so(hub, revision, arguments):
    request = asked(hub, revision, "tools/call")
    put(arguments, "params", "arguments")(request)
    answer = sent(hub, request)
    ran = "result" in answer.message and not answer.result["isError"]
    assert gates.done == (ADDED if ran else [])


# --- out of order ---------------------------------------------------------------------------------

STEPS: dict[str, dict[str, Any]] = {
    "call": {"id": 7, "method": "tools/call", "params": CALLS["tools/call"]},
    "ping": {"id": 7, "method": "ping"},
    "again": {"id": 7, "method": "initialize", "params": opening("2025-11-25")},
    "ready": {"method": "notifications/initialized"},
    "cancel": {"method": "notifications/cancelled", "params": {"requestId": 7}},
    "cancel nothing": {"method": "notifications/cancelled", "params": {}},
    "cancel all": {"method": "notifications/cancelled", "params": {"requestId": None}},
    "progress": {"method": "notifications/progress", "params": {"progressToken": 7, "progress": 1}},
    "answer": {"id": 7, "result": {"roots": []}},
    "error": {"id": 7, "error": {"code": -1, "message": "rejected"}},
    "listen": {"id": 7, "method": "server/discover"},
}
SESSION_STEPS = [*STEPS, "end"]


@few
@given(st.sampled_from(HANDSHAKE), st.lists(st.sampled_from(SESSION_STEPS), max_size=8))
def test_session_takes_messages_in_any_order_until_it_ends(hub, revision, steps):
    session, ended = hub.session("open", revision), False
    headers = {"content-type": "application/json", "accept": BOTH, **session.headers}
    for step in [*steps, "call"]:
        if step == "end":
            status = hub.raw("DELETE", "open", session.headers).status
            assert status == (404 if ended else 204)
            ended = True
            continue
        body = json.dumps({"jsonrpc": "2.0", **STEPS[step]}).encode()
        answer = hub.raw("POST", "open", headers, body)
        assert answer.status in ({404, 400, 200} if ended else {200, 202, 400}), step
        if step == "call":
            assert answer.status == 404 if ended else answer.text == "5"


@few
@given(st.lists(st.sampled_from(list(STEPS)), max_size=8))
def test_requests_of_2026_stand_each_for_itself_in_any_order(hub, steps):
    for step in [*steps, "call"]:
        request = asked(hub, STATELESS, "tools/call")
        request.message = {"jsonrpc": "2.0", **copy.deepcopy(STEPS[step])}
        meta = {f"{META}protocolVersion": STATELESS, f"{META}clientCapabilities": {}}
        request.message.setdefault("params", {})["_meta"] = meta
        request.headers["mcp-method"] = str(request.message.get("method"))
        answer = sent(hub, request)
        assert answer.status in {200, 202, 400, 404}
        if step == "call":
            assert answer.text == "5"


# --- many at once ---------------------------------------------------------------------------------


@pytest.mark.behaviour("A3", "A4")
@every_revision
def test_two_hundred_with_one_id_get_each_its_own_answer(hub, revision):
    laid_out("media", Path(authored_media.__file__))
    hub.refresh()
    texts = [f"text {number}" for number in range(200)]
    begun = []
    for text in texts:
        session = None if revision == STATELESS else hub.session("media", revision)
        params = {"name": "wait", "arguments": {"text": text}}
        options = {"revision": revision, "session": session, "id": "the same"}
        begun.append(hub.begin("media", "tools/call", params, **options))
    assert sorted(gates.done) == sorted(texts), "all are in flight"
    hub.loop.call_soon_threadsafe(gates.opened.set)
    answers = [exchange.finish() for exchange in begun]
    assert [answer.message["id"] for answer in answers] == ["the same"] * 200
    assert [answer.text for answer in answers] == texts
