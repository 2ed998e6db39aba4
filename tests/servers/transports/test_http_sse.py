"""HTTP+SSE of 2024-11-05: the stream, the messages, who they are taken from, what is refused."""

import json

import pytest
from django.db import OperationalError
from django.test import Client as Browser

from catalog.models import Source
from servers import services as servers
from servers.models import AllowedOrigin, OpenStream, Server
from servers.transports import sse_stream
from servers.views.connect import CATALOGUE
from tests import gates, make
from tests.hub import HANDSHAKE, STATELESS, opening, published
from tests.sse import REVISION, OverSse, ask
from tests.stdio import tool
from tests.streams import frames, streams_open

ADD = {"a": 2, "b": 3}
CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": tool("add", **ADD)}
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
SSE, MESSAGES = "/mcp/open/sse", "/mcp/open/messages"
JSON = {"content-type": "application/json"}
GONE = "No such stream is open; begin again with GET."


def behaviour(*names):
    return pytest.mark.behaviour(*names, transport="sse")


@pytest.fixture
def client(hub):
    """A client of the server `open`."""
    client = OverSse(hub)
    yield client
    client.end()


@pytest.fixture
def closed(hub, bob):
    """A server for bob's team alone."""
    server = published("closed", Source.objects.get(), team=bob.teams.get())
    hub.refresh()
    return server


def text(result):
    return result["content"][0]["text"]


def let_go(hub):
    hub.loop.call_soon_threadsafe(gates.opened.set)


# --- the stream -----------------------------------------------------------------------------------


@behaviour("F1", "F2")
def test_stream_says_first_where_messages_go_and_carries_the_answers(client):
    assert client.stream.answer.header("content-type") == "text/event-stream"
    assert client.stream.answer.header("cache-control") == "no-store"
    assert client.stream.answer.header("x-accel-buffering") == "no"
    assert client.address.startswith("/mcp/open/messages?session_id=")
    assert client.speak(REVISION)["protocolVersion"] == REVISION
    assert text(client.call("add", ADD)) == "5"
    fields = [set(frame) for frame in frames(client.stream.answer.body)]
    assert fields == [{"event", "data"}] * 3


@behaviour("B12", "B13")
@pytest.mark.parametrize("asked", [*HANDSHAKE, STATELESS, "1999-01-01", ""])
def test_revision_is_the_transports_own_whatever_is_asked_for(client, asked):
    result = client.result("initialize", opening(asked))
    assert result["protocolVersion"] == REVISION
    assert "completions" not in result["capabilities"]


def test_second_initialize_is_refused_and_the_stream_goes_on(client):
    client.speak(REVISION)
    assert client.code("initialize", opening(REVISION)) == -32600
    assert text(client.call("add", ADD)) == "5"


@pytest.mark.parametrize("method", ["server/discover", "subscriptions/listen", "tasks/list", "no"])
def test_method_of_other_revisions_is_unknown(client, method):
    client.speak(REVISION)
    assert client.code(method) == -32601


def test_client_that_came_back_to_a_broken_stream_need_not_begin_again(client):
    assert text(client.call("add", ADD)) == "5"


def test_silent_stream_is_kept_alive(hub, monkeypatch):
    monkeypatch.setattr(sse_stream, "KEEP_ALIVE_SECONDS", 0.001)
    client = OverSse(hub)
    client.stream.wait_for(lambda answer: b": keep-alive\n\n" in answer.body)
    client.end()


def test_streams_are_counted_while_they_are_open(hub):
    before = streams_open()
    clients = [OverSse(hub), OverSse(hub)]
    assert streams_open() == before + 2
    for client in clients:
        client.end()
    assert streams_open() == before


def test_stream_that_cannot_be_told_to_others_is_not_opened(hub, monkeypatch):
    def away(*_given):
        raise OperationalError("the inner secret")

    monkeypatch.setattr("servers.kept.posts.begin", away)
    answer = ask(hub, "GET", SSE)
    assert answer.status == 503 and answer.header("retry-after") == "2"
    assert b"secret" not in answer.body and not hub.runtime._serve_old._streams


# --- beside Streamable HTTP -----------------------------------------------------------------------


@behaviour("F4")
def test_client_that_tries_the_new_way_first_is_told_to_fall_back(hub):
    for end in ("sse", "messages"):
        message = {**PING, "method": "initialize", "params": opening("2025-06-18")}
        answer = ask(hub, "POST", f"/mcp/open/{end}", JSON, body=json.dumps(message).encode())
        assert answer.status == (404 if end == "sse" else 400)
    assert hub.post("open", "tools/list").result


@behaviour("F4")
@pytest.mark.parametrize("verb", ["PUT", "DELETE", "HEAD", "PATCH", "GET"])
@pytest.mark.parametrize(("path", "allowed"), [(SSE, "GET"), (MESSAGES, "POST")])
def test_other_verbs_are_refused(hub, verb, path, allowed):
    if (verb, path) != ("GET", SSE):
        answer = ask(hub, verb, path)
        assert (answer.status, answer.header("allow")) == (405, allowed)


@behaviour("F4", "F6")
def test_session_of_one_transport_is_none_of_the_other(hub, client):
    session = hub.session("open", "2025-03-26")
    client.address = f"{MESSAGES}?session_id={session.id}"
    answer = client.json(PING)
    assert (answer.status, answer.error["message"]) == (404, GONE)
    stream = OverSse(hub)
    other = type(session)("open", "2025-03-26", stream.session, None)
    assert hub.post("open", "tools/list", revision="2025-03-26", session=other).status == 404
    stream.end()


@behaviour("F5")
def test_nothing_of_the_hubs_own_leads_there(hub, client, bob):
    browser = Browser()
    pages = ["/", "/connect/open/", *(f"/connect/open/{each}/" for each in CATALOGUE.clients)]
    for path in pages:
        page = browser.get(path)
        assert page.status_code == 200 and b"/sse" not in page.content
    metadata = ask(hub, "GET", "/.well-known/oauth-protected-resource/mcp/open")
    assert metadata.status == 200 and b"sse" not in metadata.body


# --- who may --------------------------------------------------------------------------------------


@behaviour("F3")
@pytest.mark.parametrize(("verb", "path"), [("GET", SSE), ("POST", MESSAGES), ("OPTIONS", SSE)])
def test_origin_and_host_are_checked(hub, verb, path):
    foreign = ask(hub, verb, path, {"origin": "https://evil.example", **JSON})
    assert foreign.status == 403 and b"origin" in foreign.body
    assert ask(hub, verb, path, JSON, host="evil.example").status == 403


@behaviour("F3")
def test_page_of_a_listed_origin_may_open_and_post(hub):
    AllowedOrigin.objects.create(origin="https://app.example")
    hub.refresh()
    origin = {"origin": "https://app.example"}
    asked = ask(hub, "OPTIONS", MESSAGES, {**origin, "access-control-request-method": "POST"})
    assert asked.status == 204 and "authorization" in str(
        asked.header("access-control-allow-headers")
    )
    client = OverSse(hub)
    for answer in (client.json(PING, **origin), client.post(b"[]", **origin)):
        assert answer.header("access-control-allow-origin") == "https://app.example"
    client.end()


def test_who_has_no_token_is_told_where_to_get_one_whatever_is_asked(hub, closed):
    told = set()
    for verb, path in (
        ("POST", "/mcp/closed"),
        ("GET", "/mcp/closed/sse"),
        ("POST", "/mcp/closed/sse"),
        ("POST", "/mcp/closed/messages?session_id=x"),
    ):
        for headers in ({}, {"authorization": "Bearer nonsense"}):
            answer = ask(hub, verb, path, {**JSON, **headers})
            assert answer.status == 401
            told.add((bool(headers), answer.header("www-authenticate"), answer.body))
    assert len(told) == 2
    assert all('/.well-known/oauth-protected-resource/mcp/closed"' in each[1] for each in told)


@behaviour("F6")
@pytest.mark.parametrize("whose", ["nobody's", "another user's", "another server's", "a past one"])
def test_messages_for_a_stream_that_is_not_ones_own_are_answered_alike(hub, closed, bob, whose):
    alice = make.member(bob.teams.get(), make.user("dora")).user
    other = published("other", Source.objects.get(), team=bob.teams.get())
    hub.refresh()
    mine = OverSse(hub, "closed", make.token(bob, closed))
    theirs = {
        "nobody's": lambda: None,
        "another user's": lambda: OverSse(hub, "closed", make.token(alice, closed)),
        "another server's": lambda: OverSse(hub, "other", make.token(bob, other)),
        "a past one": lambda: OverSse(hub, "closed", make.token(bob, closed)),
    }[whose]()
    if whose == "a past one":
        theirs.end()
    mine.address = f"/mcp/closed/messages?session_id={theirs.session if theirs else 'guessed'}"
    answer = mine.json(CALL)
    assert answer.status == 404
    assert answer.message == {
        "jsonrpc": "2.0", "id": 1, "error": {"code": -32600, "message": GONE}
    }  # fmt: skip
    assert gates.done == []
    for each in (mine, theirs):
        if each is not None and not each.stream.answer.ended:
            each.end()


@pytest.mark.parametrize(
    "query", ["", "?session_id=", "?session_id=a&session_id=b", "?" + "a=1&" * 20]
)
def test_address_that_names_no_stream_is_refused(client, query):
    client.address = MESSAGES + query
    answer = client.json(PING)
    assert answer.status == 400 and answer.code == -32600


def test_server_that_is_switched_off_ends_its_streams(hub, alice):
    client = OverSse(hub)
    client.speak(REVISION)
    servers.set_server_enabled(actor=alice, server=Server.objects.get(slug="open"), enabled=False)
    hub.refresh()
    client.ended()
    assert client.stream.answer.ended and not OpenStream.objects.exists()
    assert client.json(PING).status == 401


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", -32700),
        (b"{", -32700),
        (b"\xff\xfe", -32700),
        (b"[]", -32600),
        (json.dumps([PING]).encode(), -32600),
        (b"[" * 100, -32700),
        (b'{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}', -32600),
        (b'{"jsonrpc":"2.0","method":7}', -32600),
        (b'{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}', -32602),
    ],
)
def test_body_that_is_no_message_is_refused(client, body, code):
    answer = client.post(body)
    assert (answer.status, answer.code) == (400, code)
    assert client.result("ping") == {}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content-type": "text/plain"}, 415),
        ({"content-length": str(5 * 1024 * 1024)}, 413),
        ({"accept": "image/png"}, 406),
        ({"content-type": "application/json; charset=utf-8", "accept": "*/*"}, 202),
    ],
)
def test_message_is_json_within_bounds(client, headers, status):
    assert client.json({**PING, "id": 7}, **headers).status == status


def test_body_is_bounded_while_it_comes(client):
    assert client.post(b" " * (4 * 1024 * 1024 + 1)).status == 413


def test_more_requests_than_may_be_open_are_refused(hub, client, monkeypatch):
    monkeypatch.setattr(sse_stream.SseStream, "most_open", 2)
    ids = [client.begin("tools/call", tool("hold", steps=0)) for _ in range(2)]
    answer = client.json({**PING, "id": "p"})
    assert (answer.status, answer.code, answer.header("retry-after")) == (429, 429, "1")
    client.cancel(ids[0])
    assert client.result("ping") == {}
    let_go(hub)
    assert text(client.answer(ids[1])["result"]) == "let go" and client.answers(ids[0]) == []


def test_no_message_is_taken_while_too_many_are_under_way(hub, client, monkeypatch):
    ids = [client.begin("tools/call", tool("hold", steps=0)) for _ in range(2)]
    monkeypatch.setattr(sse_stream.SseStream, "most_open", 1)
    answer = client.json({"jsonrpc": "2.0", "id": "q" + "0" * 24, "result": {}})
    assert (answer.status, answer.code, answer.header("retry-after")) == (429, 429, "1")
    let_go(hub)
    assert [text(client.answer(id)["result"]) for id in ids] == ["let go"] * 2
    assert client.json({"jsonrpc": "2.0", "method": "notifications/initialized"}).status == 202
