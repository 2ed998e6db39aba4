"""Over stdio and HTTP+SSE: what MCP demands of a server whatever carries it, in every revision."""

import base64
import json
from pathlib import Path

import pytest

from accounts.tokens import digest
from catalog.models import Source
from servers import published as pages
from servers.recording import audit
from servers.snapshot import Snapshot
from tests import authored_media, gates, make
from tests.hub import META, STATELESS, laid_out, published
from tests.peers import every_revision, peer
from tests.stdio import Beside, tool

LISTS = ["tools/list", "resources/list", "resources/templates/list", "prompts/list"]
ADD = {"a": 2, "b": 3}


def behaviour(*names, **options):
    return pytest.mark.behaviour(*names, transport="stdio", **options)


@pytest.fixture
def client(hub, transport):
    """A client of the server `open`."""
    client = peer(hub, transport)
    yield client
    client.end()


@pytest.fixture
def media(hub, transport):
    """A client of tests/authored_media.py."""
    laid_out("media", Path(authored_media.__file__))
    hub.refresh()
    client = peer(hub, transport, "media")
    yield client
    client.end()


def text(result):
    return result["content"][0]["text"]


# --- what every result and every list is ----------------------------------------------------------


@behaviour("A1", "A4", "A8", "A9", "A16", "A18", "H3", "H10", "H11", "H14", "K1", "J13")
@every_revision
@pytest.mark.parametrize("method", LISTS)
def test_lists_are_such_as_the_revision_knows_and_stay_as_they_are(client, method, revision):
    client.speak(revision)
    first = client.result(method)
    assert client.result(method) == first
    modern = revision == STATELESS
    assert ({"resultType", "ttlMs", "cacheScope"} <= first.keys()) == modern
    assert (f"{META}serverInfo" in first.get("_meta", {})) == modern


@behaviour("H2", "J13", "A14", "A19", "B4", "R2")
@pytest.mark.parametrize("method", LISTS)
@pytest.mark.parametrize(
    "meta",
    [
        {f"{META}clientInfo": {"name": "another", "version": "9"}},
        {f"{META}clientInfo": 7},
        {f"{META}clientCapabilities": {"extensions": {"com.example/x": {}}, "sampling": {}}},
    ],
)
def test_list_depends_neither_on_the_client_nor_on_what_was_called(hub, client, method, meta):
    first = client.result(method)
    client.call("write", {"text": "x"})
    assert client.result(method, meta=meta) == first
    other = Beside(hub)
    other.speak("2025-11-25", can={"sampling": {}})
    assert other.result(method, revision=STATELESS) == first
    other.end()


@behaviour("A14", "L6")
def test_log_comes_to_the_request_that_named_a_level(client):
    client.call("tell", meta={f"{META}logLevel": "debug"})
    assert [one["level"] for one in client.told("notifications/message")] == ["debug", "warning"]
    client.call("tell")
    assert len(client.heard) == 4


@behaviour("A17")
def test_trace_that_comes_with_a_request_is_kept(client, monkeypatch):
    events = []
    monkeypatch.setattr(audit, "record", events.append)
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    client.call("add", ADD, meta={"traceparent": f"00-{trace}-00f067aa0ba902b7-01"})
    assert [one.trace_id for one in events] == [trace]


# --- tools ----------------------------------------------------------------------------------------


@behaviour("H5", "A10", "L8")
@every_revision
@pytest.mark.parametrize("name", ["nothing", "", "note", "x" * 300])
def test_unknown_tool_is_an_invalid_parameter(client, name, revision):
    client.speak(revision)
    error = client.ask("tools/call", tool(name))["error"]
    assert error == {"code": -32602, "message": f"Unknown tool: {name[:128]}"}


@behaviour("H4", "H6")
@every_revision
def test_arguments_that_break_the_schema_are_told_in_a_result(client, revision):
    client.speak(revision)
    result = client.call("write", {"text": "too long"})
    assert result["isError"] is True and text(result).startswith("Invalid arguments: ")
    assert gates.done == []


@behaviour("L8")
@every_revision
def test_what_nobody_foresaw_stays_inside(client, revision):
    client.speak(revision)
    result = client.call("crash", {"key": "k"})
    assert result["isError"] is True and text(result).startswith("internal error (reference ")
    assert text(client.call("fail")) == "not today"


@behaviour("H7", "H8", "H9", "H16")
@every_revision
def test_value_stands_in_a_text_and_is_structured_where_that_is_known(media, revision):
    media.speak(revision)
    known = revision >= "2025-06-18"
    person, numbers = media.call("person", {"name": "Anna"}), media.call("numbers", {"count": 3})
    assert json.loads(text(person)) == {"name": "Anna", "age": 7}
    assert person.get("structuredContent") == ({"name": "Anna", "age": 7} if known else None)
    assert json.loads(text(numbers)) == [0, 1, 2]
    assert ("structuredContent" in numbers) == known
    schemas = ["outputSchema" in one for one in media.result("tools/list")["tools"]]
    assert any(schemas) == known


@behaviour("H16", "J4")
@every_revision
def test_media_are_base64_in_forms_that_the_revision_knows(media, revision):
    media.speak(revision)
    kinds = [one["type"] for one in media.call("media")["content"]]
    audio = "audio" if revision >= "2025-03-26" else "resource"
    assert kinds == ["text", "image", audio, "resource", "resource"]
    read = media.result("resources/read", {"uri": "media://bytes"})["contents"][0]
    assert base64.b64decode(read["blob"]) == authored_media.BYTES


@behaviour("H17", "H10")
@every_revision
def test_hints_that_an_author_did_not_give_are_not_sent(client, revision):
    client.speak(revision)
    tools = {one["name"]: one for one in client.result("tools/list")["tools"]}
    assert "annotations" not in tools["write"]
    assert all(one["inputSchema"]["type"] == "object" for one in tools.values())
    assert ("annotations" in tools["add"]) == (revision != "2024-11-05")


# --- resources, prompts, pages --------------------------------------------------------------------


@behaviour("A10", "J2", "J3", "J4")
@every_revision
@pytest.mark.parametrize("uri", ["test://void", "file:///etc/passwd", "", "test://by/anna"])
def test_unknown_resource_is_told_in_the_code_of_the_revision(client, uri, revision):
    client.speak(revision)
    error = client.ask("resources/read", {"uri": uri})["error"]
    code = -32602 if revision == STATELESS else -32002
    assert error == {"code": code, "message": "Resource not found", "data": {"uri": uri}}


@behaviour("J4", "K1")
@every_revision
def test_resource_is_read_by_its_address_and_by_a_template(client, revision):
    client.speak(revision)
    for uri, words in (("test://note", "a note"), ("test://by/anna/7", "anna 7")):
        (read,) = client.result("resources/read", {"uri": uri})["contents"]
        assert (read["uri"], read["text"]) == (uri, words)


@behaviour("J7", "J8")
@every_revision
@pytest.mark.parametrize(
    "params",
    [
        {"name": "nothing"},
        {"name": "ask"},
        {"name": "ask", "arguments": {"about": 1}},
        {"name": "ask", "arguments": {"about": "x", "more": "y"}},
    ],
)
def test_unknown_prompts_and_wrong_arguments_are_invalid_parameters(client, params, revision):
    client.speak(revision)
    assert client.code("prompts/get", params) == -32602


@behaviour("J7")
@every_revision
def test_prompt_is_fetched_with_its_media(media, revision):
    media.speak(revision)
    messages = media.result("prompts/get", {"name": "look", "arguments": {"at": "it"}})["messages"]
    assert messages[0]["content"] == {"type": "text", "text": "Look at it."}
    assert base64.b64decode(messages[1]["content"]["data"]) == authored_media.PNG


@behaviour("J11", "K2")
@every_revision
def test_pages_follow_one_another_and_foreign_cursors_are_refused(client, revision, monkeypatch):
    client.speak(revision)
    whole = client.result("tools/list")["tools"]
    monkeypatch.setattr(pages, "PAGE", 2)
    client._hub.runtime.hub.live.current = Snapshot()
    client._hub.refresh()
    pieces, scopes, params = [], set(), {}
    while True:
        page = client.result("tools/list", params)
        pieces += page["tools"]
        scopes.add(page.get("cacheScope"))
        if "nextCursor" not in page:
            break
        params = {"cursor": page["nextCursor"]}
    assert pieces == whole and len(scopes) == 1
    for cursor in ("", "x", "é", 7):
        assert client.code("tools/list", {"cursor": cursor}) == -32602


@behaviour("K4", "K5", "K6")
def test_private_list_is_its_callers_own(hub, bob, charlie):
    server = published("closed", Source.objects.get(), team=bob.teams.get())
    hub.refresh()
    seen = []
    for user in (bob, charlie):
        client = Beside(hub, "closed", digest(make.token(user, server)))
        result = client.result("tools/list")
        seen.append((result["cacheScope"], bool(result["tools"])))
        assert ("error" in client.ask("tools/call", tool("add", **ADD))) == (user is charlie)
        client.end()
    assert seen == [("private", True), ("private", False)]


# --- progress -------------------------------------------------------------------------------------


@behaviour("L1", "L2")
@every_revision
@pytest.mark.parametrize("token", ["p", 7, 0, ""])
def test_progress_is_told_for_its_token_before_the_answer(client, token, revision):
    client.speak(revision)
    id = client.begin("tools/call", tool("hold", steps=3), meta={"progressToken": token})
    client.wait(lambda one: one.get("params", {}).get("progress") == 3)
    client._hub.loop.call_soon_threadsafe(gates.opened.set)
    client.answer(id)
    told = client.told("notifications/progress")
    assert [one["progress"] for one in told] == [1, 2, 3]
    assert {json.dumps(one["progressToken"]) for one in told} == {json.dumps(token)}
    assert all(("message" in one) == (revision != "2024-11-05") for one in told)
    assert "method" not in client.heard[-1]


@behaviour("L1")
@every_revision
def test_no_progress_is_told_without_a_token(client, revision):
    client.speak(revision)
    id = client.begin("tools/call", tool("hold", steps=3))
    client._hub.loop.call_soon_threadsafe(gates.opened.set)
    client.answer(id)
    assert client.told("notifications/progress") == []


@behaviour("L13")
@every_revision
def test_call_has_a_limit(client, revision):
    client.speak(revision)
    assert "did not finish in time" in text(client.call("endless"))
