"""Batches whose world changes while they run: leave taken back, a stop, a restart, jobs, a lost database."""

import asyncio
import json

import pytest
from django.db import OperationalError

from accounts import services as accounts
from accounts.models import IssuedToken
from mcphub import runtime
from servers import services as servers
from servers.kept import events
from servers.kept.events import Kept
from servers.models import Job, Server
from tests import make
from tests.batches import Batching, adds, asks, calls, cancels, says, told
from tests.streams import open_door, serve
from tests.works import works

__all__ = ["works"]
TAKEN_BACK = "The leave that this went by was taken back"


@pytest.fixture
def private(hub, bob):
    """A server of bob's team, with tools that wait for a test."""
    return serve(hub, "private", team=bob.teams.get())


@pytest.fixture
def heard_here(settings):
    """Let what jobs say be heard in the test's own process, whatever services there are."""
    settings.EMBEDDED = settings.JOBS_EMBEDDED = True


@pytest.fixture
def batching(hub, bob, private):
    """A session of bob's on it."""
    return Batching.of(hub, "private", make.token(bob, private))


def walks(id, **arguments):
    return calls(id, "walk", token=id, steps=2, **arguments)


def walking(batching, *items):
    """Begin a batch with a call that has told its first step."""
    exchange = batching.begin([walks("walk"), *items])
    exchange.wait_for(lambda answer: b'"progress"' in answer.body)
    return exchange


def revoke():
    accounts.revoke_token(actor=None, issued=IssuedToken.objects.get())


def test_leave_that_is_taken_back_midway_ends_what_still_runs(batching):
    exchange = walking(batching, asks(2))
    exchange.wait_for(lambda answer: b'"id":2' in answer.body)
    revoke()
    found = told(exchange.finish())
    assert found[2] == {} and found["walk"].startswith(TAKEN_BACK)


def test_leave_that_is_taken_back_while_the_batch_comes_lets_nothing_run(batching):
    exchange = batching.begin(b"[" + json.dumps(adds(1)).encode(), later=b"]")
    revoke()
    exchange.send_rest()
    assert exchange.finish().status == 401


def test_leave_that_is_taken_back_between_weighing_and_running_is_told_in_each_answer(
    hub, batching, monkeypatch
):
    weigh = hub.runtime.hub.weigh

    async def weighs(*arguments):
        admission = await weigh(*arguments)
        await hub.offload(revoke)
        return admission

    monkeypatch.setattr(hub.runtime.hub, "weigh", weighs)
    answer = batching.send([asks(1), asks(2)])
    assert told(answer) == {1: -32603, 2: -32603}
    assert TAKEN_BACK in answer.message["error"]["message"]


def test_call_that_an_administrator_stops_says_why_and_the_others_go_on(hub, batching):
    exchange = walking(batching, calls(2, "question"))
    entry = Server.objects.get(slug="private").entries.get(exposed_name="walk").entry
    servers.stop(actor=None, target=entry, reason="It loops.")
    hub.refresh()
    exchange.wait_for(lambda answer: b"It loops" in answer.body)
    assert not exchange.answer.ended
    open_door(hub, "question")
    assert told(exchange.finish())["walk"].startswith("Stopped by an administrator: It loops.")


def test_orderly_stop_ends_each_with_a_final_message(hub, batching, monkeypatch):
    monkeypatch.setattr(runtime, "DRAIN_SECONDS", 0.0)
    exchange = walking(batching, calls(2, "question"))
    hub.run(hub.runtime.drain())
    found = told(exchange.finish())
    assert len(found) == 2 and all("restarting" in text for text in found.values())
    assert not hub.runtime.hub.running.all


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_calls_that_run_as_jobs_are_answered_with_the_others(heard_here, hub, works, accept):
    batching = Batching.of(hub, "works")
    exchange = batching.begin(
        [calls(1, "waits"), calls(2, "much_text", characters=5), asks(3)], accept
    )
    hub.run(_until(lambda: works.ringer.rung))
    open_door(hub, "waits")
    found = told(exchange.finish())
    assert (found[1], found[2], found[3]) == ("waited", "Line ", {})


def test_job_of_a_call_that_is_cancelled_in_its_batch_is_cancelled(heard_here, hub, works):
    batching = Batching.of(hub, "works")
    exchange = batching.begin([calls(1, "waits", token=1), asks(2)])
    exchange.wait_for(lambda answer: b'"progress"' in answer.body)
    assert batching.send([cancels(1)]).status == 202
    assert told(exchange.finish()) == {2: {}}
    assert Job.objects.get().state == Job.State.CANCELLED


async def _until(met):
    while not met():
        await asyncio.sleep(0)


def test_database_that_is_away_takes_no_answer_from_the_others(hub, batching, monkeypatch):
    async def away(_track):
        raise OperationalError("away")

    monkeypatch.setattr(hub.runtime.hub, "cancel", away)
    assert told(batching.send([asks(1), cancels(7)])) == {1: {}}
    answer = batching.send([cancels(7), says("notifications/initialized")])
    assert (answer.status, answer.code, answer.header("retry-after")) == (503, -32603, "2")


def test_session_is_the_batch_s_for_all_that_its_requests_ask(hub, batching):
    level = asks(1, "logging/setLevel", {"level": "error"})
    assert told(batching.send([level])) == {1: {}}
    said = batching.send([calls(2, "mixed", token=2), calls(3, "mixed")]).messages
    logged = [each["params"]["data"] for each in said if each.get("method", "").endswith("message")]
    assert logged == ["c", "c"]


def test_each_request_that_a_process_left_unanswered_has_an_error(hub):
    key, seconds = ("session", "stream"), 60.0
    answer = json.dumps({"jsonrpc": "2.0", "id": 2, "result": {}})
    events.keep(*key, [Kept(0, '[1,2,"3"]', False), Kept(1, answer, False)], seconds, -1.0)
    found = events.kept_after(*key, 1)
    assert found is not None and found.is_lost
    buried = hub.runtime.hub.streams._bury(key, found)
    told = [json.loads(event.body) for event in buried.events]
    assert [(each["id"], each["error"]["code"]) for each in told] == [(1, -32603), ("3", -32603)]
    assert [event.last for event in buried.events] == [False, True]
    after = events.kept_after(*key, 1)
    assert after is not None and after.is_over and after.events == buried.events
