"""HTTP+SSE: how a stream ends, and what becomes of what runs on it; clients that do not read."""

import asyncio

import pytest

from accounts import services as accounts
from accounts.models import IssuedToken
from catalog.models import Source
from mcphub import runtime
from servers.jobs.states import Reason
from servers.models import EndedSession, Job, OpenStream, SessionLevel
from servers.transports import event_channel
from tests import gates, make
from tests.hub import published
from tests.sse import REVISION, OverSse
from tests.stdio import tool
from tests.streams import open_door, serve

PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


def holding(client):
    """Begin a call that waits, and return its id when it does."""
    id = client.begin("tools/call", tool("hold", steps=1), meta={"progressToken": "p"})
    client.wait(lambda one: one.get("method") == "notifications/progress")
    return id


def until(hub, met):
    """Let the hub go on until something is so."""

    async def wait():
        while not met():
            await asyncio.sleep(0.001)

    hub.run(wait())


def test_client_that_leaves_is_waited_for_no_more(hub):
    client = OverSse(hub)
    client.speak(REVISION)
    client.result("logging/setLevel", {"level": "error"})
    holding(client)
    assert OpenStream.objects.count() == SessionLevel.objects.count() == 1
    client.end()
    until(hub, lambda: "stopped" in gates.done)
    assert not OpenStream.objects.exists() and not SessionLevel.objects.exists()
    assert not hub.runtime.hub.running.all and not len(hub.runtime.hub.posting)
    assert client.json(PING).status == 404
    assert not EndedSession.objects.exists()  # a stream that is gone needs no word of its own


def test_job_of_a_client_that_left_goes_on(jobs):
    client = OverSse(jobs, "jobs")
    client.speak(REVISION)
    client.begin("tools/call", tool("hold"), meta={"progressToken": "p"})
    client.wait(lambda one: one.get("method") == "notifications/progress")
    client.end()
    jobs.loop.call_soon_threadsafe(gates.opened.set)
    state = {}

    def look():
        state.update(Job.objects.values("state", "reason").get())
        return state["state"] == "completed"

    async def wait():
        while not await jobs.offload(look):
            await asyncio.sleep(0.001)

    jobs.run(wait())
    assert state["reason"] == Reason.NONE


@pytest.mark.behaviour("L13", transport="sse")
def test_stopping_process_answers_what_runs_and_ends_the_stream(hub, monkeypatch):
    monkeypatch.setattr(runtime, "DRAIN_SECONDS", 0.05)
    client = OverSse(hub)
    client.speak(REVISION)
    id = holding(client)
    hub.run(hub.runtime.drain())
    client.ended()
    (answer,) = client.answers(id)
    assert "restarting" in answer["result"]["content"][0]["text"]
    assert client.stream.answer.ended and not OpenStream.objects.exists()


def test_what_ends_before_the_process_stops_is_answered(hub):
    client = OverSse(hub)
    client.speak(REVISION)
    id = holding(client)

    async def drain():
        hub.loop.call_later(0.05, gates.opened.set)
        await hub.runtime.drain(10.0)

    hub.run(drain())
    client.ended()
    (answer,) = client.answers(id)
    assert answer["result"]["content"][0]["text"] == "let go" and client.stream.answer.ended


def test_leave_that_is_taken_back_ends_the_stream_and_what_runs(hub, bob):
    server = published("closed", Source.objects.get(), team=bob.teams.get())
    hub.refresh()
    client = OverSse(hub, "closed", make.token(bob, server))
    client.speak(REVISION)
    id = holding(client)
    accounts.revoke_token(actor=None, issued=IssuedToken.objects.get())
    client.ended()
    (answer,) = client.answers(id)
    assert "was taken back" in answer["result"]["content"][0]["text"]
    assert client.stream.answer.ended and client.json(PING).status == 401


def test_token_that_expired_ends_the_stream(hub, bob, monkeypatch):
    server = published("closed", Source.objects.get(), team=bob.teams.get())
    hub.refresh()
    client = OverSse(hub, "closed", make.token(bob, server))
    with monkeypatch.context() as patch:
        patch.setattr("servers.listening._holds", lambda _caller, _listener: False)
        hub.run(hub.runtime.hub.listeners.recheck())
    client.ended()
    assert client.stream.answer.ended


# --- clients that do not read ---------------------------------------------------------------------


def test_client_that_does_not_read_is_cut_off_at_a_bound(hub, monkeypatch):
    serve(hub)
    monkeypatch.setattr(event_channel, "MOST_WAITING_BYTES", 5_000)
    client = OverSse(hub, "streams", cut=True)
    client.speak(REVISION)
    client.stream.reading(False)
    client.begin("tools/call", tool("flood", times=200), meta={"progressToken": 1})
    open_door(hub, "flood")
    client.ended()
    assert client.stream.was_cut and not hub.runtime.hub.running.all


def test_message_that_does_not_leave_is_waited_for_no_longer(hub, monkeypatch):
    monkeypatch.setattr(event_channel, "STUCK_SECONDS", 0.01)
    client = OverSse(hub, cut=True)
    client.speak(REVISION)
    client.stream.reading(False)
    client.begin("tools/call", tool("add", a=1, b=2))
    client.ended()
    assert client.stream.was_cut


def test_server_that_cannot_cut_lets_go_of_the_client_all_the_same(hub, monkeypatch):
    monkeypatch.setattr(event_channel, "STUCK_SECONDS", 0.01)
    client = OverSse(hub)
    client.speak(REVISION)
    client.stream.reading(False)
    client.begin("tools/call", tool("add", a=1, b=2))
    client.ended()
    assert not len(hub.runtime.hub.posting)


def test_client_that_reads_slowly_is_told_everything(hub):
    client = OverSse(hub)
    client.speak(REVISION)
    client.stream.reading(False)
    ids = [client.begin("tools/call", tool("add", a=n, b=n)) for n in range(50)]
    client.stream.reading(True)
    for number, id in enumerate(ids):
        assert client.answer(id)["result"]["content"][0]["text"] == str(2 * number)
    client.end()
