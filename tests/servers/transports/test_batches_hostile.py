"""Batches that are wrong in one place: refused whole, whatever it is, and nothing of them has run."""

import copy
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from servers.protocol.batch import MOST_ITEMS
from tests import gates
from tests.batches import REVISION, Batching, adds, asks, says, told
from tests.hub import META, opening

few = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
STATELESS_META = {
    "_meta": {f"{META}protocolVersion": "2026-07-28", f"{META}clientCapabilities": {}}
}
WRONG = {
    "a batch": [adds(9)],
    "an empty batch": [],
    "a number": 9,
    "a text": "ping",
    "null": None,
    "an empty object": {},
    "no version": {"id": 9, "method": "ping"},
    "no method": {"jsonrpc": "2.0", "id": 9},
    "null as id": {**asks(9), "id": None},
    "parameters in a list": {**asks(9), "params": [1]},
    "initialize": asks(9, "initialize", opening(REVISION)),
    "the same id": adds(1),
    "a response": {"jsonrpc": "2.0", "id": 9, "result": {}},
    "both": {"jsonrpc": "2.0", "id": 9, "result": {}, "error": {"code": 1, "message": "x"}},
    "another era": asks(9, "tools/list", STATELESS_META),
    "another era's notification": says("notifications/initialized", **STATELESS_META),
}


@pytest.fixture
def batching(hub):
    """A session on the server that is open to all."""
    return Batching.of(hub)


def refused(answer):
    """Tell that a batch was refused whole."""
    assert (answer.status, answer.code) == (400, -32600), answer.body[:200]
    assert answer.header("content-type") == "application/json" and "id" not in answer.message
    assert gates.done == []
    return True


@pytest.mark.behaviour("A6", revisions=[REVISION])
@pytest.mark.parametrize("first", [True, False], ids=["at the beginning", "at the end"])
@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_one_wrong_message_refuses_all(batching, wrong, first):
    right = [adds(1), adds(2)]
    assert refused(batching.send([wrong, *right] if first else [*right, wrong]))


@pytest.mark.behaviour("B12", revisions=[REVISION])
def test_session_is_not_begun_in_a_batch(hub, batching):
    initialize = asks(1, "initialize", opening(REVISION))
    for headers in ({}, batching.session.headers):
        said = {"content-type": "application/json", **headers}
        answer = hub.raw("POST", "open", said, json.dumps([initialize]).encode())
        assert refused(answer) and answer.header("mcp-session-id") is None


def test_empty_batch_is_refused(batching):
    assert refused(batching.send([]))


def test_as_many_as_may_be_are_answered_and_one_more_is_refused(batching):
    most = [asks(n) for n in range(MOST_ITEMS)]
    assert refused(batching.send([*most, asks("one more")]))
    assert told(batching.send(most)) == {n: {} for n in range(MOST_ITEMS)}


@pytest.mark.parametrize(
    "body",
    [
        b"[%b]"
        % b",".join(b'{"jsonrpc":"2.0","id":%d,"method":"ping"}' % n for n in range(90_000)),
        b"[" + b"{}," * 100_000 + b"{}]",
        b"[" + b"[]," * 100_000 + b"[]]",
        b"[" + b"1," * 2_000_000 + b"1]",
        b"[" * 63 + b"]" * 63,
        b"[" * 2_000_000,
        b"[" * 1_000_000 + b"]" * 1_000_000,
        b"[" + b'{"":' * 1_000_000,
    ],
    ids=["requests", "objects", "arrays", "numbers", "nested", "open", "deep", "objects inside"],
)
def test_what_is_far_too_much_is_refused(batching, body):
    answer = batching.send(body)
    assert answer.status == 400 and answer.code in {-32600, -32700} and gates.done == []
    assert told(batching.send([adds(1)])) == {1: "2"}


texts = st.text(max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
members = st.sampled_from(["jsonrpc", "id", "method", "params", "result", "error", "more"])


@few
@given(st.lists(values, max_size=4))
def test_array_of_anything_runs_nothing(hub, batching, items):
    gates.done.clear()
    assert batching.send(items).status == 400 and gates.done == []


@few
@given(st.integers(0, 2), members, values)
def test_batch_with_anything_in_a_message_is_answered_or_refused_whole(
    hub, batching, place, member, value
):
    gates.done.clear()
    items = [adds(1), adds(2), adds(3)]
    items[place] = {**copy.deepcopy(items[place]), member: value}
    answer = batching.send(items)
    assert answer.status in {200, 400}
    if answer.status == 400:
        assert gates.done == []
    else:
        asked = {json.dumps(each["id"]) for each in items if "id" in each}
        assert {json.dumps(each) for each in told(answer)} == asked


@few
@given(st.floats(0, 1, exclude_max=True), st.binary(max_size=3))
def test_batch_that_is_cut_or_broken_anywhere_is_none(hub, batching, where, into):
    gates.done.clear()
    body = json.dumps([adds(1), adds(2)]).encode()
    at = int(where * len(body))
    assert batching.send(body[:at]).status == 400 and gates.done == []
    assert batching.send(body[:at] + into + body[at + len(into) :]).status in {200, 202, 400}
