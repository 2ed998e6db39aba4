"""Streamable HTTP: what no client should send; refused at its own cost, and never a 5xx."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import gates
from tests.hub import HANDSHAKE, META, REVISIONS, STATELESS, VERSION

JSON = {"content-type": "application/json"}
REQUEST = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":%s}'
NEWEST = {VERSION: STATELESS, "mcp-method": "tools/call", "mcp-name": "add"}


@pytest.mark.behaviour("A5")
@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", -32700),
        (b"{", -32700),
        (b"not json", -32700),
        (b"\xff\xfe", -32700),
        (b'{"jsonrpc":"2.0","id":1,"method":"\xe9"}', -32700),
        ((REQUEST % '{"x":NaN}').encode(), -32700),
        ((REQUEST % '{"x":-Infinity}').encode(), -32700),
        ((REQUEST % '{"name":"add","name":"destroy"}').encode(), -32600),
        ((REQUEST % '{"name":"add","n\\u0061me":"destroy"}').encode(), -32600),
        ((REQUEST % ('{"x":' + "[" * 64 + "]" * 64 + "}")).encode(), -32600),
        ((REQUEST % ('{"x":' + "[" * 100_000)).encode(), None),
        ((REQUEST % ('{"x":' + "9" * 5000 + "}")).encode(), -32600),
        (b'{"jsonrpc":"2.0","id":' + b"9" * 5000 + b',"method":"ping"}', -32600),
        (b"null", -32600),
        (b"7", -32600),
        (b'"ping"', -32600),
        (b"{}", -32600),
        (b'{"jsonrpc":"1.0","id":1,"method":"ping"}', -32600),
        (b'{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600),
        (b'{"jsonrpc":"2.0","id":1.5,"method":"ping"}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":7}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"result":{}}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}', -32602),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":null}', -32602),
    ],
)
@pytest.mark.parametrize("headers", [{}, NEWEST], ids=["older", "newest"])
def test_bad_message_is_refused(hub, body, code, headers):
    answer = hub.raw("POST", "open", {**JSON, **headers}, body)
    assert answer.status == 400
    assert answer.code in ({code} if code else {-32700, -32600})
    assert gates.done == []


@pytest.mark.behaviour("A7")
@pytest.mark.parametrize("revision", [*HANDSHAKE[1:], STATELESS])
@pytest.mark.parametrize("size", [0, 1, 2, 101])
def test_batch_is_refused(hub, revision, size):
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    headers = JSON if revision == STATELESS else {**JSON, **hub.session("open", revision).headers}
    answer = hub.raw("POST", "open", headers, json.dumps([message] * size).encode())
    assert (answer.status, answer.code) == (400, -32600)


@pytest.mark.behaviour("A5", "B6", "B7", "B20", "E9", "E10", "E12")
@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"mcp-method": None}, 400, -32020),
        ({"mcp-name": None}, 400, -32020),
        ({VERSION: None}, 400, -32020),
        ({"mcp-method": "tools/list"}, 400, -32020),
        ({"mcp-name": "write"}, 400, -32020),
        ({"mcp-name": "=?base64?!?="}, 400, -32020),
        ({VERSION: "2025-11-25"}, 400, -32020),
        ({VERSION: "2099-01-01"}, 400, -32020),
    ],
)
def test_headers_must_say_what_the_body_says(hub, headers, status, code):
    params = {"name": "add", "arguments": {"a": 1, "b": 1}}
    answer = hub.post("open", "tools/call", params, headers=headers)
    assert (answer.status, answer.code, answer.message["id"]) == (status, code, 1)
    assert gates.done == []


@pytest.mark.behaviour("B3")
@pytest.mark.parametrize("lacking", ["protocolVersion", "clientCapabilities"])
def test_meta_must_be_whole(hub, lacking):
    meta = {f"{META}protocolVersion": STATELESS, f"{META}clientCapabilities": {}}
    del meta[META + lacking]
    params = {"name": "add", "arguments": {"a": 1, "b": 1}, "_meta": meta}
    body = (REQUEST % json.dumps(params)).encode()
    answer = hub.raw("POST", "open", {**JSON, **NEWEST}, body)
    assert (answer.status, answer.code) == (400, -32602)


@pytest.mark.behaviour("B5")
def test_unknown_version_is_told_with_those_that_are_served(hub):
    meta = {f"{META}protocolVersion": "2099-01-01"}
    answer = hub.post("open", "tools/list", headers={VERSION: "2099-01-01"}, meta=meta)
    assert (answer.status, answer.code) == (400, -32022)
    assert answer.error["data"] == {
        "supported": list(reversed(REVISIONS)),
        "requested": "2099-01-01",
    }


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("tools/call", {"name": "pooled", "arguments": {"text": "\x00\ud800 é"}}),
        ("tools/call", {"name": "add", "arguments": {"a": 10**299, "b": 1}}),
        ("tools/call", {"name": "add", "arguments": {"a": -(2**63), "b": 2**64}}),
        ("tools/call", {"name": "pooled", "arguments": {"text": "x" * 1_000_000}}),
        ("tools/call", {"name": "pooled", "arguments": {"text": "y", "__class__": "z"}}),
        ("tools/call", {"name": "__init__", "arguments": {}}),
        ("resources/read", {"uri": "test://by/%00/1"}),
        ("resources/read", {"uri": "test://by/..%2f..%2fetc/1"}),
        ("resources/read", {"uri": "test://by/\x00/1"}),
        ("resources/read", {"uri": "x" * 100_000}),
        ("resources/read", {"uri": "test://by/" + "a/" * 2000}),
        ("prompts/get", {"name": "ask", "arguments": {"about": "\x00\ud800" * 1000}}),
        ("tools/list", {"cursor": "\x00"}),
        (
            "initialize",
            {
                "protocolVersion": "\x00" * 1000,
                "capabilities": {"\x00": 1},
                "clientInfo": {"name": "\x00\ud800"},
            },
        ),
        ("notifications/cancelled", {"requestId": "\x00"}),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, str) else "",
)
def test_odd_values_are_no_fault_of_the_hub(hub, method, params):
    answer = hub.post("open", method, params, revision="2025-11-25")
    assert answer.status == 200 and answer.message


@pytest.mark.parametrize("meta", [None, 1, "x", [], {"progressToken": {"a": 1}, "traceparent": 7}])
def test_odd_meta_is_no_fault_of_the_hub(hub, meta):
    params = {"name": "add", "arguments": {"a": 1, "b": 1}, "_meta": meta}
    assert hub.post("open", "tools/call", params, revision="2025-11-25").text == "2"


@pytest.mark.parametrize("trace", ["", "x", "00-" + "0" * 32 + "-" + "0" * 16 + "-00", "é" * 100])
def test_odd_trace_is_no_fault_of_the_hub(hub, trace):
    params = {"name": "add", "arguments": {"a": 1, "b": 1}}
    answer = hub.post("open", "tools/call", params, headers={"traceparent": trace})
    assert answer.text == "2"


def test_no_refusal_repeats_what_it_refuses_at_length(hub):
    for method, params in [
        ("x" * 100_000, {}),
        ("tools/call", {"name": "x" * 100_000}),
        ("prompts/get", {"name": "x" * 100_000}),
        ("resources/read", {"uri": "x" * 100_000}),
        ("tools/call", {"name": "add", "arguments": {"x" * 100_000: 1}}),
        ("tools/call", {"name": "add", "arguments": {"a": "x" * 100_000, "b": 1}}),
    ]:
        assert len(hub.post("open", method, params, revision="2025-11-25").body) < 4_000


texts = st.text(max_size=12)
parts = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
messages = st.fixed_dictionaries(
    {"jsonrpc": st.just("2.0")},
    optional={
        "id": st.integers() | texts | parts,
        "method": st.sampled_from(["tools/call", "tools/list", "initialize", "ping", "x"]) | parts,
        "params": parts
        | st.fixed_dictionaries(
            {},
            optional={
                "name": st.sampled_from(["add", "tell"]) | parts,
                "arguments": parts,
                "cursor": parts,
                "uri": parts,
                "protocolVersion": parts,
                "_meta": st.dictionaries(
                    st.sampled_from(
                        [
                            f"{META}protocolVersion",
                            f"{META}clientCapabilities",
                            f"{META}logLevel",
                            "progressToken",
                        ]
                    ),
                    parts | st.just({}),
                ),
            },
        ),
    },
)
names = st.sampled_from(
    ["accept", "mcp-method", "mcp-name", VERSION, "mcp-session-id", "traceparent"]
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(messages | parts, st.dictionaries(names, texts | st.just(STATELESS), max_size=4))
def test_any_message_is_answered_and_none_with_a_fault(hub, message, headers):
    answer = hub.raw("POST", "open", {**JSON, **headers}, json.dumps(message).encode())
    assert answer.ended and answer.status in {200, 202, 400, 404, 406}


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(max_size=80))
def test_any_bytes_are_answered_and_none_with_a_fault(hub, body):
    answer = hub.raw("POST", "open", JSON, body)
    assert answer.ended and answer.status in {202, 400}
