"""Streamable HTTP: what a revision promises of everything that is sent, whatever was asked."""

import json

import pytest

from catalog.models import Source
from servers import published as pages
from tests import gates, make
from tests.hub import HANDSHAKE, META, REVISIONS, STATELESS, opening, published

every_revision = pytest.mark.parametrize("revision", REVISIONS)
LISTS = ("tools/list", "resources/list", "resources/templates/list", "prompts/list")
ADD = {"name": "add", "arguments": {"a": 1, "b": 1}}
SERVED = {"tools", "resources", "prompts"}


@pytest.mark.behaviour("H1", "J1", "J7", "R1")
def test_discovery_declares_what_is_served_and_one_extension(hub):
    capabilities = hub.post("open", "server/discover").result["capabilities"]
    assert set(capabilities) >= SERVED
    assert capabilities["extensions"] == {"io.modelcontextprotocol/tasks": {}}
    assert "experimental" not in capabilities


@pytest.mark.behaviour("B12")
@pytest.mark.parametrize("revision", HANDSHAKE)
def test_capability_of_no_name_is_no_fault_of_a_client(hub, revision):
    asked = {**opening(revision), "capabilities": {"invented": {}, "roots": 7}}
    answer = hub.post("open", "initialize", asked, revision=revision, session=False)
    assert set(answer.result["capabilities"]) >= SERVED


@pytest.mark.behaviour("R2")
@pytest.mark.parametrize("extensions", [{"com.example/thing": {}}, {}, {"x": 1}, [], None])
def test_client_with_extensions_is_served_as_any_other(hub, extensions):
    meta = {f"{META}clientCapabilities": {"extensions": extensions}}
    with_, without = [hub.post("open", "tools/call", ADD, meta=each) for each in (meta, {})]
    assert with_.body == without.body


@pytest.mark.behaviour("A19", "B4")
@pytest.mark.parametrize(
    "info", [{"name": "claude", "version": "1"}, {"name": "open", "version": ""}, {}, None, 7]
)
def test_what_a_client_calls_itself_changes_nothing(hub, info):
    for method, params in (("tools/list", {}), ("tools/call", ADD)):
        named = hub.post("open", method, params, meta={f"{META}clientInfo": info})
        assert named.body == hub.post("open", method, params).body


@pytest.mark.behaviour("A14")
def test_level_of_one_request_is_not_the_next_ones(hub):
    tell = {"name": "tell", "arguments": {}}
    loud = hub.post("open", "tools/call", tell, meta={f"{META}logLevel": "debug"})
    assert [len(each.messages) for each in (loud, hub.post("open", "tools/call", tell))] == [3, 1]


@pytest.mark.behaviour("E2", "E7")
def test_events_have_no_ids_since_2026_and_none_is_looked_for(hub):
    exchange = hub.begin(
        "open",
        "tools/call",
        {"name": "hold", "arguments": {"steps": 2}},
        headers={"last-event-id": "7", "mcp-session-id": "x"},
        meta={"progressToken": 1},
    )
    hub.loop.call_soon_threadsafe(gates.opened.set)
    answer = exchange.finish()
    assert answer.streamed and answer.text == "let go"
    fields = {line.partition(":")[0] for line in answer.body.decode().split("\n") if line}
    assert fields == {"event", "data"}


@pytest.mark.behaviour("H2", "J13")
@pytest.mark.parametrize("method", LISTS)
def test_list_depends_neither_on_the_connection_nor_on_what_was_called(hub, method):
    first = hub.post("open", method).body
    hub.post("open", "tools/call", {"name": "write", "arguments": {"text": "x"}})
    session = hub.session("open", HANDSHAKE[-1])
    capabilities = {"sampling": {}, "elicitation": {}}
    for options in (
        {"headers": session.headers | {"mcp-protocol-version": STATELESS}},
        {"meta": {f"{META}clientCapabilities": capabilities}},
        {"headers": {"user-agent": "another"}},
    ):
        assert hub.post("open", method, **options).body == first


@pytest.mark.behaviour("K2", "K6")
@pytest.mark.parametrize("scope", ["public", "private"])
def test_pages_of_one_list_have_one_scope(hub, bob, scope, monkeypatch):
    monkeypatch.setattr(pages, "PAGE", 2)
    server = published("more", Source.objects.get(), team=bob.teams.get())
    hub.refresh()
    asked = ("open", None) if scope == "public" else ("more", make.token(bob, server))
    scopes, params = [], {}
    while True:
        result = hub.post(asked[0], "tools/list", params, token=asked[1]).result
        scopes.append(result["cacheScope"])
        if "nextCursor" not in result:
            break
        params = {"cursor": result["nextCursor"]}
    assert len(scopes) > 2 and set(scopes) == {scope}


@pytest.mark.behaviour("J7", "J8")
@every_revision
@pytest.mark.parametrize(
    "arguments", [{}, {"tone": "kind"}, {"about": 1}, {"about": "x", "more": "y"}]
)
def test_arguments_of_a_prompt_are_checked(hub, arguments, revision):
    params = {"name": "ask", "arguments": arguments}
    answer = hub.post("open", "prompts/get", params, revision=revision)
    assert (answer.status, answer.code) == (200, -32602)


@pytest.mark.behaviour("A1")
@every_revision
def test_bytes_that_are_not_utf_8_are_refused(hub, revision):
    session = {} if revision == STATELESS else hub.session("open", revision).headers
    headers = {"content-type": "application/json", "mcp-method": "ping", **session}
    if revision != STATELESS:
        del headers["mcp-method"]
    for encoding in ("utf-16", "utf-32", "latin-1"):
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "é"}, ensure_ascii=False)
        answer = hub.raw("POST", "open", headers, body.encode(encoding))
        assert (answer.status, answer.code) == (400, -32700)
