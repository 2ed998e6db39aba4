"""Calls that a job does and whose web process is gone: answered where their client comes back."""

import json

import pytest

from servers import replaying
from servers.jobs import reading
from servers.jobs.ending import cancel
from servers.jobs.states import Reason
from servers.kept.expiry import after
from servers.models import AccessRule, Job, StreamEvent
from tests import gates, make
from tests.holding import ASKED, FILE, named
from tests.hub import HANDSHAKE, authored_source, published
from tests.streams import datas, ids, listen_in

REVISION = "2025-11-25"
PROGRESS = "notifications/progress"
every_revision = pytest.mark.parametrize("revision", HANDSHAKE)


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch):
    """Let nobody wait long for a stream that is not there."""
    monkeypatch.setattr(replaying, "LOOK_SECONDS", 0.01)


@pytest.fixture
def revision():
    """What the session speaks, if a test does not go through them."""
    return REVISION


@pytest.fixture
def session(jobs, revision):
    """A session whose client can be asked."""
    return jobs.session("jobs", revision, can=ASKED)


def call(hub, session, name, *, until=1):
    """Begin a call under the id "a/1", and wait for some messages of its stream."""
    params = {"name": name, "arguments": {}}
    options = {"revision": session.revision, "session": session, "token": session.token}
    exchange = hub.begin(
        session.slug, "tools/call", params, id="a/1", meta={"progressToken": "p"}, **options
    )
    exchange.wait_for(lambda answer: len(datas(answer.body)) >= until)
    return exchange


def kill(hub, exchange):
    """Let the process of a hub know its streams no more, as if it were gone; return what was heard last."""
    hub.run(_forget(hub.runtime.hub.streams))
    return ids(exchange.answer.body)[-1]


async def _forget(streams):
    streams._open.clear()
    streams._away.clear()


def back(hub, session, last):
    """Come back for what follows an event."""
    return listen_in(hub, session, **{"last-event-id": last})


def let_go(hub, exchange):
    """Let the job go on to its end; nobody hears what the process that is gone says of it."""
    hub.loop.call_soon_threadsafe(gates.opened.set)
    exchange.finish()


def progress(body):
    return [m["params"] for m in datas(body) if m.get("method") == PROGRESS]


@pytest.mark.behaviour("D9", "L13")
@every_revision
def test_job_answers_the_client_of_a_process_that_is_gone(jobs, second, session):
    exchange = call(jobs, session, "hold")
    last = kill(jobs, exchange)
    resumed = back(second, session, last)
    assert resumed.answer.status == 200 and not resumed.answer.ended
    let_go(jobs, exchange)
    answer = resumed.finish()
    assert answer.message["id"] == "a/1" and answer.text == "let go"
    assert [one["progressToken"] for one in progress(answer.body)] in ([], ["p"])
    assert all(one["progress"] == 2 for one in progress(answer.body))
    again = back(second, session, last).finish()  # as often as it is asked for
    assert again.message == answer.message
    assert back(second, session, ids(answer.body)[-1]).finish().status == 405


@pytest.mark.behaviour("D9")
def test_job_that_ended_meanwhile_answers_at_once(jobs, second, session):
    exchange = call(jobs, session, "hold")
    last = kill(jobs, exchange)
    cancel(Job.objects.get().public_id, Reason.ADMIN)
    answer = back(second, session, last).finish()
    assert answer.message["id"] == "a/1"
    assert "Cancelled by an administrator." in answer.error["message"]


def test_events_that_were_kept_come_before(jobs, second, session, monkeypatch):
    exchange = call(jobs, session, "hold")
    last = kill(jobs, exchange)
    stream = last.partition("-")[0]
    told = json.dumps({"jsonrpc": "2.0", "method": PROGRESS, "params": {"progressToken": "p"}})
    row = {"session": Job.objects.get().session, "stream": stream, "last": False}
    StreamEvent.objects.create(**row, position=0, body='"a/1"', expires_at=after(-1.0))
    told = told.replace("}}", ', "progress": 1.5}}')
    StreamEvent.objects.create(**row, position=9, body=told, expires_at=after(600.0))
    for name in ("SELDOM_SECONDS", "RARELY_SECONDS", "RENEW_SECONDS"):
        monkeypatch.setattr(replaying, name, 0.0)
    resumed = back(second, session, last)
    resumed.wait_for(lambda answer: bool(progress(answer.body)))
    let_go(jobs, exchange)
    answer = resumed.finish()
    assert progress(answer.body)[0]["progress"] == 1.5 and answer.text == "let go"
    assert ids(answer.body)[-1] == f"{stream}-10"


def test_job_asks_the_client_that_is_back(jobs, second, session):
    exchange = call(jobs, session, "asks")
    last = kill(jobs, exchange)
    resumed = back(second, session, last)
    resumed.wait_for(lambda answer: bool(datas(answer.body)))
    question = datas(resumed.answer.body)[0]
    assert question["method"] == "elicitation/create"
    assert second.reply(session, question["id"], result=named("Ada")).status == 202
    answer = resumed.finish()
    assert answer.message["id"] == "a/1" and answer.text == "Hello Ada"
    assert gates.done == ["asked Ada"]


def test_client_that_leaves_again_cancels_nothing_and_comes_back_to_the_same_place(
    jobs, second, session
):
    exchange = call(jobs, session, "hold")
    last = kill(jobs, exchange)
    once = back(second, session, last)
    once.disconnect()
    twice = back(second, session, last)
    assert Job.objects.get().state == "working"
    let_go(jobs, exchange)
    assert twice.finish().text == "let go"


# --- where there is nothing to go on with ---------------------------------------------------------


def test_answer_waits_so_long_and_no_longer(jobs, second, session, monkeypatch):
    exchange = call(jobs, session, "hold")
    last = kill(jobs, exchange)
    cancel(Job.objects.get().public_id, Reason.ADMIN)
    monkeypatch.setattr(reading, "LEFT_SECONDS", 0.0)
    assert back(second, session, last).finish().status == 400


def test_stream_of_another_call_of_the_session_is_not_there(jobs, second, session):
    exchange = call(jobs, session, "hold")
    last = kill(jobs, exchange)
    Job.objects.update(stream="0" * 32)
    assert back(second, session, last).finish().status == 400


def test_what_a_caller_may_not_use_any_more_is_not_there(jobs, second, bob):
    server = published("closed", authored_source(file=FILE), team=bob.teams.get())
    jobs.refresh()
    session = jobs.session("closed", REVISION, make.token(bob, server), can=ASKED)
    exchange = call(jobs, session, "hold")
    last = kill(jobs, exchange)
    make.rule(server, user=bob, effect=AccessRule.Effect.DENY, pattern="hold")
    second.refresh()
    assert back(second, session, last).finish().status == 400


def test_job_that_a_client_holds_as_a_task_is_of_no_stream(jobs, session):
    params = {"name": "act", "arguments": {}, "task": {}}
    jobs.post("jobs", "tools/call", params, revision=REVISION, session=session)
    job = Job.objects.get()
    assert job.is_task and (job.stream, job.request_id) == ("", "")
