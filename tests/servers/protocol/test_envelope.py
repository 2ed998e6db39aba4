"""envelope.py: the ladder of checks of 2026-07-28, in its order."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servers.protocol import envelope
from servers.protocol.envelope import (
    CLIENT_CAPABILITIES,
    LOG_LEVEL,
    PROTOCOL_VERSION,
    is_stateless,
    newest_first,
    open_bare_envelope,
    open_envelope,
    read_claims,
    speaks_for_itself,
)
from servers.protocol.errors import ProtocolError
from servers.protocol.jsonrpc import Message
from servers.protocol.revisions import BY_DATE

CLIENT_INFO = "io.modelcontextprotocol/clientInfo"

VERSION = "2026-07-28"
META = {PROTOCOL_VERSION: VERSION, CLIENT_CAPABILITIES: {}}


def headers(method="tools/call", name=b"add", version=VERSION):
    given = {
        b"mcp-protocol-version": version.encode() if version is not None else None,
        b"mcp-method": method.encode() if method is not None else None,
        b"mcp-name": name,
    }
    return {key: value for key, value in given.items() if value is not None}


def message(method="tools/call", meta=META, **params):
    if method == "tools/call":
        params.setdefault("name", "add")
    if meta is not None:
        params["_meta"] = meta
    return Message(b"1", method, params)


def refused(given, asked) -> tuple[int, int]:
    with pytest.raises(ProtocolError) as told:
        open_envelope(read_claims(given), asked)
    return told.value.status, told.value.code


def test_request_that_says_the_same_everywhere_passes():
    opened = open_envelope(read_claims(headers()), message())
    assert opened == ({}, None)


def test_envelope_holds_what_the_client_said_of_itself():
    meta = {
        **META,
        CLIENT_CAPABILITIES: {"roots": {}},
        CLIENT_INFO: {"name": "x" * 99},
        LOG_LEVEL: "info",
    }
    assert open_envelope(read_claims(headers()), message(meta=meta)) == ({"roots": {}}, "info")


@pytest.mark.behaviour("B4")
@pytest.mark.parametrize("info", [None, 1, [], {}, {"name": 1}, {"name": None}])
def test_client_that_does_not_name_itself_is_served(info):
    assert (
        open_envelope(read_claims(headers()), message(meta={**META, CLIENT_INFO: info})).log_level
        is None
    )


# --- a: a header is absent or malformed -----------------------------------------------------------


@pytest.mark.parametrize("lacking", [b"mcp-protocol-version", b"mcp-method", b"mcp-name"])
def test_absent_header_is_a_mismatch(lacking):
    given = headers()
    del given[lacking]
    assert refused(given, message()) == (400, -32020)


@pytest.mark.parametrize("broken", [b"mcp-protocol-version", b"mcp-method", b"mcp-name"])
@pytest.mark.parametrize("value", [b"", b" \t", b"a\x00b", b"caf\xc3\xa9", b"a\x7f", b"\x1b[0m"])
def test_malformed_header_is_a_mismatch(broken, value):
    assert refused({**headers(), broken: value}, message()) == (400, -32020)


def test_header_beyond_every_measure_is_a_mismatch():
    assert refused(headers(name=b"a" * 9000), message(name="a" * 9000)) == (400, -32020)


@pytest.mark.behaviour("E8")
def test_blanks_around_a_header_do_not_count():
    given = {name: b" \t" + value + b"  " for name, value in headers().items()}
    open_envelope(read_claims(given), message())


def test_method_without_a_named_thing_needs_no_name_header():
    open_envelope(read_claims(headers("tools/list", None)), message("tools/list"))


def test_absent_header_is_told_before_absent_meta():
    assert refused(headers(method=None), message(meta=None)) == (400, -32020)


# --- b: _meta lacks what every request carries ----------------------------------------------------


@pytest.mark.parametrize(
    "meta",
    [
        None,
        {},
        [],
        "x",
        1,
        {PROTOCOL_VERSION: VERSION},
        {CLIENT_CAPABILITIES: {}},
        {PROTOCOL_VERSION: 1, CLIENT_CAPABILITIES: {}},
        {PROTOCOL_VERSION: None, CLIENT_CAPABILITIES: {}},
        {PROTOCOL_VERSION: VERSION, CLIENT_CAPABILITIES: None},
        {PROTOCOL_VERSION: VERSION, CLIENT_CAPABILITIES: []},
    ],
)
def test_incomplete_meta_is_invalid(meta):
    assert refused(headers(), message(meta=meta)) == (400, -32602)


def test_incomplete_meta_is_told_before_a_mismatch():
    meta = {PROTOCOL_VERSION: "2025-11-25"}
    assert refused(headers(method="ping"), message(meta=meta)) == (400, -32602)


# --- c: header and body differ --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        (headers(version="2025-11-25"), message()),
        (headers(), message(meta={**META, PROTOCOL_VERSION: "2025-11-25"})),
        (headers(method="tools/list"), message()),
        (headers(method="Tools/call"), message()),
        (headers(name=b"sub"), message()),
        (headers(name=b"Add"), message()),
        (headers("resources/read", b"demo://a"), message("resources/read", uri="demo://b")),
        (headers("prompts/get", b"a"), message("prompts/get", name="b")),
        (headers("prompts/get", b"a"), message("prompts/get")),
        (headers("tools/call", b"1"), message(name=1)),
    ],
)
def test_header_that_says_other_than_the_body_is_a_mismatch(given, asked):
    assert refused(given, asked) == (400, -32020)


def test_mismatch_is_told_before_an_unknown_version():
    meta = {**META, PROTOCOL_VERSION: "2030-01-01"}
    assert refused(headers(version="2030-01-02"), message(meta=meta)) == (400, -32020)


# --- d: the version is not served -----------------------------------------------------------------


@pytest.mark.parametrize("version", ["2030-01-01", "2025-11-25", "DRAFT", "2024-11-05"])
def test_version_that_is_not_served_is_told_with_those_that_are(version):
    with pytest.raises(ProtocolError) as told:
        open_envelope(
            read_claims(headers(version=version)), message(meta={**META, PROTOCOL_VERSION: version})
        )
    assert (told.value.status, told.value.code) == (400, -32022)
    assert told.value.data == {
        "supported": ["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26"],
        "requested": version,
    }


def test_unknown_version_is_told_before_an_unknown_method():
    meta = {**META, PROTOCOL_VERSION: "2030-01-01"}
    asked = message("no/such", meta=meta)
    assert refused(headers("no/such", None, "2030-01-01"), asked) == (400, -32022)


# --- e: the method is not served ------------------------------------------------------------------


@pytest.mark.parametrize(
    "method",
    [
        "initialize",
        "ping",
        "logging/setLevel",
        "resources/subscribe",
        "resources/unsubscribe",
        "no/such",
        "tasks/result",
        "tasks/list",
    ],
)
def test_method_that_is_not_served_is_not_found(method):
    assert refused(headers(method, None), message(method)) == (404, -32601)


# --- the base64 form of a name --------------------------------------------------------------------


def sentinel(name: str) -> bytes:
    return b"=?base64?" + base64.b64encode(name.encode()) + b"?="


@pytest.mark.behaviour("E10", "E12")
@pytest.mark.parametrize("name", ["add", "café", "", " padded ", "=?base64?YQ==?=", "a\nb", "日本"])
def test_encoded_name_is_decoded_before_it_is_compared(name):
    open_envelope(read_claims(headers(name=sentinel(name))), message(name=name))


@pytest.mark.behaviour("E12")
@pytest.mark.parametrize(
    "name",
    [
        b"=?base64?!!!?=",
        b"=?base64?YQ=?=",
        b"=?base64?/w==?=",
        b"=?base64?YW-k?=",
        b"=?base64?Y W R k?=",
    ],
)
def test_name_that_is_no_base64_is_a_mismatch(name):
    text = name.decode()
    assert refused(headers(name=name), message(name=text)) == (400, -32020)


@pytest.mark.parametrize(
    "name",
    [
        "=?BASE64?YWRk?=",
        "=?utf-8?YWRk?=",
        "x=?base64?YWRk?=",
        "=?base64?YWRk",
        "=?base64?YQ==?= x",
        "=?base64??",
    ],
)
def test_what_merely_resembles_the_form_is_taken_as_it_is(name):
    open_envelope(read_claims(headers(name=name.encode())), message(name=name))


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_every_name_passes_in_its_encoded_form(name):
    open_envelope(read_claims(headers(name=sentinel(name))), message(name=name))


# --- which era ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "params", "stateless"),
    [
        ({}, {}, False),
        ({}, {"_meta": META}, True),
        ({}, {"_meta": {PROTOCOL_VERSION: None}}, True),
        ({}, {"_meta": {"progressToken": 1}}, False),
        ({}, {"_meta": None}, False),
        ({b"mcp-method": b"ping"}, {}, False),
        ({b"mcp-protocol-version": b"2026-07-28"}, {}, True),
        ({b"mcp-protocol-version": b"2031-01-01"}, {}, True),
        ({b"mcp-protocol-version": b"garbage"}, {}, True),
        ({b"mcp-protocol-version": b"2025-11-25"}, {}, False),
        ({b"mcp-protocol-version": b" 2025-06-18 "}, {}, False),
        ({b"mcp-protocol-version": b"2025-03-26"}, {}, False),
        ({b"mcp-protocol-version": b"2024-11-05"}, {}, False),
        ({b"mcp-protocol-version": b"2025-11-25"}, {"_meta": META}, True),
        ({b"mcp-session-id": b"x"}, {}, False),
    ],
)
def test_era_is_told_by_what_the_request_carries(given, params, stateless):
    assert is_stateless(read_claims(given), params) is stateless


@pytest.mark.parametrize(
    ("params", "stateless"),
    [
        ({}, False),
        ({"_meta": {}}, False),
        ({"_meta": []}, False),
        ({"_meta": {"progressToken": 1, LOG_LEVEL: "info"}}, False),
        ({"_meta": {PROTOCOL_VERSION: None}}, True),
        ({"_meta": {CLIENT_CAPABILITIES: {}}}, True),
        ({"_meta": {envelope.CLIENT_INFO: {}}}, True),
    ],
)
def test_era_of_a_request_without_headers_is_told_by_its_meta(params, stateless):
    assert speaks_for_itself(params) is stateless


byte_headers = st.dictionaries(
    st.sampled_from([b"mcp-protocol-version", b"mcp-method", b"mcp-name"]), st.binary(max_size=30)
)
metas = st.none() | st.dictionaries(
    st.sampled_from([PROTOCOL_VERSION, CLIENT_CAPABILITIES, LOG_LEVEL]),
    st.none() | st.text(max_size=12) | st.just(VERSION) | st.dictionaries(st.text(), st.integers()),
)


@given(byte_headers, st.sampled_from(["tools/call", "tools/list", "ping", "x"]), metas)
def test_any_request_is_opened_or_refused(given, method, meta):
    asked = message(method, meta)
    is_stateless(read_claims(given), asked.params)
    try:
        open_envelope(read_claims(given), asked)
    except ProtocolError as error:
        assert error.code in {-32020, -32602, -32022, -32601}


def test_reserved_names_are_those_of_the_specification():
    names = [PROTOCOL_VERSION, CLIENT_CAPABILITIES, LOG_LEVEL, envelope.SERVER_INFO]
    names += [envelope.SUBSCRIPTION_ID, envelope.CLIENT_INFO]
    short = ["protocolVersion", "clientCapabilities", "logLevel", "serverInfo"]
    short += ["subscriptionId", "clientInfo"]
    assert names == [f"io.modelcontextprotocol/{name}" for name in short]


# --- the words of each refusal --------------------------------------------------------------------

ABSENT = "The header {} is missing or malformed."
LATER = {PROTOCOL_VERSION: "2030-01-01", CLIENT_CAPABILITIES: {}}


@pytest.mark.parametrize(
    ("given", "asked", "code", "text"),
    [
        (headers(version=None), message(), -32020, ABSENT.format("MCP-Protocol-Version")),
        (headers(method=None), message(), -32020, ABSENT.format("Mcp-Method")),
        (headers(name=None), message(), -32020, ABSENT.format("Mcp-Name")),
        (
            headers(name=b"=?base64?!?="),
            message(),
            -32020,
            "Mcp-Name is not valid base64 of UTF-8.",
        ),
        (headers(), message(meta=None), -32602, "params._meta is missing."),
        (
            headers(),
            message(meta={CLIENT_CAPABILITIES: {}}),
            -32602,
            "params._meta lacks io.modelcontextprotocol/protocolVersion.",
        ),
        (
            headers(),
            message(meta={PROTOCOL_VERSION: VERSION}),
            -32602,
            "params._meta lacks io.modelcontextprotocol/clientCapabilities.",
        ),
        (
            headers(),
            message(meta=LATER),
            -32020,
            "MCP-Protocol-Version is not what _meta says.",
        ),
        (
            headers("prompts/get"),
            message(),
            -32020,
            "Mcp-Method is not the method of the body.",
        ),
        (headers(), message(name="sub"), -32020, "Mcp-Name is not the name of the body."),
        (
            headers("resources/read"),
            message("resources/read", uri="demo://a"),
            -32020,
            "Mcp-Name is not the uri of the body.",
        ),
        (
            headers(version="2030-01-01"),
            message(meta=LATER),
            -32022,
            "Unsupported protocol version",
        ),
        (headers("no/such"), message("no/such"), -32601, "Method not found: no/such"),
    ],
)
def test_refusal_says_what_is_wrong(given, asked, code, text):
    with pytest.raises(ProtocolError) as told:
        open_envelope(read_claims(given), asked)
    assert (told.value.code, told.value.message) == (code, text)


def test_header_of_the_longest_length_is_read():
    name = "a" * 8192
    open_envelope(read_claims(headers(name=name.encode())), message(name=name))
    assert refused(headers(name=b"a" * 8193), message(name="a" * 8193)) == (400, -32020)


@pytest.mark.parametrize("name", [b"X", b"aX", b"Xa", b"X a X"])
def test_only_blanks_are_taken_from_around_a_header(name):
    open_envelope(read_claims(headers(name=b" \t" + name + b"\t ")), message(name=name.decode()))


@pytest.mark.parametrize("edge", [b"\n", b"\r", b"\x0b", b"\x0c"])
def test_other_white_space_around_a_header_is_malformed(edge):
    for name in (edge + b"add", b"add" + edge):
        assert refused(headers(name=name), message()) == (400, -32020)


LEVELS = ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"]


@pytest.mark.parametrize("level", LEVELS)
def test_each_level_of_the_log_may_be_asked_for(level):
    asked = message(meta={**META, LOG_LEVEL: level})
    assert open_envelope(read_claims(headers()), asked).log_level == level


@pytest.mark.parametrize("level", ["", "INFO", "warn", None, 1, ["info"]])
def test_other_level_of_the_log_is_invalid(level):
    with pytest.raises(ProtocolError) as told:
        open_envelope(read_claims(headers()), message(meta={**META, LOG_LEVEL: level}))
    assert (told.value.code, told.value.message) == (
        -32602,
        "io.modelcontextprotocol/logLevel is none of debug, info, notice, warning, error, "
        "critical, alert, emergency.",
    )


# --- without headers ------------------------------------------------------------------------------


def test_request_without_headers_is_opened_by_its_meta():
    asked = message(meta={**META, CLIENT_CAPABILITIES: {"roots": {}}, LOG_LEVEL: "info"})
    assert open_bare_envelope(asked, BY_DATE) == ({"roots": {}}, "info")


@pytest.mark.parametrize(
    ("asked", "code", "text"),
    [
        (message(meta=None), -32602, "params._meta is missing."),
        (message(meta=LATER), -32022, "Unsupported protocol version"),
        (message("no/such"), -32601, "Method not found: no/such"),
    ],
)
def test_request_without_headers_is_refused_in_the_same_words(asked, code, text):
    with pytest.raises(ProtocolError) as told:
        open_bare_envelope(asked, BY_DATE)
    assert (told.value.code, told.value.message) == (code, text)
    if code == -32022:
        assert told.value.data == {"supported": newest_first(BY_DATE), "requested": "2030-01-01"}


def test_revisions_are_told_newest_first():
    assert newest_first(BY_DATE) == sorted(BY_DATE)[::-1]
    assert newest_first(BY_DATE)[0] == VERSION and newest_first(BY_DATE)[-1] == "2024-11-05"
