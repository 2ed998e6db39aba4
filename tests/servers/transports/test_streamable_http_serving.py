"""Streamable HTTP: what every revision is served on one address."""

import json
from base64 import b64encode

import pytest
from mcp_types import methods

from servers import published
from servers.models import Server, ServerEntry
from tests import gates, make
from tests.hub import HANDSHAKE, META, REVISIONS, STATELESS, opening

every_revision = pytest.mark.parametrize("revision", REVISIONS)
LISTS = {
    "tools/list": "tools",
    "resources/list": "resources",
    "prompts/list": "prompts",
    "resources/templates/list": "resourceTemplates",
}
TOOLS = [
    "add",
    "write",
    "destroy",
    "hold",
    "tell",
    "fail",
    "crash",
    "pooled",
    "stubborn",
    "suicidal",
    "endless",
]


def valid(method, revision, answer):
    """Judge a result by the official types, and return it."""
    methods.validate_server_result(method, revision, answer.result)
    return answer.result


@pytest.mark.behaviour("A8", "A9", "A16", "A18", "B1", "C5", "C7", "H10", "K1")
@every_revision
@pytest.mark.parametrize("method", LISTS)
def test_lists_are_served(hub, method, revision):
    answer = hub.post("open", method, revision=revision)
    result = valid(method, revision, answer)
    assert answer.status == 200 and result[LISTS[method]]
    assert "nextCursor" not in result


@pytest.mark.behaviour("H3")
@every_revision
def test_every_tool_is_listed_once_and_in_order(hub, revision):
    result = hub.post("open", "tools/list", revision=revision).result
    assert [tool["name"] for tool in result["tools"]] == TOOLS


@pytest.mark.behaviour("A4", "A8", "A9", "A18", "C7")
@every_revision
def test_tool_is_called(hub, revision):
    params = {"name": "add", "arguments": {"a": 2, "b": 3}}
    answer = hub.post("open", "tools/call", params, revision=revision)
    result = valid("tools/call", revision, answer)
    assert result["content"] == [{"type": "text", "text": "5"}]
    assert result["isError"] is False
    assert ("structuredContent" in result) == (revision != "2025-03-26")
    assert gates.done == ["add"]


@every_revision
def test_function_in_a_thread_is_called(hub, revision):
    params = {"name": "pooled", "arguments": {"text": "é"}}
    assert hub.post("open", "tools/call", params, revision=revision).text == "É"


@pytest.mark.behaviour("J4", "K1")
@every_revision
@pytest.mark.parametrize(
    ("uri", "text"), [("test://note", "a note"), ("test://by/anna/7", "anna 7")]
)
def test_resource_is_read_by_its_address_or_a_template(hub, uri, text, revision):
    answer = hub.post("open", "resources/read", {"uri": uri}, revision=revision)
    (contents,) = valid("resources/read", revision, answer)["contents"]
    assert contents == {"uri": uri, "mimeType": "text/plain", "text": text}


@every_revision
def test_prompt_is_got(hub, revision):
    params = {"name": "ask", "arguments": {"about": "rain"}}
    answer = hub.post("open", "prompts/get", params, revision=revision)
    (message,) = valid("prompts/get", revision, answer)["messages"]
    assert message == {"role": "user", "content": {"type": "text", "text": "About rain, kind."}}


@pytest.mark.behaviour("B12", "B14", "D1", "H1", "J1", "J7")
@pytest.mark.parametrize("revision", HANDSHAKE)
def test_initialize_opens_a_session(hub, revision):
    answer = hub.post("open", "initialize", opening(revision), revision=revision, session=False)
    result = valid("initialize", revision, answer)
    assert (
        len(answer.messages) == 1
    )  # nothing comes with it, and nothing before the client is ready
    assert result["protocolVersion"] == revision
    tasks = {"cancel": {}, "requests": {"tools": {"call": {}}}}  # nobody in particular lists none
    assert result["capabilities"] == {
        **({"tasks": tasks} if revision == "2025-11-25" else {}),
        "tools": {"listChanged": True},
        "resources": {"subscribe": True, "listChanged": True},
        "prompts": {"listChanged": True},
        "logging": {},
        "completions": {},
    }
    assert result["serverInfo"]["name"] == "open"
    assert ("title" in result["serverInfo"]) == (revision != "2025-03-26")
    assert answer.header("mcp-session-id")


@pytest.mark.behaviour("B12", "B13")
@pytest.mark.parametrize("asked", ["2026-07-28", "2024-11-05", "1999-01-01"])
def test_initialize_answers_an_unknown_revision_with_the_latest(hub, asked):
    answer = hub.post("open", "initialize", opening(asked), revision="2025-11-25", session=False)
    assert answer.result["protocolVersion"] == "2025-11-25"


@pytest.mark.behaviour("L12")
@pytest.mark.parametrize("revision", HANDSHAKE)
def test_ping_is_answered(hub, revision):
    assert valid("ping", revision, hub.post("open", "ping", revision=revision)) == {}


@pytest.mark.behaviour("B17")
@pytest.mark.parametrize("revision", HANDSHAKE)
def test_version_header_may_be_left_out_in_a_session(hub, revision):
    session = hub.session("open", revision)
    answer = hub.post(
        "open", "ping", revision=revision, session=session, headers={"mcp-protocol-version": None}
    )
    assert answer.result == {}


@pytest.mark.behaviour("B11", "K1")
def test_discovery_tells_every_revision(hub):
    result = valid("server/discover", STATELESS, hub.post("open", "server/discover"))
    assert result["supportedVersions"] == list(reversed(REVISIONS))
    assert result["_meta"][f"{META}serverInfo"]["name"] == "open"
    assert (result["resultType"], result["ttlMs"]) == ("complete", 0)


@pytest.mark.behaviour("A14", "E2")
def test_stateless_requests_leave_no_session_and_need_none(hub):
    answer = hub.post("open", "tools/list", headers={"mcp-session-id": "of.another.age"})
    assert answer.result["tools"] and answer.header("mcp-session-id") is None


@pytest.mark.behaviour("A1", "A4")
@pytest.mark.parametrize("identifier", [0, -3, 2**53, "x", "", 'é"\\'])
@every_revision
def test_answer_carries_the_id_as_it_was_given(hub, identifier, revision):
    answer = hub.post("open", "tools/list", revision=revision, id=identifier)
    assert answer.message["id"] == identifier
    assert type(answer.message["id"]) is type(identifier)


@pytest.mark.parametrize("revision", HANDSHAKE)
@pytest.mark.parametrize("method", ["no/such", "server/discover", "subscriptions/listen"])
def test_unknown_method_is_told_in_the_body_alone_before_2026(hub, method, revision):
    answer = hub.post("open", method, revision=revision)
    assert (answer.status, answer.code, answer.message["id"]) == (200, -32601, 1)


@pytest.mark.behaviour("B2", "B9", "B20")
@pytest.mark.parametrize(
    "method", ["no/such", "initialize", "ping", "logging/setLevel", "resources/subscribe"]
)
def test_unknown_method_is_told_by_http_too_since_2026(hub, method):
    answer = hub.post("open", method)
    assert (answer.status, answer.code, answer.message["id"]) == (404, -32601, 1)


@pytest.mark.behaviour("A1", "C6")
@every_revision
@pytest.mark.parametrize(
    "method", ["notifications/initialized", "notifications/cancelled", "notifications/none"]
)
def test_notification_is_accepted_without_a_body(hub, method, revision):
    answer = hub.post("open", method, revision=revision, id=None)
    assert (answer.status, answer.body) == (202, b"")


@every_revision
def test_request_without_id_runs_nothing(hub, revision):
    params = {"name": "write", "arguments": {"text": "x"}}
    assert hub.post("open", "tools/call", params, revision=revision, id=None).status == 202
    assert gates.done == []


# --- pages ----------------------------------------------------------------------------------------


def pages(hub, method, key, revision):
    """Walk a list to its end, and return its pages."""
    params, found = {}, []
    while True:
        result = valid(method, revision, hub.post("open", method, params, revision=revision))
        found.append(result[key])
        if "nextCursor" not in result:
            return found
        params = {"cursor": result["nextCursor"]}


@pytest.mark.behaviour("J11")
@every_revision
@pytest.mark.parametrize("size", [1, 4, 9, 10])
def test_pages_hold_every_tool_once(hub, size, revision, monkeypatch):
    monkeypatch.setattr(published, "PAGE", size)
    found = pages(hub, "tools/list", "tools", revision)
    assert [tool["name"] for page in found for tool in page] == TOOLS
    assert [len(page) for page in found[:-1]] == [size] * (len(found) - 1)
    assert 0 < len(found[-1]) <= size


def test_pages_of_every_other_list(hub, monkeypatch):
    monkeypatch.setattr(published, "PAGE", 1)
    found = pages(hub, "resources/list", "resources", STATELESS)
    assert [len(page) for page in found] == [1, 1]
    assert len(pages(hub, "prompts/list", "prompts", STATELESS)) == 1
    assert len(pages(hub, "resources/templates/list", "resourceTemplates", STATELESS)) == 1


@pytest.mark.behaviour("J11")
@every_revision
@pytest.mark.parametrize(
    ("method", "key", "kind"),
    [
        ("tools/list", "tools", "tool"),
        ("prompts/list", "prompts", "prompt"),
        ("resources/list", "resources", "resource"),
        ("resources/templates/list", "resourceTemplates", "template"),
    ],
)
def test_cursor_holds_its_place_while_the_list_changes(
    hub, method, key, kind, revision, monkeypatch
):
    monkeypatch.setattr(published, "PAGE", 2)
    server, source = Server.objects.get(slug="open"), make.source("more")
    session = None if revision == STATELESS else hub.session("open", revision)
    names = [f"zz{number}" for number in range(5)]
    entries = [make.entry(source, name, kind, BODIES[kind](name)) for name in names]
    place(server, entries)
    hub.refresh()
    options = {"revision": revision, "session": session}
    ours = [name_of(kind, name) for name in names]
    seen, params = [], {}
    while ours[1] not in seen:
        result = hub.post("open", method, params, **options).result
        seen += [one[IDENTITY[kind]] for one in result[key]]
        params = {"cursor": result["nextCursor"]}
    # What was seen goes, what follows goes too, and something new comes at the end.
    gone = [one for one in entries if name_of(kind, one.name) in {*seen, ours[3]}]
    ServerEntry.objects.filter(entry__in=gone).delete()
    place(server, [make.entry(source, "zz9", kind, BODIES[kind]("zz9"))])
    hub.refresh()
    rest = []
    while params:
        result = hub.post("open", method, params, **options).result
        rest += [one[IDENTITY[kind]] for one in result[key]]
        params = {"cursor": result["nextCursor"]} if "nextCursor" in result else {}
    left = [name for name in (*ours, name_of(kind, "zz9")) if name not in {*seen, ours[3]}]
    assert rest == left


IDENTITY = {"tool": "name", "prompt": "name", "resource": "uri", "template": "uriTemplate"}
BODIES = {
    "tool": lambda name: {"name": name, "inputSchema": {"type": "object"}},
    "prompt": lambda name: {"name": name},
    "resource": lambda name: {"name": name, "uri": f"zz://{name}"},
    "template": lambda name: {"name": name, "uriTemplate": f"zz://{name}/{{x}}"},
}


def name_of(kind, name):
    """Return what an entry is listed as."""
    return BODIES[kind](name)[IDENTITY[kind]]


def place(server, entries):
    """Publish entries, each under what it is listed as, after all others."""
    for entry in entries:
        exposed = name_of(entry.kind, entry.name)
        ServerEntry.objects.create(
            server=server, entry=entry, kind=entry.kind, exposed_name=exposed, position=900
        )


@pytest.mark.behaviour("J11")
@every_revision
@pytest.mark.parametrize("cursor", ["", "x", 1, None, {}, "e30=", "A" * 5000])
@pytest.mark.parametrize("method", LISTS)
def test_bad_cursor_is_an_invalid_parameter(hub, method, cursor, revision):
    answer = hub.post("open", method, {"cursor": cursor}, revision=revision)
    assert (answer.status, answer.code) == (200, -32602)


# --- what goes wrong inside -----------------------------------------------------------------------


@pytest.mark.behaviour("A4", "A10", "H5")
@every_revision
@pytest.mark.parametrize("name", ["nothing", "", "ADD", "a" * 10_000, "add\x00", "\ud800", "<b>"])
def test_unknown_tool_is_an_invalid_parameter(hub, name, revision):
    headers = {"mcp-name": "=?base64?" + _base64(name) + "?="} if revision == STATELESS else {}
    if len(name) > 5000 and headers:
        pytest.skip("a header holds no such name")
    params = {"name": name, "arguments": {}}
    answer = hub.post("open", "tools/call", params, revision=revision, headers=headers)
    assert (answer.status, answer.code) == (200, -32602)


def _base64(name: str) -> str:
    """Encode a name for its header, a lone surrogate as what the hub reads in its place."""
    return b64encode(name.replace("\ud800", "\ufffd").encode()).decode()


@pytest.mark.behaviour("A10", "J2", "J3", "J4")
@pytest.mark.parametrize(
    ("revision", "code"), [*((each, -32002) for each in HANDSHAKE), (STATELESS, -32602)]
)
@pytest.mark.parametrize("uri", ["test://nothing", "", "test://by/anna", "file:///etc/passwd"])
def test_unknown_resource_has_the_code_of_its_revision(hub, uri, revision, code):
    headers = {"mcp-name": "=?base64?" + _base64(uri) + "?="} if revision == STATELESS else {}
    answer = hub.post("open", "resources/read", {"uri": uri}, revision=revision, headers=headers)
    assert (answer.status, answer.code) == (200, code)


@pytest.mark.behaviour("J8")
@every_revision
def test_unknown_prompt_is_an_invalid_parameter(hub, revision):
    answer = hub.post("open", "prompts/get", {"name": "nothing"}, revision=revision)
    assert (answer.status, answer.code) == (200, -32602)


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("tools/call", {"arguments": {}}),
        ("tools/call", {"name": 1}),
        ("tools/call", {"name": "add", "arguments": []}),
        ("tools/call", {"name": "add", "arguments": "x"}),
        ("tools/call", {"name": "add", "arguments": None}),
        ("resources/read", {}),
        ("resources/read", {"uri": ["test://note"]}),
        ("prompts/get", {"name": "ask", "arguments": {"about": 1}}),
        ("prompts/get", {"name": "ask", "arguments": []}),
        ("prompts/get", {"name": "ask", "arguments": {}}),
        ("prompts/get", {"name": "ask", "arguments": {"about": "x", "more": "y"}}),
        ("resources/read", {"uri": "test://by/anna/many"}),
    ],
)
def test_parameters_that_do_not_fit_are_invalid(hub, method, params):
    answer = hub.post("open", method, params, revision="2025-11-25")
    assert (answer.status, answer.code) == (200, -32602)


@pytest.mark.behaviour("H4", "H6")
@every_revision
@pytest.mark.parametrize(
    ("name", "arguments", "path"),
    [
        ("add", {"a": 1}, "b"),
        ("add", {"a": 1, "b": "two"}, "b"),
        ("add", {"a": 1, "b": 2, "c": 3}, "c"),
        ("add", {}, "a"),
        ("add", {"a": 1.5, "b": 1}, "a"),
        ("write", {"text": "too long"}, "text"),
    ],
)
def test_arguments_that_break_the_schema_are_told_to_the_model(
    hub, name, arguments, path, revision
):
    answer = hub.post(
        "open", "tools/call", {"name": name, "arguments": arguments}, revision=revision
    )
    assert answer.result["isError"] is True and path in answer.text
    assert gates.done == []


@every_revision
def test_failure_that_an_author_tells_reaches_the_model(hub, revision):
    answer = hub.post("open", "tools/call", {"name": "fail"}, revision=revision)
    assert answer.result["isError"] is True and answer.text == "not today"


@pytest.mark.behaviour("L8")
@every_revision
def test_failure_that_nobody_foresaw_stays_in_the_log(hub, revision, caplog):
    params = {"name": "crash", "arguments": {"key": "sesame-open"}}
    answer = hub.post("open", "tools/call", params, revision=revision)
    assert answer.result["isError"] is True
    assert "internal error" in answer.text and b"inner secret" not in answer.body
    reference = answer.text.split("reference ")[1].rstrip(")")
    assert reference in caplog.text and "the inner secret" in caplog.text
    assert "sesame-open" not in caplog.text


@every_revision
def test_resource_that_fails_is_an_internal_error(hub, revision):
    answer = hub.post("open", "resources/read", {"uri": "test://broken"}, revision=revision)
    assert (answer.status, answer.code) == (200, -32603)
    assert b"inner secret" not in answer.body


@every_revision
def test_tool_that_takes_too_long_is_stopped(hub, revision):
    answer = hub.post("open", "tools/call", {"name": "endless"}, revision=revision)
    assert answer.result["isError"] is True and "did not finish in time" in answer.text


def test_answer_is_one_compact_line_of_json(hub):
    body = hub.post("open", "tools/list").body
    assert b"\n" not in body and json.loads(body)["jsonrpc"] == "2.0"
