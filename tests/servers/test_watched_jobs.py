"""Jobs that are watched on the stream of their call, by clients of every revision that hold no tasks."""

import pytest

from monitoring import audit
from monitoring.models import AuditEvent
from servers.jobs.ending import cancel as end
from servers.jobs.states import Reason
from servers.models import Job
from tests import gates, oracle
from tests.holding import ASKED, HOLDS, Holder, code, holding, named, rows
from tests.hub import HANDSHAKE, STATELESS
from tests.stdio import tool

CANNOT = {"sampling": {}}
LEVEL = "io.modelcontextprotocol/logLevel"
every_revision = pytest.mark.parametrize("revision", oracle.REVISIONS)
handshake = pytest.mark.parametrize("revision", HANDSHAKE)
asking = pytest.mark.parametrize("revision", HANDSHAKE[1:])


@pytest.fixture
def client(jobs, revision, transport):
    """A client of a revision that holds no tasks."""
    if (revision, transport) == ("2024-11-05", "http"):
        transport = "sse"
    yield from holding(jobs, transport, revision, can=dict(ASKED))


def open_gate(hub):
    hub.loop.call_soon_threadsafe(gates.opened.set)


def until(client, met):
    """Let the hub go on until something is so."""
    for _ in range(2_000):
        if met():
            return
        client.ask("tools/list")
    raise AssertionError("it does not come")


def state():
    return Job.objects.get().state


def said(client, name, arguments=None, **more):
    """Call a tool; return its result and the notifications before it."""
    if client.lines is None:
        answer = client.begins(name, arguments, **more).finish()
        return answer.result, [m for m in answer.messages if "method" in m]
    more.setdefault("can", client.can)
    result = client.lines.result("tools/call", tool(name, **(arguments or {})), **more)
    return result, [m for m in client.lines.heard if "method" in m]


# --- what it says ---------------------------------------------------------------------------------


@pytest.mark.behaviour("L1", "L2")
@every_revision
@pytest.mark.parametrize("falls", [False, True])
def test_progress_rises_under_the_token_of_the_call(client, revision, falls):
    meta = {"progressToken": "p"}
    result, told = said(client, "steps", {"number": 40, "falls": falls}, meta=meta)
    progress = [m["params"] for m in told if m["method"] == "notifications/progress"]
    values = [one["progress"] for one in progress]
    assert values == sorted(set(values)) and values[-1] == 40  # newer ones may stand for older
    assert {one["progressToken"] for one in progress} == {"p"}
    assert ("message" in progress[-1]) == (revision != "2024-11-05")
    assert not result["isError"] and not rows()[0].is_task


@every_revision
def test_nothing_is_told_without_a_token(client, revision):
    _result, told = said(client, "steps")
    assert [m for m in told if m["method"] == "notifications/progress"] == []


@pytest.mark.behaviour("L5", "L6")
@every_revision
@pytest.mark.parametrize(("level", "heard"), [("debug", ["little", "much"]), ("error", [])])
def test_log_is_told_from_the_level_on_that_is_wanted(client, revision, level, heard):
    meta = {LEVEL: level} if revision == STATELESS else {}
    if revision != STATELESS:
        client.ask("logging/setLevel", {"level": level})
    _result, told = said(client, "steps", meta=meta)
    logs = [m["params"]["data"] for m in told if m["method"] == "notifications/message"]
    assert logs == heard


@every_revision
def test_job_that_failed_is_told_as_a_call_is(client, revision):
    assert said(client, "fails")[0]["isError"] is True
    assert client.call("refuses")["error"]["message"] == "no such thing"


@every_revision
@pytest.mark.parametrize("wait", [False, True])
def test_auto_keeps_the_stream_of_who_holds_no_task(client, revision, wait, monkeypatch):
    monkeypatch.setattr("servers.jobs.handing.SOON_SECONDS", 0.01)
    if wait:
        open_gate(client.hub)
    assert said(client, "maybe", {"wait": wait})[0]["content"][0]["text"] == "done"


# --- what it asks ---------------------------------------------------------------------------------


@asking
def test_job_asks_on_the_stream_of_its_call(jobs, revision):
    client = Holder(jobs, revision, can=dict(ASKED))
    exchange = client.begins("asks")
    asked = exchange.asked()
    assert state() == "waiting" and asked["method"] == "elicitation/create"
    jobs.reply(client.session, asked["id"], result=named("Anna"))
    assert exchange.finish().text == "Hello Anna" and gates.done == ["asked Anna"]


@asking
@pytest.mark.parametrize("wrong", [{"action": "accept", "content": {}}, {"action": "x"}, {}])
def test_answer_that_does_not_fit_ends_job_and_call(jobs, revision, wrong):
    client = Holder(jobs, revision, can=dict(ASKED))
    exchange = client.begins("asks")
    jobs.reply(client.session, exchange.asked()["id"], result=wrong)
    assert exchange.finish().result["isError"] is True
    assert state() == "cancelled" and gates.done == []


@asking
def test_question_is_taken_back_when_the_job_is_cancelled_elsewhere(jobs, revision):
    client = Holder(jobs, revision, can=dict(ASKED))
    exchange = client.begins("asks")
    asked = exchange.asked()
    end(rows()[0].public_id, Reason.ADMIN)
    answer = exchange.finish()
    assert "Cancelled by an administrator." in answer.error["message"]
    back = [m["params"] for m in answer.messages if m.get("method") == "notifications/cancelled"]
    assert [one["requestId"] for one in back] == [asked["id"]]


@every_revision
def test_client_that_cannot_be_asked_is_told_so(client, revision):
    answer = client.call("asks", can=CANNOT) if revision == STATELESS else None
    if answer is not None:
        assert answer["result"]["isError"] is True and gates.done == []
        assert state() == "completed"


def test_rounds_go_on_with_the_same_job(jobs, transport):
    for client in holding(jobs, transport, STATELESS, can=dict(ASKED)):
        call = {"name": "asks", "arguments": {}}
        first = client.ask("tools/call", call)["result"]
        assert first["inputRequests"].keys() == {"name"} and state() == "waiting"
        again = {**call, "requestState": first["requestState"]}
        more = client.ask("tools/call", again)["result"]
        assert more["inputRequests"].keys() == {"name"} and len(rows()) == 1
        last = {**again, "inputResponses": {"name": named("Anna")}}
        assert client.ask("tools/call", last)["result"]["content"][0]["text"] == "Hello Anna"
        assert code(client.ask("tools/call", last)) == -32602
        assert len(rows()) == 1 and gates.done == ["asked Anna"]


def test_answer_of_a_round_that_does_not_fit_may_be_mended(jobs):
    client = Holder(jobs, can=dict(ASKED))
    call = {"name": "asks", "arguments": {}}
    again = {**call, "requestState": client.post("tools/call", call).result["requestState"]}
    wrong = client.post("tools/call", {**again, "inputResponses": {"name": {"action": "x"}}})
    assert wrong.code == -32602 and state() == "waiting"
    right = client.post("tools/call", {**again, "inputResponses": {"name": named("Anna")}})
    assert right.text == "Hello Anna" and len(rows()) == 1


# --- calls that become jobs on their way ----------------------------------------------------------


@asking
def test_call_asks_acts_and_goes_on_as_a_job(jobs, revision):
    client = Holder(jobs, revision, can=dict(ASKED))
    exchange = client.begins("books", meta={"progressToken": "p"})
    first = exchange.asked()
    assert rows() == []
    jobs.reply(client.session, first["id"], result=named("Anna"))
    second = exchange.asked(2)
    assert second["params"]["message"] == "Anna, which colour?" and state() == "waiting"
    jobs.reply(client.session, second["id"], result=named("red"))
    answer = exchange.finish()
    assert answer.text == "Anna 7 red" and gates.done == ["ticket for Anna", "booked red"]
    progress = [m for m in answer.messages if m.get("method") == "notifications/progress"]
    assert [one["params"]["progress"] for one in progress] == [1]


def test_rounds_go_on_where_a_call_became_a_job(jobs):
    client = Holder(jobs, can=dict(ASKED))
    call = {"name": "books", "arguments": {}}
    first = client.post("tools/call", call).result
    second = client.post(
        "tools/call",
        {**call, "requestState": first["requestState"], "inputResponses": {"name": named("Anna")}},
    ).result
    assert second["inputRequests"].keys() == {"colour"} and len(rows()) == 1
    last = client.post(
        "tools/call",
        {
            **call,
            "requestState": second["requestState"],
            "inputResponses": {"colour": named("red")},
        },
    )
    assert last.text == "Anna 7 red" and gates.done == ["ticket for Anna", "booked red"]
    assert len(rows()) == 1


@every_revision
def test_call_may_go_on_as_a_job_without_a_word(client, revision):
    assert said(client, "leaves")[0]["content"][0]["text"] == "left"
    assert gates.done == ["begins", "begins", "goes on"] and len(rows()) == 1


# --- how it is stopped ----------------------------------------------------------------------------


@pytest.mark.behaviour("L9")
@every_revision
def test_cancelled_call_is_a_cancelled_job(client, revision):
    if client.lines is not None:
        id_ = client.lines.begin("tools/call", tool("hold"), can=client.can)
        until(client, lambda: "holds" in gates.done)
        client.lines.cancel(id_)
    elif revision == STATELESS:
        exchange = client.begins("hold")
        until(client, lambda: "holds" in gates.done)
        exchange.disconnect()
    else:
        exchange = client.begins("hold", id=77)
        until(client, lambda: "holds" in gates.done)
        client.begin("notifications/cancelled", {"requestId": 77}, id=None).finish()
    until(client, lambda: state() == "cancelled" and "stopped" in gates.done)
    assert Job.objects.get().reason == "client"


@handshake
def test_stream_that_closes_cancels_nothing_before_2026(jobs, revision):
    client = Holder(jobs, revision, can=dict(ASKED))
    exchange = client.begins("hold", meta={"progressToken": "p"})
    exchange.wait_for(lambda answer: b"notifications/progress" in answer.body)
    exchange.disconnect()
    open_gate(jobs)
    until(client, lambda: state() == "completed")


def test_call_that_is_closed_while_it_is_accepted_leaves_no_job(jobs, monkeypatch):
    client = Holder(jobs, can=dict(ASKED))
    jobs.runtime.hub.jobs.ringer.answered = False
    exchange = client.begins("act")
    exchange.disconnect()
    until(client, lambda: exchange.task.done())
    until(client, lambda: all(row.state == "cancelled" for row in rows()))
    assert gates.done == []


@every_revision
def test_hub_that_stops_leaves_the_job_to_its_worker(jobs, client, revision):
    """Its client is told that it goes on: who calls again may have it done twice."""
    if client.lines is not None:
        pytest.skip("a process for one client ends with it")
    exchange = client.begins("hold")
    until(client, lambda: "holds" in gates.done)
    job = Job.objects.get()

    def stop():
        for each in tuple(jobs.runtime.hub.running.all):
            if getattr(each, "job", None) is None:
                each.stop("shutdown")

    jobs.loop.call_soon_threadsafe(stop)
    told = exchange.finish().result
    assert told["isError"] and job.public_id[:8] in told["content"][0]["text"]
    assert state() == "working"
    open_gate(jobs)
    until(client, lambda: state() == "completed")


@pytest.mark.parametrize("can", [ASKED, HOLDS], ids=["watched", "held"])
def test_call_that_becomes_a_job_counts_once(jobs, can):
    """As what its worker made of it; that it became one is told in the trail, and counted nowhere."""
    client = Holder(jobs, can=dict(can))
    client.begins("steps", {"number": 2}).finish()
    until(client, lambda: state() == "completed")
    audit.flush()
    told = AuditEvent.objects.filter(action="tools/call").values_list("kind", "outcome")
    assert sorted(told) == [("call", "ok"), ("job", "handed")]
    counted = jobs.runtime.hub.corridor._recorder._cells
    assert [outcome for _kind, _server, name, outcome in counted if name == "steps"] == ["ok"]
