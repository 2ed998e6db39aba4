"""batch.py: what an array may hold, and that it is taken whole or refused whole."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servers.protocol.batch import MOST_ITEMS, read_batch, read_bounded, unanswered
from servers.protocol.errors import ProtocolError
from servers.protocol.jsonrpc import Message, Reply
from tests.batches import asks, says
from tests.hub import META

PING = asks(1)
ANSWER = {"jsonrpc": "2.0", "id": "a", "result": {}}
FAILURE = {"jsonrpc": "2.0", "id": "b", "error": {"code": -1, "message": "no"}}


def test_requests_and_notifications_are_told_apart():
    batch = read_batch([asks(1), says("notifications/initialized"), asks("1", "tools/list")])
    assert [(id_json, each.method) for id_json, each in batch.requests] == [
        (b"1", "ping"),
        (b'"1"', "tools/list"),
    ]
    assert batch.notifications == [Message(None, "notifications/initialized", {})]
    assert batch.replies == [] and batch.ids == b'[1,"1"]'


def test_responses_stand_alone():
    batch = read_batch([ANSWER, FAILURE])
    assert batch.replies == [Reply(b'"a"', {}, None), Reply(b'"b"', None, FAILURE["error"])]
    assert not batch.requests and not batch.notifications


REFUSED = {
    "nothing": ([], "empty"),
    "a batch": ([PING, [asks(2)]], "Message 2 of the batch is a batch."),
    "an empty batch": ([[]], "Message 1 of the batch is a batch."),
    "no message": ([PING, 7], "Message 2 of the batch: "),
    "null": ([None], "Message 1 of the batch: "),
    "another JSON-RPC": ([{**PING, "jsonrpc": "1.0"}], "Message 1"),
    "parameters in a list": ([{**PING, "params": []}], "Message 1"),
    "an id that is none": ([{**PING, "id": None}], "Message 1"),
    "a response without an id": ([{"jsonrpc": "2.0", "result": {}}], "Message 1"),
    "initialize": ([PING, asks(2, "initialize")], "initialize"),
    "initialize as a notification": ([says("initialize")], "initialize"),
    "both kinds": ([PING, ANSWER], "not both"),
    "a notification and a response": ([says("x"), ANSWER], "not both"),
    "an id twice": ([PING, says("x"), asks(1, "tools/list")], "same id"),
    "a response twice": ([ANSWER, ANSWER], "same id"),
    "another era": (
        [asks(1, params={"_meta": {f"{META}protocolVersion": "2026-07-28"}})],
        "no batches",
    ),
    "another era's notification": ([says("x", _meta={f"{META}clientInfo": {}})], "no batches"),
}


@pytest.mark.parametrize(("values", "words"), REFUSED.values(), ids=REFUSED)
def test_batch_is_refused_whole(values, words):
    with pytest.raises(ProtocolError) as refused:
        read_batch(values)
    assert (refused.value.code, refused.value.status) == (-32600, 400)
    assert words in refused.value.message


@pytest.mark.parametrize("item", ['{"a":[1,2]}', "[]", "7", '"[,]"', "null"])
@pytest.mark.parametrize("around", ["%s", " \n\t\r%s \n"])
def test_as_many_as_may_be_are_read_and_no_more(item, around):
    def body(number):
        return (around % f"[{','.join([item] * number)}]").encode()

    for number in (0, 1, MOST_ITEMS):
        assert len(read_bounded(body(number))) == number
    with pytest.raises(ProtocolError) as refused:
        read_bounded(body(MOST_ITEMS + 1))
    assert (refused.value.code, refused.value.status) == (-32600, 400)
    assert refused.value.message == "The batch has more than 100 messages."


def test_what_comes_after_too_many_is_not_looked_at():
    with pytest.raises(ProtocolError, match="more than 100"):
        read_bounded(b"[" + b"[]," * MOST_ITEMS + b"[],,, no JSON at all")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[",
        b"[1,",
        b"[1,2",
        b"[1]x",
        b"]",
        b"nothing",
        b"[\xff]",
        b'["\xff"]',
        b"\xef\xbb\xbf[]",
    ],
)
def test_what_is_no_json_is_told_as_that(body):
    with pytest.raises(ProtocolError) as refused:
        read_bounded(body)
    assert refused.value.code == -32700


@pytest.mark.parametrize("body", [b"[" * 100_000, b"[[" + b"[" * 70 + b"]" * 70 + b"]]"])
def test_what_nests_too_deep_is_told_as_that(body):
    with pytest.raises(ProtocolError, match="deeper than 64"):
        read_bounded(body)


@pytest.mark.parametrize("value", [7, "text", None, True, {"a": 1}])
def test_other_values_are_read_as_ever(value):
    assert read_bounded(json.dumps(value).encode()) == value


ids = st.integers() | st.text(max_size=8) | st.none() | st.floats(allow_nan=False)
parts = (
    ids | st.booleans() | st.lists(ids, max_size=2) | st.dictionaries(st.text(), ids, max_size=2)
)
messages = st.fixed_dictionaries(
    {"jsonrpc": st.just("2.0") | parts},
    optional={
        "id": ids,
        "method": st.sampled_from(["ping", "initialize", "x"]) | parts,
        "params": st.fixed_dictionaries({}, optional={"_meta": parts}) | parts,
        "result": parts,
        "error": parts,
    },
)


@given(st.lists(messages | parts, max_size=5))
def test_whatever_is_read_has_a_place(values):
    try:
        batch = read_batch(values)
    except ProtocolError as error:
        assert (error.code, error.status) == (-32600, 400)
        return
    assert len(batch.requests) + len(batch.notifications) + len(batch.replies) == len(values)
    assert not (batch.replies and (batch.requests or batch.notifications))
    assert len({id_json for id_json, _message in batch.requests}) == len(batch.requests)


def test_what_of_a_batch_was_not_answered_is_known():
    messages = [
        json.dumps({"jsonrpc": "2.0", "id": 1, "result": {}}),
        json.dumps({"jsonrpc": "2.0", "id": "b", "error": {"code": 1, "message": "x"}}),
        json.dumps({"jsonrpc": "2.0", "id": 2, "method": "roots/list"}),
        json.dumps(says("notifications/progress", progressToken=3)),
        "",
    ]
    assert unanswered(b'[1,"1",2,"b",3]', messages) == [b'"1"', b"2", b"3"]
    assert unanswered(b"[1]", messages) == []
    assert unanswered(b"1", messages) == [b"1"] and unanswered(None, []) == [None]
