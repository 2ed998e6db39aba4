"""Batches over HTTP: several messages in one POST, and one answer for all of them."""

import asyncio
import json

import pytest

from accounts.scopes import DESTRUCTIVE, READ, WRITE
from catalog.models import Source
from monitoring import audit, metrics
from monitoring.models import AuditEvent
from servers import services as servers
from servers.models import Server
from servers.transports import http_exchange as exchanges
from tests import gates, make, streams
from tests.batches import REVISION, Batching, adds, asks, calls, cancels, says, told
from tests.hub import HANDSHAKE, STATELESS, published

JSON_ONLY = "application/json"
behaviour = pytest.mark.behaviour


@pytest.fixture
def batching(hub):
    """A session on the server that is open to all."""
    return Batching.of(hub)


def let_go(hub):
    hub.loop.call_soon_threadsafe(gates.opened.set)


def holding(exchange, times=1):
    """Wait until so many slow calls of a batch were told to have begun."""
    exchange.wait_for(lambda answer: answer.body.count(b'"progress"') >= times)


def recorded():
    """Return the calls in the audit trail."""
    audit.flush()
    rows = AuditEvent.objects.filter(kind__in=["call", "read", "get"]).order_by("id")
    return [(row.entry, row.verdict, row.reason, row.outcome) for row in rows]


# --- the answer -----------------------------------------------------------------------------------


@behaviour("A6", "C7", "D13", "D14", revisions=[REVISION])
def test_one_stream_carries_one_response_for_each_request(batching):
    answer = batching.send(
        [
            adds(1, 2, 3),
            says("notifications/initialized"),
            adds("1", 3, 4),
            asks(2),
            asks(3, "tools/list"),
            asks(4, "nothing"),
            calls(5, "nothing"),
            asks(6, "resources/read", {"uri": "test://nothing"}),
        ]
    )
    assert answer.status == 200 and answer.streamed and answer.ended
    found = told(answer)
    assert found.pop(3)["tools"]
    assert found == {1: "5", "1": "7", 2: {}, 4: -32601, 5: -32602, 6: -32002}


@behaviour("A6", "C6", revisions=[REVISION])
@pytest.mark.parametrize(
    "items",
    [
        [says("notifications/initialized")],
        [says("notifications/initialized"), says("notifications/unheard-of")] * 50,
        [{"jsonrpc": "2.0", "id": "a", "result": {}}],
        [
            {"jsonrpc": "2.0", "id": "a", "result": {}},
            {"jsonrpc": "2.0", "id": "b", "error": {"code": -1, "message": "no"}},
        ],
    ],
    ids=["notification", "notifications", "response", "responses"],
)
def test_what_asks_nothing_is_accepted(batching, items):
    answer = batching.send(items)
    assert (answer.status, answer.body) == (202, b"")


@pytest.mark.parametrize("accept", [JSON_ONLY, "*/*"])
def test_client_that_takes_no_stream_gets_an_array(batching, accept):
    answer = batching.send([calls(1, "tell"), adds(2), says("x"), asks(3)], accept)
    assert (answer.status, answer.header("content-type")) == (200, "application/json")
    assert isinstance(json.loads(answer.body), list)
    assert told(answer) == {1: "told", 2: "2", 3: {}}


def test_array_of_one_is_an_array(batching):
    answer = batching.send([adds(1)], JSON_ONLY)
    assert len(json.loads(answer.body)) == 1


@behaviour("D14", "L1", "L2", revisions=[REVISION])
def test_responses_come_as_they_are_ready_after_what_was_said_before(hub, batching):
    exchange = batching.begin(
        [calls(1, "hold", token="a", steps=2), adds(2), calls(3, "hold", token="b", steps=1)]
    )
    exchange.wait_for(lambda answer: b'"id":2' in answer.body)
    holding(exchange, 3)
    assert set(told(exchange.answer)) == {2} and not exchange.answer.ended
    let_go(hub)
    answer = exchange.finish()
    assert told(answer) == {1: "let go", 2: "2", 3: "let go"}
    places = {}
    for place, message in enumerate(answer.messages):
        key = message.get("params", {}).get("progressToken") or message.get("id")
        places.setdefault(key, []).append(place)
    assert len(places["a"]) == 2 and max(places["a"]) < places[1][0]
    assert len(places["b"]) == 1 and max(places["b"]) < places[3][0]


def test_requests_run_side_by_side(hub, batching):
    exchange = batching.begin([calls(n, "hold", steps=0) for n in range(100)])

    async def all_hold():
        while gates.done.count("holds") < 100:
            await asyncio.sleep(0)

    hub.run(all_hold())
    let_go(hub)
    assert told(exchange.finish()) == dict.fromkeys(range(100), "let go")


@behaviour("L7", revisions=[REVISION])
def test_log_of_all_stands_on_the_one_stream(batching):
    answer = batching.send([calls(1, "tell"), calls(2, "tell")])
    said = [each["params"]["data"] for each in answer.messages if "method" in each]
    assert said == ["much", "much"]


def test_silent_batch_is_kept_alive(hub, batching, monkeypatch):
    monkeypatch.setattr(exchanges, "WATCH_AFTER", 0.0)
    monkeypatch.setattr(exchanges, "SILENT_SECONDS", 0.1)
    monkeypatch.setattr(exchanges, "KEEP_ALIVE_SECONDS", 0.1)
    exchange = batching.begin([calls(1, "hold", steps=0), calls(2, "hold", steps=0)])
    exchange.wait_for(lambda answer: answer.body.count(b": keep-alive\n") >= 2)
    let_go(hub)
    assert told(exchange.finish()) == {1: "let go", 2: "let go"}


def test_time_limit_is_each_request_s_own(batching):
    assert told(batching.send([calls(1, "endless"), adds(2)])) == {
        1: "endless did not finish in time; what it began may have happened, or may still.",
        2: "2",
    }


@behaviour("L8", revisions=[REVISION])
def test_fault_of_one_is_no_other_s(batching):
    found = told(batching.send([calls(1, "fail"), calls(2, "crash", key="k"), adds(3)]))
    assert (found[1], found[3]) == ("not today", "2")
    assert found[2].startswith("internal error (reference ")


def test_fault_of_the_hub_s_own_is_told_with_a_reference(hub, batching, monkeypatch, caplog):
    def fails(*_arguments):
        raise RuntimeError("the inner secret")

    monkeypatch.setattr(hub.runtime.hub, "_request", fails)
    monkeypatch.setattr(hub.runtime.hub, "weigh", _as_it_is)
    answer = batching.send([asks(1), asks(2)])
    assert told(answer) == {1: -32603, 2: -32603} and b"secret" not in answer.body
    assert "the inner secret" in caplog.text


async def _as_it_is(admission, _messages, _exchange):
    return admission


# --- cancelling, leaving --------------------------------------------------------------------------


@behaviour("L9", revisions=[REVISION])
@pytest.mark.parametrize("within", [True, False], ids=["in a batch", "alone"])
def test_one_request_is_cancelled_and_the_others_are_answered(hub, batching, within):
    exchange = batching.begin(
        [calls(1, "hold", token=1, steps=1), calls(2, "hold", token=2, steps=1)]
    )
    holding(exchange, 2)
    if within:
        assert batching.send([cancels(1), cancels("nobody's")]).status == 202
    else:
        params = {"requestId": 1}
        told_so = hub.post(
            "open", "notifications/cancelled", params, id=None, session=batching.session
        )
        assert told_so.status == 202
    let_go(hub)
    assert told(exchange.finish()) == {2: "let go"}
    assert [outcome for _, _, _, outcome in recorded()] == ["cancelled", "ok"]


def test_what_is_cancelled_by_its_own_batch_is_not_answered(batching):
    answer = batching.send([calls(1, "hold", steps=0), cancels(1), adds(2)])
    assert told(answer) == {2: "2"}
    assert gates.done.count("stopped") == 1


@pytest.mark.parametrize("accept", ["text/event-stream", JSON_ONLY])
def test_batch_that_was_cancelled_whole_ends_without_a_response(batching, accept):
    items = [calls(1, "hold", steps=0), calls(2, "hold", steps=0), cancels(1), cancels(2)]
    answer = batching.send(items, accept)
    assert answer.ended and answer.body == b""
    assert answer.status == (202 if accept == JSON_ONLY else 200)


@behaviour("D8", revisions=[REVISION])
def test_client_that_leaves_cancels_nothing(hub, batching, monkeypatch):
    monkeypatch.setattr(exchanges, "WATCH_AFTER", 0.0)
    exchange = batching.begin(
        [calls(1, "hold", token=1, steps=1), calls(2, "hold", token=2, steps=1)]
    )
    holding(exchange, 2)
    exchange.disconnect()
    let_go(hub)
    exchange.finish()
    assert gates.done.count("let go") == 2 and "stopped" not in gates.done
    assert [outcome for _, _, _, outcome in recorded()] == ["ok", "ok"]


def test_stream_is_counted_while_it_is_open(hub, batching):
    before = streams.streams_open()
    exchange = batching.begin([calls(1, "hold", token=1, steps=1), adds(2)])
    holding(exchange)
    assert streams.streams_open() == before + 1
    let_go(hub)
    exchange.finish()
    assert streams.streams_open() == before


# --- questions ------------------------------------------------------------------------------------


@behaviour("A2", "A13", "N20", revisions=[REVISION])
def test_questions_of_all_come_on_the_one_stream_and_are_answered_in_a_batch(talks):
    batching = Batching.of(talks.hub, "talks", can={"roots": {}, "sampling": {}})
    exchange = batching.begin([calls(1, "where"), calls(2, "where"), calls(3, "where")])
    exchange.asked(3)
    asked = [each for each in exchange.answer.messages if "method" in each]
    assert {each["method"] for each in asked} == {"roots/list"}
    replies = [
        {"jsonrpc": "2.0", "id": each["id"], "result": {"roots": [{"uri": f"file:///{place}"}]}}
        for place, each in enumerate(asked)
    ]
    assert batching.send(replies).status == 202
    assert sorted(told(exchange.finish()).values()) == ["file:///0", "file:///1", "file:///2"]


def test_client_that_takes_no_stream_cannot_be_asked(talks):
    batching = Batching.of(talks.hub, "talks", can={"roots": {}})
    answer = batching.send([calls(1, "where")], JSON_ONLY)
    assert answer.result["isError"] is True


# --- judged, limited and recorded one by one ------------------------------------------------------


@pytest.fixture
def closed(hub, bob):
    """A server for bob's team alone."""
    server = published("closed", Source.objects.get(), team=bob.teams.get())
    hub.refresh()
    return server


@behaviour("H4", revisions=[REVISION])
def test_each_call_is_recorded_and_metered(hub, closed, bob):
    batching = Batching.of(hub, "closed", make.token(bob, closed))
    before = {name: counted(name) for name in ("tools/call", "ping", "notifications/initialized")}
    batching.send(
        [adds(1), adds(2), calls(3, "nothing"), asks(4), says("notifications/initialized")]
    )
    assert recorded() == [
        ("add", "allow", "team", "ok"),
        ("add", "allow", "team", "ok"),
        ("nothing", "deny", "unknown", "denied"),
    ]
    after = {name: counted(name) - before[name] for name in before}
    assert after == {"tools/call": 3, "ping": 1, "notifications/initialized": 1}


def counted(method):
    """Return how many messages of a method were counted in sessions of the revision."""
    wanted = f'mcphub_messages_total{{method="{method}",revision="{REVISION}"}}'
    lines = [line for line in metrics.render().decode().splitlines() if line.startswith(wanted)]
    return float(lines[0].split()[-1]) if lines else 0.0


def test_each_call_counts_where_calls_are_limited(hub, closed, bob):
    servers.update_server(actor=None, server=closed, calls_per_minute=6, burst=2)
    hub.refresh()
    batching = Batching.of(hub, "closed", make.token(bob, closed))
    note = asks(4, "resources/read", {"uri": "test://note"})
    found = told(batching.send([adds(1), adds(2), adds(3), note, asks(5)]))
    assert (found[1], found[2], found[5]) == ("2", "2", {})
    assert found[3].startswith("Too many calls; try again in ") and found[4] == 429
    assert gates.done == ["add", "add"]
    assert [outcome for _, _, _, outcome in recorded()] == ["ok", "ok", "denied", "denied"]


@behaviour("P7", revisions=[REVISION])
@pytest.mark.parametrize("accept", [JSON_ONLY, "application/json, text/event-stream"])
def test_batch_whose_token_lacks_a_scope_is_refused_whole(hub, closed, bob, accept):
    batching = Batching.of(hub, "closed", make.token(bob, closed, scopes=[READ]))
    items = [
        adds(1),
        calls(2, "write", text="x"),
        says("notifications/initialized"),
        calls(3, "destroy"),
        calls(4, "nothing"),
        asks(5, "logging/setLevel", {"level": "debug"}),
    ]
    answer = batching.send(items, accept)
    assert (answer.status, answer.code) == (403, -32600) and "id" not in answer.message
    challenge = answer.header("www-authenticate")
    assert 'error="insufficient_scope", scope="mcp:destructive", ' in challenge
    assert "lacks mcp:write (" in challenge and "; mcp:destructive (" in challenge
    assert gates.done == []
    assert recorded() == [
        ("write", "deny", "insufficient_scope", "denied"),
        ("destroy", "deny", "insufficient_scope", "denied"),
    ]
    assert told(batching.send([adds(1)], accept)) == {1: "2"}


@pytest.mark.parametrize(
    "item",
    [
        calls(1, "write", text="x"),
        asks(1, "prompts/get", {"name": "ask", "arguments": {"about": "x"}}),
    ],
    ids=["tool", "prompt"],
)
def test_no_request_of_any_kind_runs_beside_one_that_lacks_a_scope(hub, closed, bob, item):
    batching = Batching.of(hub, "closed", make.token(bob, closed, scopes=[READ]))
    assert batching.send([adds(2), item]).status == 403
    assert gates.done == []


def test_call_through_the_tool_that_calls_others_is_weighed_as_theirs(hub, closed, bob):
    servers.update_server(actor=None, server=closed, listing="search")
    hub.refresh()
    batching = Batching.of(hub, "closed", make.token(bob, closed, scopes=[READ]))
    writes = calls(1, "call_tool", name="write", arguments={"text": "x"})
    answer = batching.send([adds(2), writes])
    assert answer.status == 403 and "mcp:write" in answer.header("www-authenticate")
    assert gates.done == []
    found = told(batching.send([calls(1, "call_tool", name="add", arguments={"a": 1, "b": 2})]))
    assert found == {1: "3"} and gates.done == ["add"]


@pytest.mark.parametrize(
    "item",
    [
        asks(1, "logging/setLevel", {"level": "debug"}),
        asks(1, "resources/subscribe", {"uri": "test://note"}),
        asks(1, "resources/read", {"uri": "test://note"}),
        asks(
            1,
            "completion/complete",
            {
                "ref": {"type": "ref/prompt", "name": "ask"},
                "argument": {"name": "about", "value": ""},
            },
        ),
    ],
    ids=lambda item: item["method"],
)
def test_what_is_read_needs_the_scope_to_read(hub, closed, bob, item):
    batching = Batching.of(hub, "closed", make.token(bob, closed, scopes=["mcp:prompts"]))
    answer = batching.send([asks(2), item])
    assert answer.status == 403 and READ in answer.header("www-authenticate")


def test_scopes_that_reach_let_all_of_it_run(hub, closed, bob):
    token = make.token(bob, closed, scopes=[READ, WRITE, DESTRUCTIVE])
    batching = Batching.of(hub, "closed", token)
    found = told(batching.send([calls(1, "write", text="x"), calls(2, "destroy"), adds(3)]))
    assert found == {1: "written", 2: "destroyed", 3: "2"}


def test_what_is_stopped_says_so_for_itself(hub, batching):
    servers.stop(actor=None, target=Server.objects.get(slug="open"), reason="It loops.")
    hub.refresh()
    found = told(
        batching.send([adds(1), asks(2), asks(3, "resources/read", {"uri": "test://note"})])
    )
    assert found[1].startswith("Stopped by an administrator: It loops.")
    assert (found[2], found[3]) == ({}, 423) and gates.done == []


# --- only where they belong -----------------------------------------------------------------------


@behaviour("A7", revisions=["2025-06-18", "2025-11-25", STATELESS])
@pytest.mark.parametrize("revision", [*HANDSHAKE[1:], STATELESS, None])
def test_other_revisions_have_no_batches(hub, revision):
    if revision in HANDSHAKE:
        answer = Batching.of(hub, revision=revision).send([adds(1)])
    else:
        headers = {"content-type": "application/json", "accept": JSON_ONLY}
        headers |= {"mcp-protocol-version": revision} if revision else {}
        answer = hub.raw("POST", "open", headers, json.dumps([adds(1)]).encode())
    assert (answer.status, answer.code) == (400, -32600)
    assert "2025-03-26" in answer.error["message"] and gates.done == []


def test_batch_in_a_session_that_is_over_is_not_found(hub, batching):
    assert hub.raw("DELETE", "open", batching.session.headers).status == 204
    answer = batching.send([adds(1)])
    assert (answer.status, answer.code) == (404, -32600) and gates.done == []


def test_batch_beside_headers_of_the_newest_revision_is_none(hub, batching):
    headers = {"content-type": "application/json", "accept": JSON_ONLY, **batching.session.headers}
    headers["mcp-protocol-version"] = STATELESS
    answer = hub.raw("POST", "open", headers, json.dumps([adds(1)]).encode())
    assert (answer.status, answer.code) == (400, -32600) and gates.done == []
