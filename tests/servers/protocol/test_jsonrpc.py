"""jsonrpc.py: what is a message, and how answers look."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servers.protocol.errors import METHOD_NOT_FOUND, ProtocolError
from servers.protocol.jsonrpc import (
    LONGEST_ID,
    Reply,
    error_message,
    notification_message,
    read_message,
    readable_id,
    request_message,
    result_message,
)


def request(**more):
    return {"jsonrpc": "2.0", "id": 1, "method": "ping", **more}


def refused(value) -> ProtocolError:
    with pytest.raises(ProtocolError) as told:
        read_message(value)
    return told.value


def test_request_is_read():
    message = read_message(request(params={"a": 1}))
    assert message == (b"1", "ping", {"a": 1})


def test_absent_parameters_are_none_at_all():
    assert read_message(request()).params == {}


def test_message_without_id_is_a_notification():
    assert read_message({"jsonrpc": "2.0", "method": "notifications/initialized"}).id_json is None


@pytest.mark.parametrize(
    ("identifier", "encoded"),
    [
        (0, b"0"),
        (-7, b"-7"),
        ("1", b'"1"'),
        ("", b'""'),
        ("é\n", '"é\\n"'.encode()),
        (10**40, b"1" + b"0" * 40),
        ("x" * LONGEST_ID, b'"' + b"x" * LONGEST_ID + b'"'),
    ],
)
def test_id_keeps_its_type(identifier, encoded):
    assert read_message(request(id=identifier)).id_json == encoded


@pytest.mark.parametrize(
    "identifier", [None, True, False, 1.5, 1.0, [], {}, "x" * (LONGEST_ID + 1)]
)
def test_what_is_no_id_is_refused(identifier):
    error = refused(request(id=identifier))
    assert (error.code, error.status) == (-32600, 400)
    assert readable_id(request(id=identifier)) is None


@pytest.mark.parametrize("value", [None, 1, "x", True, [], [request()], 1.5])
def test_what_is_no_object_is_refused(value):
    error = refused(value)
    assert (error.code, error.status) == (-32600, 400)
    assert readable_id(value) is None


@pytest.mark.parametrize("version", [None, "1.0", 2.0, 2, "", "2.0 ", ["2.0"]])
def test_another_version_of_json_rpc_is_refused(version):
    assert refused(request(jsonrpc=version)).code == -32600


@pytest.mark.parametrize("method", [None, 1, "", [], {"a": 1}, True])
def test_what_is_no_method_is_refused(method):
    assert refused(request(method=method)).code == -32600


def test_message_without_version_or_method_is_refused():
    assert refused({"id": 1, "method": "ping"}).code == -32600
    assert refused({"jsonrpc": "2.0", "id": 1}).code == -32600


@pytest.mark.parametrize("params", [None, [], [1], 1, "x", True])
def test_parameters_are_an_object(params):
    error = refused(request(params=params))
    assert (error.code, error.status) == (-32602, 400)


@pytest.mark.parametrize(
    ("answer", "result", "error"),
    [
        ({"result": {"a": 1}}, {"a": 1}, None),
        ({"result": None}, None, None),
        ({"error": {"code": -1, "message": "x"}}, None, {"code": -1, "message": "x"}),
    ],
)
@pytest.mark.parametrize(("identifier", "id_json"), [(7, b"7"), ("q7", b'"q7"')])
def test_response_is_read(answer, result, error, identifier, id_json):
    read = read_message({"jsonrpc": "2.0", "id": identifier, **answer})
    assert read == Reply(id_json, result, error)


@pytest.mark.parametrize(
    "answer",
    [
        {"id": 1, "result": {}, "error": {}},
        {"result": {}},
        {"id": None, "result": {}},
        {"id": 1},
        {"id": 1, "result": {}, "method": 7},
    ],
)
def test_response_that_is_none_is_refused(answer):
    assert refused({"jsonrpc": "2.0", **answer}).code == -32600


def test_response_without_an_id_is_told_so():
    assert refused({"jsonrpc": "2.0", "result": {}}).message == "A response has no id."


def test_longest_id_is_the_one_that_the_refusal_names():
    assert LONGEST_ID == 256


def test_error_of_a_wrong_message_carries_its_id():
    assert readable_id(request(method=7)) == b"1"


def test_result_is_told_with_its_id():
    assert json.loads(result_message(b'"a"', b'{"x":1}')) == {
        "jsonrpc": "2.0",
        "id": "a",
        "result": {"x": 1},
    }


def test_error_is_told_with_code_and_data():
    error = ProtocolError(METHOD_NOT_FOUND, "gone", data={"a": 1})
    assert json.loads(error_message(b"1", error)) == {
        "jsonrpc": "2.0",
        "id": 1,
        "error": {"code": METHOD_NOT_FOUND, "message": "gone", "data": {"a": 1}},
    }


def test_error_without_readable_id_has_none():
    told = json.loads(error_message(None, ProtocolError(-32700, "no")))
    assert told == {"jsonrpc": "2.0", "error": {"code": -32700, "message": "no"}}


def test_notification_has_no_id():
    told = json.loads(notification_message("notifications/progress", {"progress": 1}))
    assert told == {"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progress": 1}}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@given(
    st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("jsonrpc", "id", "method", "params", "result"), json_values)
    )
    | json_values
)
def test_any_value_is_a_message_or_refused(value):
    readable_id(value)
    try:
        message = read_message(value)
    except ProtocolError as error:
        assert error.status == 400
    else:
        assert message.method and isinstance(message.params, dict)


@pytest.mark.parametrize(
    ("value", "code", "message"),
    [
        ([], -32600, "The body is not one JSON-RPC message."),
        (request(jsonrpc="1.0"), -32600, '"jsonrpc" is not "2.0".'),
        (request(method=7), -32600, '"method" is not a string.'),
        (request(params=[]), -32602, '"params" is not an object.'),
        (
            request(id=None),
            -32600,
            '"id" is neither a string of at most 256 characters nor an integer.',
        ),
    ],
    ids=["no object", "version", "method", "params", "id"],
)
def test_refusal_says_what_is_wrong(value, code, message):
    error = refused(value)
    assert (error.code, error.message, error.status) == (code, message, 400)


def test_request_of_the_hub_is_told_with_its_id():
    told = request_message(b'"q-1"', "elicitation/create", {"message": "\u00e9"})
    assert json.loads(told) == {
        "jsonrpc": "2.0",
        "id": "q-1",
        "method": "elicitation/create",
        "params": {"message": "\u00e9"},
    }
