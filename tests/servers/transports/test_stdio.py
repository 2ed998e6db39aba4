"""stdio.py: eras, requests side by side, what is cancelled, what cannot be read, how it ends."""

import asyncio
import json
import logging
from datetime import UTC, datetime

import pytest
from django.db import OperationalError

from catalog.authoring.asking import AnswerError
from catalog.models import Entry, Source
from servers import services as servers
from servers.models import EndedSession, Server, SessionLevel
from servers.protocol.errors import Overloaded
from servers.protocol.revisions import V2026_07_28
from servers.transports import pending, stdio
from servers.transports.conversation import Era
from servers.transports.lines import Line
from servers.transports.shared_exchange import SharedExchange
from tests import gates, make, oracle
from tests.hub import META, STATELESS, opening, published
from tests.peers import every_revision, handshake, peer
from tests.stdio import Beside, tool

HANDSHAKE = oracle.HANDSHAKE
over_lines = pytest.mark.parametrize("revision", oracle.REVISIONS)
ADD = {"a": 2, "b": 3}
MODERN = {f"{META}protocolVersion": STATELESS, f"{META}clientCapabilities": {}}


def behaviour(*names, **options):
    return pytest.mark.behaviour(*names, transport="stdio", **options)


@pytest.fixture
def client(hub, transport):
    """A client of the server `open`."""
    client = peer(hub, transport)
    yield client
    client.end()


def let_go(hub):
    hub.loop.call_soon_threadsafe(gates.opened.set)


def held(hub, times=1):
    """Wait until so many calls are under way."""

    async def wait():
        while gates.done.count("holds") < times:
            await asyncio.sleep(0)

    hub.run(wait())


# --- eras -----------------------------------------------------------------------------------------


@behaviour("A4", "B1", "B12", "B13", "H1", "J1", "J7", revisions=HANDSHAKE)
@handshake
def test_session_is_of_the_version_that_was_asked_for(client, revision):
    result = client.speak(revision)
    assert result["protocolVersion"] == revision
    assert {"tools", "resources", "prompts", "logging"} <= result["capabilities"].keys()
    assert ("completions" in result["capabilities"]) == (revision != "2024-11-05")
    assert client.call("add", ADD)["content"][0]["text"] == "5"


@behaviour("H20")
@every_revision
def test_what_is_stopped_says_why(client, hub, revision):
    if revision != STATELESS:
        client.speak(revision)
    before = client.result("tools/list", revision=revision)["tools"]
    servers.stop(actor=None, target=Server.objects.get(slug="open"), reason="It loops.")
    hub.refresh()
    result = client.call("add", ADD, revision=revision)
    assert result["isError"] is True
    told = "Stopped by an administrator: It loops. Nothing was run;"
    assert result["content"][0]["text"].startswith(told)
    error = client.ask("resources/read", {"uri": "test://note"}, revision=revision)["error"]
    assert error["code"] == 423 and error["message"].startswith(told)
    assert client.code("tools/call", tool("nothing"), revision=revision) == -32602
    assert client.result("tools/list", revision=revision)["tools"] == before


@behaviour("B12", "B13", revisions=HANDSHAKE)
@pytest.mark.parametrize("asked", ["2026-07-28", "1999-01-01", ""])
def test_version_that_has_no_handshake_is_answered_with_the_latest_that_has(client, asked):
    result = client.result("initialize", opening(asked), revision="2025-11-25")
    assert result["protocolVersion"] == "2025-11-25"


@behaviour("B1", "B11", "H1", "J1", "J7", "J9", "L5", "R1", revisions=[STATELESS])
def test_request_with_its_own_meta_needs_no_session(client):
    result = client.result("server/discover")
    assert result["supportedVersions"] == [*reversed(oracle.REVISIONS)]
    assert set(result["capabilities"]) == {
        "tools",
        "resources",
        "prompts",
        "logging",
        "completions",
        "extensions",
    }
    assert client.call("add", ADD)["structuredContent"] == {"result": 5}


@behaviour("B1", "G8", revisions=oracle.REVISIONS)
def test_both_eras_are_served_at_once(client):
    client.speak("2025-06-18")
    old, new = (
        client.begin("tools/call", tool("hold", steps=0), revision=revision)
        for revision in ("2025-06-18", STATELESS)
    )
    held(client._hub, 2)
    let_go(client._hub)
    assert "resultType" not in client.answer(old)["result"]
    assert client.answer(new)["result"]["resultType"] == "complete"


@behaviour("B2", "B9")
@pytest.mark.parametrize("session", [False, True])
@pytest.mark.parametrize(
    "method",
    ["initialize", "ping", "logging/setLevel", "resources/subscribe", "tasks/result", "nothing"],
)
def test_method_of_another_era_is_unknown_to_a_stateless_request(client, method, session):
    if session:
        client.speak("2025-11-25")
    answer = client.ask(method, opening("2025-11-25"), revision=STATELESS)
    assert answer["error"] == {"code": -32601, "message": f"Method not found: {method}"}


@handshake
@pytest.mark.parametrize("method", ["server/discover", "subscriptions/listen", "nothing"])
def test_method_of_the_other_era_is_unknown_to_a_session(client, revision, method):
    client.speak(revision)
    assert client.code(method) == -32601


@behaviour("A5", "B3")
@pytest.mark.parametrize("lacking", list(MODERN))
@pytest.mark.parametrize("session", [False, True])
def test_meta_that_lacks_a_key_is_told(client, lacking, session):
    if session:
        client.speak("2025-11-25")
    meta = {key: value for key, value in MODERN.items() if key != lacking}
    error = client.ask("tools/list", meta=meta, revision="none")["error"]
    assert error == {"code": -32602, "message": f"params._meta lacks {lacking}."}


@behaviour("A5", "B5")
@pytest.mark.parametrize("version", ["2025-11-25", "1999-01-01"])
def test_version_that_is_not_served_is_refused_with_those_that_are(client, version):
    meta = {**MODERN, f"{META}protocolVersion": version}
    error = client.ask("tools/list", meta=meta, revision="none")["error"]
    supported = [*reversed(oracle.REVISIONS)]
    assert error["code"] == -32022
    assert error["data"] == {"supported": supported, "requested": version}


@pytest.mark.parametrize("method", ["tools/list", "tools/call", "server/discover", "nothing"])
def test_request_before_any_of_it_is_told_how_to_begin(client, method):
    assert client.ask(method, revision="none")["error"] == {
        "code": -32600,
        "message": "Begin with initialize, or say in params._meta what you speak.",
    }
    assert gates.done == []


@behaviour("L12")
@handshake
def test_ping_is_answered_before_and_in_a_session(client, revision):
    assert client.result("ping", revision="none") == {}
    client.speak(revision)
    assert client.result("ping") == {}


def test_second_initialize_is_refused_and_the_session_goes_on(client):
    client.speak("2025-06-18")
    error = client.ask("initialize", opening("2025-11-25"))["error"]
    assert error["code"] == -32600 and "already" in error["message"]
    assert client.result("prompts/list")["prompts"][0]["title"] == "Ask"


@pytest.mark.parametrize("params", [{}, {"protocolVersion": 1}, {"protocolVersion": "2025-11-25"}])
def test_initialize_that_is_refused_opens_nothing(client, params):
    assert client.code("initialize", params, revision="2025-11-25") == -32602
    assert client.code("tools/list", revision="none") == -32600
    client.speak("2025-03-26")


@handshake
def test_requests_that_do_not_wait_for_initialize_are_answered_in_its_session(client, revision):
    client.begin("initialize", opening(revision), revision=revision, id="first")
    client.notify("notifications/initialized")
    assert client.call("add", ADD, revision=revision)["content"][0]["text"] == "5"
    assert client.answers("first")


# --- side by side ---------------------------------------------------------------------------------


@behaviour("A3", "A4")
def test_many_requests_run_at_once_each_with_its_answer(client):
    ids = [client.begin("tools/call", tool("add", a=n, b=n), id=f"n{n}") for n in range(200)]
    for number, id in enumerate(ids):
        assert client.answer(id)["result"]["structuredContent"] == {"result": 2 * number}


def test_slow_call_holds_up_no_other(client):
    slow = client.begin("tools/call", tool("hold", steps=0))
    held(client._hub)
    assert client.call("add", ADD)["structuredContent"] == {"result": 5}
    assert client.answers(slow) == []
    let_go(client._hub)
    client.answer(slow)


def test_more_requests_than_can_be_answered_at_once_are_refused(client, monkeypatch):
    monkeypatch.setattr(stdio.Stdio, "most_open", 2)
    ids = [client.begin("tools/call", tool("hold", steps=0)) for _ in range(2)]
    error = client.ask("tools/list")["error"]
    assert error == {"code": -32603, "message": Overloaded().message}
    let_go(client._hub)
    for id in ids:
        client.answer(id)
    assert client.result("tools/list")


# --- what is cancelled ----------------------------------------------------------------------------


@behaviour("G3", "L9")
@every_revision
def test_what_is_cancelled_stops_and_is_heard_of_no_more(client, revision):
    client.speak(revision)
    id = client.begin("tools/call", tool("hold", steps=1), meta={"progressToken": "p"})
    client.wait(lambda one: one.get("method") == "notifications/progress")
    held(client._hub)
    client.cancel(id)
    client.call("add", ADD)
    assert gates.done == ["holds", "stopped", "add"]
    assert client.answers(id) == [] and len(client.told("notifications/progress")) == 1


@behaviour("L9")
@every_revision
def test_request_that_is_cancelled_at_once_is_not_answered(client, revision):
    client.speak(revision)
    id = client.begin("tools/call", tool("hold", steps=0))
    client.cancel(id)
    client.call("add", ADD)
    assert client.answers(id) == [] and "let go" not in gates.done


@behaviour("L9")
@every_revision
@pytest.mark.parametrize(
    "params", [{}, {"requestId": "no"}, {"requestId": None}, {"requestId": []}]
)
def test_cancellation_of_nothing_is_nothing(client, revision, params):
    client.speak(revision)
    client.notify("notifications/cancelled", params)
    assert client.call("add", ADD)["content"][0]["text"] == "5"


def test_number_and_text_are_two_ids(client):
    number, text = (client.begin("tools/call", tool("hold", steps=0), id=id) for id in (7, "7"))
    held(client._hub, 2)
    client.cancel("7")
    let_go(client._hub)
    client.answer(number)
    assert client.answers(text) == []


# --- what cannot be read --------------------------------------------------------------------------


@behaviour("A1")
@every_revision
@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"garbage", -32700),
        (b"{", -32700),
        (b"\xff\xfe", -32700),
        ('{"jsonrpc":"2.0","id":1,"method":"é"}'.encode("latin-1"), -32700),
        (b"[]", -32600),
        (b'[[{"jsonrpc":"2.0","id":1,"method":"ping"}]]', -32600),
        (b"7", -32600),
        (b'{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600),
        (b'{"jsonrpc":"2.0","id":1.5,"method":"ping"}', -32600),
    ],
)
def test_line_that_is_no_message_has_an_error_without_an_id(client, line, code, revision):
    client.speak(revision)
    client.write(line + b"\n")
    error = client.wait(lambda one: "error" in one)
    assert error["error"]["code"] == code and "id" not in error
    assert client.call("add", ADD)["content"][0]["text"] == "5"


@behaviour("A5", "A10")
@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"method": "ping"}, -32600),
        ({"jsonrpc": "2.0"}, -32600),
        ({"jsonrpc": "2.0", "method": 7}, -32600),
        ({"jsonrpc": "2.0", "method": "ping", "params": []}, -32602),
        ({"jsonrpc": "2.0", "method": "ping", "params": None}, -32602),
    ],
)
def test_message_that_is_no_request_has_an_error_with_its_id(client, message, code):
    client.ledger.asked({"id": "x", "method": ""})
    client.write(json.dumps({"id": "x", **message}).encode() + b"\n")
    assert client.answer("x")["error"]["code"] == code


def test_line_that_is_too_long_has_an_error_without_an_id(client):
    client.give(Line(b"", too_long=True))
    error = client.wait(lambda one: "error" in one)
    assert error["error"] == {"code": -32600, "message": "The line has more than 4194304 bytes."}
    assert "id" not in error


@pytest.mark.parametrize("blank", [b"", b"  ", b"\r"])
def test_blank_line_is_nothing(client, blank):
    client.write(blank + b"\n")
    client.call("add", ADD)
    assert len(client.heard) == 1


def test_line_may_end_as_on_windows(client):
    client.ledger.asked({"id": 1, "method": "nothing"})
    client.write(b'{"jsonrpc":"2.0","id":1,"method":"nothing"}\r\n')
    assert client.answer(1)["error"]["code"] == -32600


def test_long_line_is_read_while_others_are_served(client):
    text = "x" * 1_000_000
    assert client.call("pooled", {"text": text})["structuredContent"] == {"result": text.upper()}


@behaviour("A1")
@every_revision
@pytest.mark.parametrize("id", [0, -1, "", "a b", "é", 2**70])
def test_answer_has_the_very_id(client, revision, id):
    client.speak(revision)
    assert client.ask("tools/list", id=id)["id"] == id


@behaviour("A1")
@every_revision
@pytest.mark.parametrize(
    "method", ["notifications/progress", "notifications/nothing", "tools/list"]
)
def test_notification_has_no_reply(client, revision, method):
    client.speak(revision)
    before = len(client.heard)
    client.notify(method, {"progressToken": 1, "progress": 1})
    client.call("add", ADD)
    assert len(client.heard) == before + 1


@behaviour("A12", "G2")
def test_answer_that_nobody_waits_for_is_nothing(client):
    for reply in ({"result": {}}, {"error": {"code": -1, "message": "no"}}):
        client.send({"jsonrpc": "2.0", "id": 1, **reply})
    client.call("add", ADD)
    client.speak("2025-11-25")
    client.send({"jsonrpc": "2.0", "id": "q1", "result": {}})
    client.call("add", ADD)
    assert len(client.heard) == 3


# --- who may, and what is refused -----------------------------------------------------------------


@pytest.fixture
def closed(hub, bob):
    """A server for bob's team alone."""
    server = published("closed", Source.objects.get(), team=bob.teams.get())
    hub.refresh()
    return server


def of(hub, server, user, transport="stdio", **options):
    return peer(hub, transport, server.slug, make.token(user, server, **options))


UNKNOWN = {"code": -32602, "message": "Unknown server: closed"}


@behaviour("K5")
def test_server_that_is_hidden_answers_like_one_that_is_not_there(hub, closed):
    for slug in ("closed", "nosuch"):
        client = Beside(hub, slug)
        for method in ("server/discover", "tools/list", "tools/call", "subscriptions/listen"):
            error = client.ask(method)["error"]
            assert error == {**UNKNOWN, "message": f"Unknown server: {slug}"}
        assert client.code("initialize", opening("2025-11-25"), revision="2025-11-25") == -32602
        client.end()


@over_lines
def test_server_that_is_switched_off_is_unknown_until_it_is_on_again(hub, alice, client, revision):
    client.speak(revision)
    server = Server.objects.get(slug="open")
    for enabled in (False, True):
        servers.set_server_enabled(actor=alice, server=server, enabled=enabled)
        hub.refresh()
        answer = client.ask("tools/call", tool("add", **ADD))
        assert ("result" in answer) == enabled
    assert gates.done == ["add"]


def test_person_who_is_disabled_is_served_no_more(hub, closed, bob):
    client = of(hub, closed, bob)
    assert client.call("add", ADD)
    bob.is_active = False
    bob.save()
    assert client.ask("tools/call", tool("add", **ADD))["error"] == UNKNOWN
    client.end()


@behaviour("H4")
@every_revision
def test_call_without_its_scope_is_told_in_its_result(hub, closed, bob, revision, transport):
    client = of(hub, closed, bob, transport)
    client.speak(revision)
    result = client.call("destroy")
    assert result["isError"] is True
    assert result["content"][0]["text"] == "This needs the scope mcp:destructive."
    assert gates.done == []
    client.end()


def test_other_requests_without_their_scope_are_errors(hub, closed, bob):
    client = of(hub, closed, bob, scopes=["mcp:read"])
    error = client.ask("prompts/get", {"name": "ask", "arguments": {"about": "x"}})["error"]
    assert error == {"code": -32600, "message": "This needs the scope mcp:prompts."}
    client.end()


@behaviour("A11", "H4")
@every_revision
def test_call_too_many_is_told_in_its_result(hub, client, revision):
    Server.objects.filter(slug="open").update(calls_per_minute=1)
    hub.refresh()
    client.speak(revision)
    client.call("add", ADD)
    result = client.call("add", ADD)
    assert (
        result["isError"] is True and "Too many calls; try again in" in result["content"][0]["text"]
    )
    assert gates.done == ["add"]
    assert client.code("resources/read", {"uri": "test://note"}) == 429


def test_call_on_a_hub_that_is_overloaded_is_told_in_its_result(hub, client, monkeypatch):
    recorder = hub.runtime.hub.corridor._recorder
    monkeypatch.setattr(recorder, "accepting", lambda: False)
    result = client.call("add", ADD)
    assert result["isError"] is True and result["content"][0]["text"] == Overloaded().message
    assert client.code("resources/read", {"uri": "test://note"}) == -32603


# --- faults of the hub's own ----------------------------------------------------------------------


@behaviour("L8")
@every_revision
def test_fault_of_the_hub_has_a_reference_and_the_next_line_is_read(
    client, monkeypatch, caplog, revision
):
    client.speak(revision)

    def broken(*arguments):
        raise OperationalError("the inner secret")

    with monkeypatch.context() as patch:
        patch.setattr(type(client._hub.runtime.hub), "answer", broken)
        error = client.ask("tools/list")["error"]
    reference = error["message"].removeprefix("internal error (reference ").removesuffix(")")
    assert error["code"] == -32603 and "secret" not in error["message"]
    assert [one.message for one in caplog.records if one.levelno == logging.ERROR] == [
        f"internal error {reference} while answering"
    ]
    assert client.result("tools/list")


def test_fault_while_a_session_is_opened_is_answered(client, monkeypatch):
    def broken(*arguments):
        raise OperationalError("the inner secret")

    with monkeypatch.context() as patch:
        patch.setattr(type(client._hub.runtime.hub), "open_session", broken)
        asked = {"revision": "2025-11-25"}
        assert client.code("initialize", opening("2025-11-25"), **asked) == -32603
    client.speak("2025-11-25")


# --- the end --------------------------------------------------------------------------------------


@behaviour("G4")
@over_lines
def test_what_is_under_way_at_the_end_of_input_is_answered(hub, revision):
    client = Beside(hub)
    client.speak(revision)
    id = client.begin("tools/call", tool("hold", steps=0))
    held(hub)
    client.give(None)
    let_go(hub)
    client.answer(id)
    client.end()


def test_session_that_is_over_leaves_nothing_behind(hub):
    client = Beside(hub)
    client.speak("2025-11-25")
    client.result("logging/setLevel", {"level": "error"})
    assert SessionLevel.objects.count() == 1
    client.end()
    assert SessionLevel.objects.count() == 0 and EndedSession.objects.count() == 1


def test_what_a_session_asked_for_is_kept_as_long_as_it_goes_on(hub, client, monkeypatch):
    client.speak("2025-11-25")
    client.result("logging/setLevel", {"level": "error"})
    SessionLevel.objects.update(expires_at=datetime(2000, 1, 1, tzinfo=UTC))
    monkeypatch.setattr(stdio, "KEEP_SECONDS", 0.0)

    async def keep():
        keeping = asyncio.create_task(client.stdio.keep())
        while not await hub.offload(kept):
            await asyncio.sleep(0)
        keeping.cancel()

    hub.run(keep())


def kept():
    return SessionLevel.objects.filter(expires_at__gt=datetime.now(UTC)).exists()


def test_call_that_takes_too_long_is_stopped(client):
    result = client.call("endless")
    assert result["isError"] is True and "did not finish in time" in result["content"][0]["text"]


def test_entry_that_is_switched_off_is_unknown_at_once(hub, client):
    Entry.objects.filter(name="add").update(enabled=False)
    hub.refresh()
    assert client.code("tools/call", tool("add", **ADD)) == -32602


@pytest.fixture
def unread(hub, client):
    """The client's end of a request, whose output nobody reads."""

    async def begin():
        return SharedExchange(client.stdio._host, Slow(), Era(V2026_07_28), {})

    return hub.run(begin())


def waiting(hub, exchange, say):
    """Return what waits to be sent when something was said on the loop."""

    async def said():
        say(exchange)
        return [exchange._pending.take() for _ in range(len(exchange._pending))]

    return hub.run(said())


def flood(exchange, times=1_000):
    for number in range(times):
        exchange.emit(b"%d" % number)


def test_client_that_does_not_read_loses_the_oldest_messages(hub, unread):
    assert [int(one.message) for one in waiting(hub, unread, flood)] == [*range(744, 1_000)]


def test_what_a_listener_is_told_waits_once_and_gives_way_to_nothing(hub, unread):
    def say(exchange):
        for method in ("begun", "changed", "changed"):
            exchange.tell(method, {})
        flood(exchange)
        exchange.tell("changed", {})

    first, second, *others = waiting(hub, unread, say)
    assert [json.loads(one.message)["method"] for one in (first, second)] == ["begun", "changed"]
    assert len(others) == pending.MOST_PENDING and not any(one.firm for one in others)


def test_what_was_told_and_has_left_is_told_again(hub, unread):
    for _ in range(2):
        assert len(waiting(hub, unread, lambda exchange: exchange.tell("changed", {}))) == 1


def test_question_gives_way_to_nothing_and_one_too_many_fails_in_words(hub, unread):
    def say(exchange):
        flood(exchange, 300)
        for number in range(pending.MOST_PENDING):
            exchange.ask(b"%d" % number, "roots/list", {})
        with pytest.raises(AnswerError, match="The client cannot be asked"):
            exchange.ask(b"256", "roots/list", {})
        flood(exchange)

    asked = [one for one in waiting(hub, unread, say) if one.question]
    assert [int(one.question) for one in asked] == [*range(pending.MOST_PENDING)]


class Slow:
    """An output that nobody reads."""

    load = None

    async def send(self, line, unwanted=bool):
        """Wait for ever."""
        await asyncio.Event().wait()
