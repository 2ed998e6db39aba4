"""HTTP+SSE: messages that another process takes than the one with the stream."""

import asyncio
from datetime import UTC, datetime

import pytest

from catalog.models import Source
from servers import posting
from servers.kept import posts
from servers.kept.expiry import sweep
from servers.models import OpenStream, PostedMessage, StreamProcess
from servers.transports import sse_stream
from tests import gates, make
from tests.hub import published
from tests.sse import REVISION, OverSse
from tests.stdio import tool

ADD = {"a": 2, "b": 3}
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
PAST = datetime(2000, 1, 1, tzinfo=UTC)


@pytest.fixture
def client(hub, second):
    """A client whose stream is on one process and whose messages the other takes."""
    client = OverSse(hub, by=second)
    yield client
    client.end()


def text(result):
    return result["content"][0]["text"]


def unheard(monkeypatch):
    """Let no announcement of a message be heard."""
    monkeypatch.setattr(posting.Posting, "heard", lambda _self, _session: None)


@pytest.mark.behaviour("F6", transport="sse")
def test_message_that_another_process_took_is_answered_on_the_stream(client):
    assert client.speak(REVISION, can={"roots": {}})["protocolVersion"] == REVISION
    assert text(client.call("add", ADD)) == "5"
    assert not PostedMessage.objects.exists()


def test_messages_are_taken_in_the_order_they_came(client):
    client.speak(REVISION)
    ids = [client.begin("tools/call", tool("add", a=n, b=0)) for n in range(posts.A_READ * 2 + 3)]
    for number, id in enumerate(ids):
        assert text(client.answer(id)["result"]) == str(number)
    answered = [one["id"] for one in client.heard if one.get("id") in ids]
    assert answered == ids


def test_call_is_cancelled_by_a_message_that_another_process_took(hub, client):
    client.speak(REVISION)
    id = client.begin("tools/call", tool("hold", steps=1), meta={"progressToken": "p"})
    client.wait(lambda one: one.get("method") == "notifications/progress")
    client.cancel(id)
    assert text(client.call("add", ADD)) == "5"
    assert client.answers(id) == [] and gates.done == ["holds", "stopped", "add"]


def test_message_whose_announcement_was_lost_is_found(hub, client, monkeypatch):
    with monkeypatch.context() as patch:
        unheard(patch)
        id = client.begin("ping")
        assert PostedMessage.objects.count() == 1
    hub.run(hub.runtime.hub.posting.renew())
    client.answer(id)


def test_message_goes_by_the_token_that_it_came_with(hub, second, bob):
    server = published("closed", Source.objects.get(), team=bob.teams.get())
    for each in (hub, second):
        each.refresh()
    consent = make.consent(bob, make.client(), server)
    client = OverSse(hub, "closed", make.connected(consent), by=second)
    consent.scopes = "mcp:read"
    client.headers = {"authorization": f"Bearer {make.connected(consent)}"}
    result = client.call("write", {"text": "x"})
    assert result["isError"] is True and "mcp:write" in text(result)
    client.end()


@pytest.mark.parametrize("number", [posting.posts.MOST_WAITING, 2])
def test_more_than_may_wait_is_refused(hub, client, monkeypatch, number):
    with monkeypatch.context() as patch:
        unheard(patch)
        if number == 2:
            patch.setattr(posts, "MOST_WAITING_BYTES", 100)
        taken = [client.json({**PING, "id": n}) for n in range(number)]
        assert {each.status for each in taken[: 1 if number == 2 else None]} == {202}
        answer = client.json({**PING, "id": "more"})
    assert (answer.status, answer.code, answer.header("retry-after")) == (429, 429, "1")
    hub.run(hub.runtime.hub.posting.renew())
    client.answer(0)


def test_no_message_is_handed_over_while_too_many_are_under_way(hub, client, monkeypatch):
    ids = [
        client.begin("tools/call", tool("hold", steps=1), meta={"progressToken": n}) for n in "ab"
    ]
    for _ in ids:
        client.wait(lambda one: one.get("method") == "notifications/progress")
    monkeypatch.setattr(sse_stream.SseStream, "most_open", 1)
    assert client.json({**PING, "id": "later"}).status == 202
    hub.loop.call_soon_threadsafe(gates.opened.set)
    assert [text(client.answer(id)["result"]) for id in ids] == ["let go"] * 2
    client.answer("later")
    answered = [one["id"] for one in client.heard if "result" in one]
    assert answered.index("later") > min(map(answered.index, ids))


def test_message_that_is_larger_than_may_wait_is_taken_alone(client, monkeypatch):
    monkeypatch.setattr(posts, "MOST_WAITING_BYTES", 10)
    assert client.json({**PING, "id": "x"}).status == 202
    client.answer("x")


@pytest.mark.behaviour("F6", transport="sse")
def test_stream_of_a_process_that_is_gone_is_gone_with_its_lease(hub, client):
    StreamProcess.objects.update(expires_at=PAST)
    answer = client.json(PING)
    assert answer.status == 404 and not PostedMessage.objects.exists()
    hub.run(hub.runtime.hub.posting.renew())
    assert client.result("ping") == {}


def test_stream_that_is_the_first_for_a_while_is_there_at_once(hub, second, client):
    StreamProcess.objects.update(expires_at=PAST)
    later = OverSse(hub, by=second)
    assert later.result("ping") == {} and client.result("ping") == {}
    later.end()


def test_stream_whose_process_was_taken_for_gone_is_there_again(hub, client):
    StreamProcess.objects.update(expires_at=PAST)
    sweep()
    assert not OpenStream.objects.exists() and client.json(PING).status == 404
    hub.run(hub.runtime.hub.posting.renew())
    assert client.result("ping") == {}


def test_stream_that_ended_leaves_no_rows(hub, second, monkeypatch):
    client = OverSse(hub, by=second)
    with monkeypatch.context() as patch:
        unheard(patch)
        assert client.json(PING).status == 202
    client.end()
    assert not PostedMessage.objects.exists() and not OpenStream.objects.exists()
    assert client.json(PING).status == 404


def test_rows_that_nobody_takes_are_swept(hub, client, monkeypatch):
    with monkeypatch.context() as patch:
        unheard(patch)
        client.json(PING)
    for kind in (StreamProcess, PostedMessage):
        kind.objects.update(expires_at=PAST)
    sweep()
    assert not any(k.objects.exists() for k in (StreamProcess, OpenStream, PostedMessage))


def test_one_process_alone_keeps_nothing(hub):
    hub.runtime.hub.shared = False
    client = OverSse(hub)
    client.speak(REVISION)
    assert text(client.call("add", ADD)) == "5"
    assert not OpenStream.objects.exists() and not StreamProcess.objects.exists()
    client.end()
    assert client.json(PING).status == 404


def test_message_for_a_stream_of_the_same_process_asks_the_database_nothing(hub):
    client = OverSse(hub)
    client.speak(REVISION)
    client.call("add", ADD)
    before = hub.offloaded
    client.call("add", ADD)
    assert hub.offloaded == before
    client.end()


def test_outage_while_messages_are_looked_for_is_made_up_for(hub, client, monkeypatch):
    def away(_session):
        raise posting.DatabaseError("away")

    with monkeypatch.context() as patch:
        patch.setattr(posts, "take", away)
        client.json({**PING, "id": "x"})
        hub.run(asyncio.sleep(0.01))
    hub.run(hub.runtime.hub.posting.renew())
    client.answer("x")
