"""The oracle itself: what each revision has passes, and each wrong message that is planted is refused."""

import copy

import pytest

from tests import oracle
from tests.oracle import HANDSHAKE, NEWEST, REVISIONS, SERVER_INFO, Refused, check

INFO = {"_meta": {SERVER_INFO: {"name": "demo", "version": "1"}}}
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
TEXT = {"type": "text", "text": "x"}
PIXEL = "iVBORw0KGgo="
SUBSCRIPTION = {"_meta": {oracle.SUBSCRIPTION: 1}}
QUESTION = {
    "method": "elicitation/create",
    "params": {"message": "Who?", "requestedSchema": {"type": "object", "properties": {}}},
}

# Results without what every one has since 2026-07-28, by method; all revisions know them.
PLAIN = {
    "tools/list": {"tools": [{"name": "add", "description": "Adds.", "inputSchema": SCHEMA}]},
    "tools/call": {"content": [TEXT], "isError": False},
    "resources/list": {"resources": [{"uri": "test://a", "name": "a", "mimeType": "text/plain"}]},
    "resources/templates/list": {"resourceTemplates": [{"uriTemplate": "a://{b}", "name": "a"}]},
    "resources/read": {"contents": [{"uri": "test://a", "text": "x"}]},
    "prompts/list": {"prompts": [{"name": "ask", "arguments": [{"name": "a"}]}]},
    "prompts/get": {"messages": [{"role": "user", "content": TEXT}]},
    "completion/complete": {"completion": {"values": ["a"], "total": 1, "hasMore": False}},
}
CACHED = ("tools/list", "resources/list", "resources/templates/list", "resources/read")
HINTS = {"ttlMs": 0, "cacheScope": "private"}


def answer(method, result, revision):
    """Return a result as a message, with what the revision has on every one."""
    if revision == NEWEST:
        hints = HINTS if method in (*CACHED, "prompts/list") else {}
        result = {"resultType": "complete", **INFO, **hints, **result}
    return {"jsonrpc": "2.0", "id": 1, "result": copy.deepcopy(result)}


def error(code, **more):
    return {"jsonrpc": "2.0", "id": 1, "error": {"code": code, "message": "No.", **more}}


def notification(method, params):
    return {"jsonrpc": "2.0", "method": method, "params": params}


def refused(message, revision, method=None):
    with pytest.raises(Refused):
        check(message, revision, method)


# --- what is right --------------------------------------------------------------------------------


@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.parametrize("method", PLAIN)
def test_plain_result_is_right_on_every_revision(method, revision):
    check(answer(method, PLAIN[method], revision), revision, method)


@pytest.mark.parametrize("revision", HANDSHAKE)
def test_handshake_is_right_before_2026(revision):
    info = {"name": "demo", "version": "1"}
    result = {"protocolVersion": revision, "capabilities": {"tools": {}}, "serverInfo": info}
    check(answer("initialize", result, revision), revision, "initialize")
    for method in ("ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe"):
        check(answer(method, {}, revision), revision, method)


def test_what_2026_alone_has_is_right():
    discovery = {"supportedVersions": [NEWEST], "capabilities": {"extensions": {"a.b/c": {}}}}
    check(answer("server/discover", {**discovery, **HINTS}, NEWEST), NEWEST, "server/discover")
    asks = {"resultType": "input_required", "inputRequests": {"who": QUESTION}}
    check(answer("tools/call", asks, NEWEST), NEWEST, "tools/call")
    check(answer("prompts/get", {**asks, "requestState": "s"}, NEWEST), NEWEST, "prompts/get")
    ends = {"_meta": {**INFO["_meta"], oracle.SUBSCRIPTION: 1}}
    check(answer(oracle.LISTEN, ends, NEWEST), NEWEST, oracle.LISTEN)
    starts = {"notifications": {"toolsListChanged": True}, **SUBSCRIPTION}
    told = notification("notifications/subscriptions/acknowledged", starts)
    check(told, NEWEST, oracle.LISTEN)


@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.parametrize("code", [-32700, -32600, -32601, -32602, -32603, 429, -1, -40000])
def test_codes_of_json_rpc_and_ones_of_our_own_are_right(code, revision):
    check(error(code), revision)
    check(error(code, data={"more": 1}), revision, "tools/call")


@pytest.mark.parametrize("revision", REVISIONS)
def test_error_without_an_id_is_right(revision):
    message = error(-32700)
    del message["id"]
    check(message, revision)


@pytest.mark.parametrize("revision", REVISIONS)
def test_progress_and_log_are_right(revision):
    progress = {"progressToken": "t", "progress": 1, "total": 2}
    check(notification("notifications/progress", progress), revision, "tools/call")
    log = {"level": "info", "logger": "x", "data": {"any": ["thing"]}}
    check(notification("notifications/message", log), revision, "tools/call")


@pytest.mark.parametrize("revision", HANDSHAKE)
def test_request_to_a_client_is_right_before_2026(revision):
    asks = {"jsonrpc": "2.0", "id": "s1", "method": "roots/list"}
    check(asks, revision, "tools/call")


# --- JSON-RPC -------------------------------------------------------------------------------------


@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.parametrize(
    "change",
    [
        {"jsonrpc": "1.0"},
        {"jsonrpc": None},
        {"id": None},
        {"id": 1.5},
        {"id": True},
        {"error": {"code": 1, "message": "and a result"}},
        {"more": 1},
        {"result": []},
        {"result": None},
    ],
)
def test_answer_of_another_form_is_refused(change, revision):
    refused(
        {**answer("tools/call", PLAIN["tools/call"], revision), **change}, revision, "tools/call"
    )


@pytest.mark.parametrize("revision", REVISIONS)
def test_answer_without_an_id_is_refused(revision):
    message = answer("tools/call", PLAIN["tools/call"], revision)
    del message["id"]
    refused(message, revision, "tools/call")


@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.parametrize(
    "message", [None, [], "x", {}, {"jsonrpc": "2.0"}, {"jsonrpc": "2.0", "id": 1}]
)
def test_what_is_no_message_is_refused(message, revision):
    refused(message, revision, "tools/call")


@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"code": 1},
        {"message": "x"},
        {"code": "1", "message": "x"},
        {"code": 1.5, "message": "x"},
        {"code": 1, "message": "x", "more": 1},
        {"code": 1, "message": None},
    ],
)
def test_error_of_another_form_is_refused(broken, revision):
    refused({"jsonrpc": "2.0", "id": 1, "error": broken}, revision)


@pytest.mark.parametrize("revision", REVISIONS)
def test_error_with_a_null_id_is_refused(revision):
    refused({**error(-32600), "id": None}, revision)


@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.parametrize("code", [-32000, -32019, -32023, -32099, -32100, -32500, -32768])
def test_reserved_code_is_refused(code, revision):
    refused(error(code), revision)


@pytest.mark.parametrize(
    ("code", "revisions"),
    [
        (-32002, [NEWEST]),
        (-32042, [each for each in REVISIONS if each != "2025-11-25"]),
        (-32020, HANDSHAKE),
        (-32021, HANDSHAKE),
        (-32022, HANDSHAKE),
    ],
)
def test_code_of_other_revisions_is_refused(code, revisions):
    for revision in revisions:
        refused(error(code), revision)


@pytest.mark.parametrize(
    ("code", "data"),
    [
        (-32021, None),
        (-32021, {}),
        (-32021, {"requiredCapabilities": ["sampling"]}),
        (-32021, {"requiredCapabilities": {"invented": {}}}),
        (-32022, None),
        (-32022, {"supported": NEWEST, "requested": "x"}),
        (-32022, {"supported": [NEWEST]}),
    ],
)
def test_error_that_lacks_what_its_code_asks_for_is_refused(code, data):
    refused(error(code, **({"data": data} if data is not None else {})), NEWEST)


# --- results --------------------------------------------------------------------------------------


@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.parametrize("method", PLAIN)
def test_result_of_another_method_is_refused(method, revision):
    for other in PLAIN:
        if other != method:
            refused(answer(method, PLAIN[other], revision), revision, method)


@pytest.mark.parametrize(
    ("method", "revisions"),
    [
        ("initialize", [NEWEST]),
        ("ping", [NEWEST]),
        ("logging/setLevel", [NEWEST]),
        ("resources/subscribe", [NEWEST]),
        ("server/discover", HANDSHAKE),
        (oracle.LISTEN, HANDSHAKE),
        ("no/such", REVISIONS),
        (None, REVISIONS),
    ],
)
def test_result_of_a_method_the_revision_does_not_have_is_refused(method, revisions):
    for revision in revisions:
        refused(answer(str(method), {}, revision), revision, method)


@pytest.mark.parametrize("lacking", ["resultType", "_meta", "ttlMs", "cacheScope"])
@pytest.mark.parametrize("method", [*CACHED, "prompts/list"])
def test_result_that_lacks_what_2026_asks_for_is_refused(method, lacking):
    message = answer(method, PLAIN[method], NEWEST)
    del message["result"][lacking]
    refused(message, NEWEST, method)


@pytest.mark.parametrize(
    ("method", "change"),
    [
        ("tools/list", {"resultType": "input_required", "requestState": "s"}),
        ("tools/call", {"resultType": "task"}),
        ("tools/call", {"resultType": "input_required"}),
        ("tools/call", {"resultType": "input_required", "inputRequests": {}}),
        ("tools/list", {"ttlMs": -1}),
        ("tools/list", {"ttlMs": 1.5}),
        ("tools/list", {"cacheScope": "shared"}),
        ("tools/call", HINTS),
        ("tools/call", {"_meta": {}}),
        (oracle.LISTEN, {}),
        (oracle.LISTEN, {"_meta": {**INFO["_meta"], oracle.SUBSCRIPTION: "1"}}),
    ],
)
def test_result_that_says_something_wrong_of_itself_is_refused(method, change):
    refused(answer(method, {**PLAIN.get(method, {}), **change}, NEWEST), NEWEST, method)


@pytest.mark.parametrize("hint", [HINTS, {"content": [TEXT]}])
def test_question_with_anything_beside_it_is_refused(hint):
    asks = {"resultType": "input_required", "requestState": "s", **hint}
    refused(answer("tools/call", asks, NEWEST), NEWEST, "tools/call")


@pytest.mark.parametrize(
    "request_",
    [
        {"method": "ping"},
        {"method": "tools/call", "params": {"name": "x"}},
        {"method": "elicitation/create", "params": {"message": "Who?"}},
        {
            "method": "elicitation/create",
            "params": {"mode": "url", "message": "Go", "url": "https://x", "elicitationId": "1"},
        },
    ],
)
def test_question_of_no_known_kind_is_refused(request_):
    asks = {"resultType": "input_required", "inputRequests": {"a": request_}}
    refused(answer("tools/call", asks, NEWEST), NEWEST, "tools/call")


# --- what a revision does not know ----------------------------------------------------------------

TOOL, NOW = PLAIN["tools/list"]["tools"][0], REVISIONS.index
# (member, method, how a result looks with it, the first revision that has it, the last one)
SINCE = [
    ("resultType", "tools/call", {**PLAIN["tools/call"], "resultType": "complete"}, NEWEST),
    ("ttlMs", "tools/list", {**PLAIN["tools/list"], "ttlMs": 0}, NEWEST),
    ("cacheScope", "tools/list", {**PLAIN["tools/list"], "cacheScope": "public"}, NEWEST),
    ("structuredContent", "tools/call", {"content": [], "structuredContent": {}}, "2025-06-18"),
    ("outputSchema", "tools/list", {"tools": [{**TOOL, "outputSchema": SCHEMA}]}, "2025-06-18"),
    ("title", "tools/list", {"tools": [{**TOOL, "title": "Add"}]}, "2025-06-18"),
    ("tool _meta", "tools/list", {"tools": [{**TOOL, "_meta": {"a": 1}}]}, "2025-06-18"),
    ("annotations", "tools/list", {"tools": [{**TOOL, "annotations": {}}]}, "2025-03-26"),
    ("icons", "tools/list", {"tools": [{**TOOL, "icons": [{"src": "data:,"}]}]}, "2025-11-25"),
    (
        "size",
        "resources/list",
        {"resources": [{"uri": "a:b", "name": "a", "size": 1}]},
        "2024-11-05",
    ),
    (
        "argument title",
        "prompts/list",
        {"prompts": [{"name": "ask", "arguments": [{"name": "a", "title": "A"}]}]},
        "2025-06-18",
    ),
    (
        "prompt icons",
        "prompts/list",
        {"prompts": [{"name": "ask", "icons": [{"src": "data:,"}]}]},
        "2025-11-25",
    ),
    (
        "audio",
        "tools/call",
        {"content": [{"type": "audio", "data": PIXEL, "mimeType": "audio/wav"}]},
        "2025-03-26",
    ),
    (
        "resource_link",
        "tools/call",
        {"content": [{"type": "resource_link", "uri": "test://a", "name": "a"}]},
        "2025-06-18",
    ),
    (
        "lastModified",
        "tools/call",
        {"content": [{**TEXT, "annotations": {"lastModified": "2025-01-12T15:00:58Z"}}]},
        "2025-06-18",
    ),
    (
        "audio in a prompt",
        "prompts/get",
        {
            "messages": [
                {"role": "user", "content": {"type": "audio", "data": PIXEL, "mimeType": "a/b"}}
            ]
        },
        "2025-03-26",
    ),
    (
        "reserved _meta",
        "tools/call",
        {**PLAIN["tools/call"], **INFO},
        NEWEST,
    ),
]


@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.parametrize(
    ("method", "result", "since"), [each[1:] for each in SINCE], ids=[each[0] for each in SINCE]
)
def test_member_is_refused_before_the_revision_that_brought_it(method, result, since, revision):
    message = answer(method, result, revision)
    if NOW(revision) < NOW(since):
        refused(message, revision, method)
    else:
        check(message, revision, method)


def test_execution_is_known_to_one_revision_alone():
    listed = {"tools": [{**TOOL, "execution": {"taskSupport": "optional"}}]}
    for revision in REVISIONS:
        message = answer("tools/list", listed, revision)
        if revision == "2025-11-25":
            check(message, revision, "tools/list")
        else:
            refused(message, revision, "tools/list")


@pytest.mark.parametrize("value", [[1], 7, "x", True, None])
def test_structured_content_is_an_object_before_2026(value):
    for revision in REVISIONS[2:]:
        message = answer("tools/call", {"content": [], "structuredContent": value}, revision)
        if revision == NEWEST:
            check(message, revision, "tools/call")
        else:
            refused(message, revision, "tools/call")


@pytest.mark.parametrize("revision", HANDSHAKE)
@pytest.mark.parametrize(
    ("part", "since"),
    [
        ({"capabilities": {"completions": {}}}, "2025-03-26"),
        ({"capabilities": {"extensions": {}}}, NEWEST),
        ({"capabilities": {"invented": {}}}, "never"),
        ({"serverInfo": {"name": "a", "version": "1", "title": "A"}}, "2025-06-18"),
        ({"serverInfo": {"name": "a", "version": "1", "websiteUrl": "https://a"}}, "2025-11-25"),
    ],
)
def test_handshake_says_nothing_a_revision_does_not_know(part, since, revision):
    info = {"name": "demo", "version": "1"}
    result = {"protocolVersion": revision, "capabilities": {}, "serverInfo": info, **part}
    message = answer("initialize", result, revision)
    if since in REVISIONS and NOW(revision) >= NOW(since):
        check(message, revision, "initialize")
    else:
        refused(message, revision, "initialize")


@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.parametrize(
    ("method", "result"),
    [
        ("tools/list", {"tools": [{**TOOL, "invented": 1}]}),
        ("tools/list", {"tools": [], "invented": 1}),
        ("tools/list", {"tools": [{"name": "add"}]}),
        ("tools/list", {"tools": [{**TOOL, "inputSchema": {"type": "string"}}]}),
        ("tools/list", {"tools": [{**TOOL, "inputSchema": None}]}),
        (
            "tools/call",
            {"content": [{"type": "image", "data": "no base64", "mimeType": "image/png"}]},
        ),
        ("tools/call", {"content": [{"type": "video", "data": PIXEL, "mimeType": "a/b"}]}),
        ("resources/read", {"contents": [{"uri": "test://a"}]}),
        ("resources/read", {"contents": [{"uri": "test://a", "blob": "no base64"}]}),
        ("completion/complete", {"completion": {"values": "a"}}),
    ],
)
def test_senseless_result_is_refused_on_every_revision(method, result, revision):
    refused(answer(method, result, revision), revision, method)


@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.parametrize(
    "key",
    [
        "io.modelcontextprotocol/invented",
        "com.mcp.tools/a",
        "mcp.dev/a",
        "-a",
        "a/b/c",
        "1.a/b",
        "a ",
    ],
)
def test_foreign_key_of_meta_is_refused(key, revision):
    result = {**PLAIN["tools/call"], "_meta": {**INFO["_meta"], key: 1}}
    if revision != NEWEST:
        del result["_meta"][SERVER_INFO]
    refused(answer("tools/call", result, revision), revision, "tools/call")


@pytest.mark.parametrize("key", ["example.com/a", "com.example/", "a", "a.b-c_d", "traceparent"])
def test_key_of_our_own_in_meta_is_right(key):
    result = {**PLAIN["tools/call"], "_meta": {**INFO["_meta"], key: 1}}
    check(answer("tools/call", result, NEWEST), NEWEST, "tools/call")


def test_what_others_wrote_is_left_to_them():
    schema = {
        **SCHEMA,
        "properties": {"_meta": {"type": "object"}},
        "x-vendor": {"_meta": {"-": 1}},
    }
    listed = answer("tools/list", {"tools": [{**TOOL, "inputSchema": schema}]}, NEWEST)
    check(listed, NEWEST, "tools/list")
    value = {"content": [], "structuredContent": {"_meta": {"io.modelcontextprotocol/x": 1}}}
    check(answer("tools/call", value, NEWEST), NEWEST, "tools/call")


# --- notifications and requests -------------------------------------------------------------------


@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("notifications/invented", {}),
        ("notifications/initialized", {}),
        ("notifications/progress", {"progress": 1}),
        ("notifications/progress", {"progressToken": None, "progress": 1}),
        ("notifications/progress", {"progressToken": 1, "progress": 1, "invented": 1}),
        ("notifications/message", {"level": "loud", "data": "x"}),
        ("notifications/message", {"level": "info"}),
        ("notifications/resources/updated", {}),
    ],
)
def test_senseless_notification_is_refused(method, params, revision):
    refused(notification(method, params), revision, "tools/call")


def test_progress_has_no_message_in_the_oldest_revision():
    told = notification(
        "notifications/progress", {"progressToken": 1, "progress": 1, "message": "half"}
    )
    refused(told, "2024-11-05", "tools/call")
    check(told, "2025-03-26", "tools/call")


@pytest.mark.parametrize(
    ("method", "revisions"),
    [
        ("roots/list", [NEWEST]),
        ("ping", [NEWEST]),
        ("elicitation/create", ["2024-11-05", "2025-03-26", NEWEST]),
        ("tools/list", REVISIONS),
    ],
)
def test_request_that_a_revision_does_not_let_servers_send_is_refused(method, revisions):
    params = QUESTION["params"] if method == "elicitation/create" else {}
    for revision in revisions:
        asks = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        refused(asks, revision, "tools/call")


@pytest.mark.parametrize(
    "told",
    [
        notification("notifications/tools/list_changed", {}),
        notification("notifications/tools/list_changed", SUBSCRIPTION),
        notification("notifications/resources/updated", {"uri": "test://a"}),
        notification("notifications/cancelled", {"requestId": 1}),
        notification("notifications/progress", {"progressToken": 1, "progress": 1, **SUBSCRIPTION}),
    ],
)
def test_stream_of_a_request_tells_of_that_request_alone(told):
    refused(told, NEWEST, "tools/call")


@pytest.mark.parametrize(
    "told",
    [
        notification("notifications/tools/list_changed", {}),
        notification("notifications/progress", {"progressToken": 1, "progress": 1, **SUBSCRIPTION}),
        notification("notifications/message", {"level": "info", "data": 1, **SUBSCRIPTION}),
    ],
)
def test_stream_of_a_subscription_tells_of_that_subscription_alone(told):
    refused(told, NEWEST, oracle.LISTEN)
