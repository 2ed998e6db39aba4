"""The listener: what was asked is understood from headers and body, and every answer is judged."""

import json

import pytest

from tests.oracle import SERVER_INFO, Refused
from tests.watching import Ledger, Watch, sessions

JSON = {"content-type": "application/json"}
STREAM = {"content-type": "text/event-stream; charset=utf-8"}
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
PONG = {"jsonrpc": "2.0", "id": 1, "result": {}}
LOST = {"jsonrpc": "2.0", "error": {"code": -32600, "message": "No."}}
OLDER = [("MCP-Protocol-Version", "2025-06-18")]


def encoded(value) -> bytes:
    return json.dumps(value).encode()


def judge(asked, answer, *, headers=OLDER, kind=JSON, status=200):
    """Have one exchange judged."""
    body = asked if isinstance(asked, bytes) else encoded(asked)
    Watch(headers, body).judge(
        status, kind, answer if isinstance(answer, bytes) else encoded(answer)
    )


def test_answer_to_what_was_asked_is_right():
    judge(PING, PONG)


@pytest.mark.parametrize("given", [2, "1", "", 1.0])
def test_answer_with_an_id_nobody_asked_with_is_refused(given):
    with pytest.raises(AssertionError):
        judge(PING, {**PONG, "id": given})


def test_answer_that_comes_twice_is_refused():
    frames = b"data: %b\n\n" % encoded(PONG)
    judge(PING, frames, kind=STREAM)
    with pytest.raises(AssertionError):
        judge(PING, frames * 2, kind=STREAM)


@pytest.mark.parametrize(
    "asked",
    [PING, {**PING, "method": 7}, {**PING, "jsonrpc": "1.0"}, {**PING, "params": []}],
)
def test_error_without_the_id_that_could_be_read_is_refused(asked):
    judge(asked, {**LOST, "id": 1}, status=400)
    with pytest.raises(AssertionError):
        judge(asked, LOST, status=400)


@pytest.mark.parametrize(
    "asked",
    [
        b"{",
        b"\xff",
        b"7",
        b"[]",
        b'{"id":1,"id":1}',
        b'{"id":1,"x":NaN}',
        b'{"id":1,"x":1e999}',
        b'{"id":1,"x":' + b"9" * 301 + b"}",
        b'{"id":1,"x":' + b"[" * 70 + b"]" * 70 + b"}",
        b'{"id":null,"method":"ping"}',
        b'{"id":true,"method":"ping"}',
        encoded({**PING, "id": "x" * 300}),
    ],
)
def test_error_without_an_id_is_right_where_none_could_be_read(asked):
    judge(asked, LOST, status=400)


def test_header_given_twice_and_what_stands_before_the_body_are_refused_without_an_id():
    judge(PING, LOST, headers=[*OLDER, ("host", "a"), ("host", "b")], status=400)
    judge(PING, LOST, status=413)


@pytest.mark.parametrize(
    "headers",
    [
        [("mcp-protocol-version", "2026-07-28")],
        [("mcp-protocol-version", "x")],
    ],
)
def test_answer_in_another_revision_than_the_request_is_refused(headers):
    listed = {"jsonrpc": "2.0", "id": 1, "result": {"tools": []}}
    judge({**PING, "method": "tools/list"}, listed)
    with pytest.raises(Refused, match="resultType"):
        judge({**PING, "method": "tools/list"}, listed, headers=headers)


def test_revision_may_stand_in_meta_alone():
    params = {"_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28"}}
    with pytest.raises(Refused, match="knows the method ping"):
        judge({**PING, "params": params}, PONG, headers=[])


def test_session_keeps_the_revision_it_was_opened_with():
    info = {"name": "a", "version": "1"}
    opened = {"protocolVersion": "2025-03-26", "capabilities": {}, "serverInfo": info}
    opening = {**PING, "method": "initialize", "params": {}}
    judge(opening, {**PONG, "result": opened}, headers=[], kind={**JSON, "mcp-session-id": "s-1"})
    assert sessions.pop("s-1") == "2025-03-26"
    sessions["s-2"] = "2025-03-26"
    valued = {"content": [], "structuredContent": {}}
    call = {**PING, "method": "tools/call"}
    judge(call, {**PONG, "result": valued})
    with pytest.raises(Refused, match="structuredContent"):
        judge(call, {**PONG, "result": valued}, headers=[("mcp-session-id", "s-2")])
    del sessions["s-2"]


def test_answer_that_a_session_asked_for_may_come_when_its_stream_is_resumed():
    headers, frames = [*OLDER, ("mcp-session-id", "s-3")], b"id: 1\ndata: %b\n\n" % encoded(PONG)
    with pytest.raises(AssertionError, match="nobody asked"):
        judge(b"", frames, headers=headers, kind=STREAM)
    judge(PING, b"id: 0\ndata: \n\n", headers=headers, kind=STREAM)
    for _ in range(2):
        judge(b"", frames, headers=headers, kind=STREAM)
    with pytest.raises(AssertionError, match="nobody asked"):
        judge({**PING, "id": 2}, PONG, headers=headers)
    with pytest.raises(AssertionError, match="nobody asked"):
        judge(b"", frames, headers=[*OLDER, ("mcp-session-id", "s-4")], kind=STREAM)


def test_every_message_of_a_stream_and_of_a_batch_is_judged():
    wrong = {"jsonrpc": "2.0", "method": "notifications/invented"}
    frames = b": keep-alive\n\nid: 1\ndata: \n\nevent: message\ndata: %b\n\ndata: %b\n\ndata: cut"
    with pytest.raises(Refused, match="invented"):
        judge(PING, frames % (encoded(wrong), encoded(PONG)), kind=STREAM)
    with pytest.raises(Refused, match="invented"):
        judge([PING], [PONG, wrong])
    judge([PING, {**PING, "id": 2}], [{**PONG, "id": 2}, PONG])


def test_refusal_by_oauth_is_no_message():
    judge(PING, {"error": "invalid_token"}, status=401)
    with pytest.raises(Refused):
        judge(PING, {"error": "invalid_token"}, status=403)


def test_ledger_serves_other_transports_too():
    ledger = Ledger("2026-07-28")
    ledger.asked({**PING, "method": "tools/call"})
    result = {"content": [], "resultType": "complete"}
    result["_meta"] = {SERVER_INFO: {"name": "a", "version": "1"}}
    ledger.heard({**PONG, "result": result})
    with pytest.raises(AssertionError, match="nobody asked"):
        ledger.heard({**PONG, "result": result})


def test_everything_the_hub_sends_in_tests_is_judged(hub, monkeypatch):
    seen = []
    monkeypatch.setattr("tests.oracle.check", lambda message, *known: seen.append((message, known)))
    hub.post("open", "tools/list", id=7)
    (message, known) = seen[0]
    assert message["id"] == 7 and known == ("2026-07-28", "tools/list")
    hub.post("open", "tools/call", {"name": "add"}, revision="2025-06-18")
    assert [known for _, known in seen[1:]] == [
        ("2025-06-18", "initialize"),
        ("2025-06-18", "tools/call"),
    ]
