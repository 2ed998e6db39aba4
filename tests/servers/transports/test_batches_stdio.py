"""Batches over lines: an array is taken in a session of 2025-03-26, and answered with an array."""

import json

import pytest

from accounts.scopes import READ
from accounts.tokens import digest
from catalog.models import Source
from servers import services as servers
from servers.protocol.batch import MOST_ITEMS
from servers.transports import stdio
from servers.transports.lines import Line
from tests import gates, make, oracle
from tests.batches import REVISION, adds, asks, calls, cancels, says
from tests.hub import META, opening, published
from tests.stdio import Beside

OTHERS = [revision for revision in oracle.REVISIONS if revision != REVISION]
behaviour = pytest.mark.behaviour


@pytest.fixture
def client(hub):
    """A client of the server `open`, in a session of the revision that has batches."""
    client = Beside(hub)
    client.speak(REVISION)
    yield client
    client.end()


def let_go(hub):
    hub.loop.call_soon_threadsafe(gates.opened.set)


def arrays(client):
    """Return the arrays heard: of each message its id, and whether it is a result."""
    return [
        [(each["id"], "result" in each) for each in line]
        for line in client.lines
        if isinstance(line, list)
    ]


def telling(client, times):
    """Wait until so many steps were told."""
    client.wait(lambda _one: len(client.told("notifications/progress")) >= times)


@behaviour("A6", "A4", revisions=[REVISION], transport="stdio")
def test_answers_of_a_batch_are_one_line(client):
    client.send(
        [adds(11), says("notifications/x"), asks("11"), calls(12, "nothing"), asks(13, "x")]
    )
    assert client.answer(11)["result"]["content"][0]["text"] == "2"
    assert arrays(client) == [[(11, True), ("11", True), (12, False), (13, False)]]
    assert client.answer(12)["error"]["code"] == -32602
    assert client.answer(13)["error"]["code"] == -32601


def test_one_is_an_array_too(client):
    client.send([asks(11)])
    client.answer(11)
    assert arrays(client) == [[(11, True)]]


def test_what_asks_nothing_is_answered_by_nothing(client):
    client.send([says("notifications/initialized"), cancels(99)])
    client.send([{"jsonrpc": "2.0", "id": "a", "result": {}}])
    client.result("ping")
    assert arrays(client) == [] and len(client.heard) == 2


@behaviour("L1", revisions=[REVISION], transport="stdio")
def test_progress_comes_before_and_others_are_answered_meanwhile(hub, client):
    client.send([calls(11, "hold", token=1, steps=1), adds(12)])
    telling(client, 1)
    assert client.result("ping") == {} and arrays(client) == []
    let_go(hub)
    client.answer(12)
    assert arrays(client) == [[(11, True), (12, True)]]


@behaviour("L9", revisions=[REVISION], transport="stdio")
def test_what_is_cancelled_is_heard_of_no_more(hub, client):
    client.send([calls(n, "hold", token=n, steps=1) for n in (11, 12)] + [adds(13)])
    telling(client, 2)
    client.cancel(11)
    client.send([cancels(13)])  # it is done, and waits for the others
    client.result("ping")
    let_go(hub)
    client.answer(12)
    assert arrays(client) == [[(12, True)]]
    assert gates.done.count("stopped") == 1


def test_batch_that_was_cancelled_whole_is_not_answered(client):
    client.send([calls(11, "hold", steps=0), calls(12, "hold", steps=0), cancels(11), cancels(12)])
    client.result("ping")
    client.end()
    assert arrays(client) == [] and gates.done.count("stopped") == 2


def test_each_is_refused_for_its_own_scope_and_limit(hub, bob):
    server = published("closed", Source.objects.get(), team=bob.teams.get())
    servers.update_server(actor=None, server=server, calls_per_minute=6, burst=2)
    hub.refresh()
    token = make.token(bob, server, scopes=[READ])
    client = Beside(hub, "closed", digest(token))
    client.speak(REVISION)
    client.send([adds(11), calls(12, "write", text="x"), adds(13), adds(14)])
    texts = [client.answer(id)["result"]["content"][0]["text"] for id in (11, 12, 13, 14)]
    client.end()
    assert (texts[0], texts[2]) == ("2", "2") and gates.done == ["add", "add"]
    assert texts[1] == "This needs the scope mcp:write."
    assert texts[3].startswith("Too many calls; try again in ")


@behaviour("A13", revisions=[REVISION], transport="stdio")
def test_questions_are_answered_in_a_batch(talks):
    client = Beside(talks.hub, "talks")
    client.speak(REVISION, {"roots": {}})
    client.send([calls(11, "where"), calls(12, "where")])
    client.wait(lambda _one: len(client.told("roots/list")) == 2)
    asked = [one["id"] for one in client.heard if "method" in one]
    roots = {"roots": [{"uri": "file:///home"}]}
    client.send([{"jsonrpc": "2.0", "id": id, "result": roots} for id in asked])
    assert client.answer(12)["result"]["content"][0]["text"] == "file:///home"
    assert arrays(client) == [[(11, True), (12, True)]]
    client.end()


# --- refused --------------------------------------------------------------------------------------


def refused(client, items):
    """Tell what a batch that is refused whole is told."""
    before = len(client.heard)
    client.send(items)
    client.wait(lambda _one: len(client.heard) > before)
    told = client.heard[before]
    assert "id" not in told and gates.done == []
    return told["error"]


WRONG = {
    "nothing": [],
    "a batch": [[adds(12)]],
    "a number": [adds(11), 7],
    "an id twice": [adds(11), adds(11)],
    "initialize": [adds(11), asks(12, "initialize", opening(REVISION))],
    "both kinds": [adds(11), {"jsonrpc": "2.0", "id": 1, "result": {}}],
    "another era": [adds(11), asks(12, params={"_meta": {f"{META}protocolVersion": "2026-07-28"}})],
    "too many": [adds(n) for n in range(MOST_ITEMS + 1)],
}


@pytest.mark.parametrize("items", WRONG.values(), ids=WRONG)
def test_one_wrong_message_refuses_all_and_the_next_line_is_read(client, items):
    assert refused(client, items)["code"] == -32600
    assert client.call("add", {"a": 1, "b": 1})["content"][0]["text"] == "2"


def test_what_is_far_too_much_is_refused(client):
    body = b",".join(b'{"jsonrpc":"2.0","id":%d,"method":"ping"}' % n for n in range(100_000))
    client.give(Line(b"[%b]" % body))
    told = client.wait(lambda one: "error" in one)
    assert told["error"] == {"code": -32600, "message": "The batch has more than 100 messages."}


@pytest.mark.parametrize("revision", OTHERS)
def test_other_revisions_have_no_batches(hub, revision):
    client = Beside(hub)
    client.speak(revision)
    assert refused(client, [adds(11)])["code"] == -32600
    client.end()


def test_before_a_session_there_are_none(hub):
    client = Beside(hub)
    assert refused(client, [asks(11)])["code"] == -32600
    assert refused(client, [asks(11, "initialize", opening(REVISION))])["code"] == -32600
    client.speak(REVISION)
    client.end()


def test_more_than_may_be_open_are_refused(hub, client, monkeypatch):
    monkeypatch.setattr(stdio.Stdio, "most_open", 2)
    client.send([calls(11, "hold", token=1, steps=1)])
    telling(client, 1)
    assert refused_later(client, [adds(12), adds(13)])["code"] == -32603
    let_go(hub)
    client.answer(11)
    client.send([adds(14), adds(15)])
    client.answer(15)
    assert arrays(client) == [[(11, True)], [(14, True), (15, True)]]


def refused_later(client, items):
    """Tell what a batch is told that comes when calls run already."""
    client.send(items)
    return client.wait(lambda one: "id" not in one and "error" in one)["error"]


def test_lines_hold_no_line_breaks(client):
    client.send([calls(11, "pooled", text="a\nb"), asks(12)])
    assert client.answer(11)["result"]["content"][0]["text"] == "A\nB"
    assert json.dumps(client.lines[-1])
