"""Streams that clients come back for (2025-11-25 basic/transports, Resumability and Redelivery)."""

import asyncio
import json
from dataclasses import replace

import pytest

from accounts import services as accounts
from accounts.models import IssuedToken
from servers import replaying
from servers.kept import events as kept
from servers.kept.expiry import after, sweep
from servers.models import StreamEvent
from servers.shares import Shares
from servers.transports import http_exchange, pending, remembering
from servers.transports.remembering import Bound, Kind
from tests import gates, make
from tests.hub import HANDSHAKE, Hub, opening
from tests.streams import (
    TOOLS,
    datas,
    frames,
    hears,
    ids,
    listen_in,
    open_door,
    said,
    serve,
    streams_open,
    tell,
)

REVISION = "2025-11-25"
OLDER = HANDSHAKE[:2]
every_revision = pytest.mark.parametrize("revision", HANDSHAKE)
PROGRESS = "notifications/progress"


@pytest.fixture
def hub(hub: Hub) -> Hub:
    """A hub that serves the tools that talk, as `streams` to all."""
    serve(hub)
    return hub


@pytest.fixture
def revision():
    """What the session speaks, if a test does not go through them."""
    return REVISION


@pytest.fixture
def session(hub: Hub, revision):
    """A session whose client can be asked."""
    return session_of(hub, revision)


def session_of(hub, revision=REVISION, slug="streams", token=None):
    params = {**opening(revision), "capabilities": {"elicitation": {}}}
    answer = hub.post(slug, "initialize", params, revision=revision, token=token, session=False)
    opened = hub.session(slug, revision, token)
    return type(opened)(slug, revision, answer.header("mcp-session-id"), token)


def call(hub, session, name, *, until=1, token=1, **arguments):
    """Begin a call and wait for some messages of its stream."""
    exchange = hub.begin(
        session.slug,
        "tools/call",
        {"name": name, "arguments": arguments},
        revision=session.revision,
        session=session,
        token=session.token,
        id=7,
        meta={"progressToken": token},
    )
    closes = arguments.get("close_after") and session.revision == REVISION
    exchange.wait_for(
        lambda answer: answer.ended or (len(datas(answer.body)) >= until and not closes)
    )
    return exchange


def walked(hub, session):
    """Begin a call whose client is away after two steps, in a way its revision knows."""
    if session.revision == REVISION:
        return call(hub, session, "walk", until=2, close_after=2)
    exchange = call(hub, session, "walk", until=2)
    leave(hub, exchange)
    return exchange


def resume(hub, session, last):
    """Come back for what follows an event, and wait for the answer's beginning."""
    return listen_in(hub, session, **{"last-event-id": last})


def steps(body):
    """Return what the events carry, in short, in order."""
    return [
        message["params"]["progress"] if message.get("method") == PROGRESS else said(message)
        for message in datas(body)
    ]


def leave(hub, exchange):
    """Have the client leave, and the hub see it."""
    exchange.disconnect()
    hub.run(_until(exchange.received.empty))


def known(hub):
    """Return how many streams the process remembers."""
    return len(hub.runtime.hub.streams)


# --- ids ------------------------------------------------------------------------------------------


@pytest.mark.behaviour("D9", "D10")
def test_stream_begins_with_an_event_without_a_message_and_each_event_has_an_id(hub, session):
    first, second = call(hub, session, "walk", until=2), call(hub, session, "walk", until=2)
    open_door(hub, "walk")
    bodies = [each.finish().body for each in (first, second)]
    for body in bodies:
        begin = frames(body)[0]
        assert begin == {"id": ids(body)[0], "retry": "1000", "data": ""}
        assert steps(body) == [1, 2, 3, 4, "result"]
        name = begin["id"].partition("-")[0]
        assert ids(body) == [f"{name}-{place}" for place in range(6)]
    assert not set(ids(bodies[0])) & set(ids(bodies[1]))
    assert StreamEvent.objects.count() == 0 and known(hub) == 0


@pytest.mark.behaviour("D9", "D12")
@pytest.mark.parametrize("revision", OLDER)
def test_older_revisions_have_ids_but_no_event_without_a_message(hub, session):
    bodies = []
    for _ in range(2):
        exchange = call(hub, session, "walk", until=2)
        open_door(hub, "walk")
        bodies.append(exchange.finish().body)
    for body in bodies:
        first, *rest = frames(body)
        assert set(first) == {"id", "retry", "event", "data"} and first["retry"] == "1000"
        assert all(set(frame) == {"id", "event", "data"} for frame in rest)
        assert steps(body) == [1, 2, 3, 4, "result"]
        name = first["id"].partition("-")[0]
        assert ids(body) == [f"{name}-{place}" for place in range(1, 6)]
    assert not set(ids(bodies[0])) & set(ids(bodies[1]))
    assert StreamEvent.objects.count() == 0 and known(hub) == 0


@pytest.mark.behaviour("D12", "D13")
@pytest.mark.parametrize("revision", OLDER)
def test_older_revisions_are_never_closed_early(hub, session):
    exchange = call(hub, session, "walk", until=2, close_after=1)
    assert not exchange.answer.ended
    open_door(hub, "walk")
    assert steps(exchange.finish().body) == [1, 2, 3, 4, "result"]


@every_revision
def test_comment_between_events_does_not_end_one(hub, session, monkeypatch):
    monkeypatch.setattr(http_exchange, "KEEP_ALIVE_SECONDS", 0.01)
    monkeypatch.setattr(http_exchange, "SILENT_SECONDS", 0.0)
    exchange = call(hub, session, "walk", until=2)
    exchange.wait_for(lambda answer: b"\n\n: keep-alive\n: keep-alive\n" in answer.body)
    open_door(hub, "walk")
    answer = exchange.finish()
    assert steps(answer.body) == [1, 2, 3, 4, "result"]
    assert [m.get("method") for m in answer.messages] == [PROGRESS] * 4 + [None]


# --- coming back ----------------------------------------------------------------------------------


def later(body):
    """Return the ids of the events that follow the one that names the place gone on from."""
    return [frame["id"] for frame in frames(body) if frame.get("data")]


@pytest.mark.behaviour("D10", "D11", "D6", "D7")
@every_revision
@pytest.mark.parametrize("elsewhere", [False, True])
def test_stream_that_was_left_or_closed_early_is_gone_on_with(hub, second, session, elsewhere):
    exchange = walked(hub, session)
    body, polls = exchange.answer.body, session.revision == REVISION
    assert steps(body) == [1, 2] and (frames(body)[-1] == {"retry": "1000"}) == polls
    there = second if elsewhere else hub
    back = resume(there, session, ids(body)[-1])
    assert back.answer.status == 200 and steps(back.answer.body) == []
    open_door(hub, "walk")
    exchange.finish()
    answer = back.finish()
    assert steps(answer.body) == [3, 4, "result"]
    assert ids(body)[0].partition("-")[0] == ids(answer.body)[0].partition("-")[0]
    assert answer.message["id"] == 7 and not set(ids(body)) & set(later(answer.body))
    # Cut now, before anything came, the client would still know where it was.
    named = {"id": ids(body)[-1], "retry": "1000", "data": ""}
    assert (frames(answer.body)[0] == named) == polls
    assert (known(hub), known(second)) == (0, 0)


@pytest.mark.behaviour("D9", "D11")
@every_revision
@pytest.mark.parametrize("place", [0, 1, 2, 3, 4])
def test_answer_that_was_finished_meanwhile_is_sent_from_the_very_place(hub, session, place):
    exchange = call(hub, session, "walk", until=2)
    exchange.disconnect()
    open_door(hub, "walk")
    exchange.finish()
    name = ids(exchange.answer.body)[0].partition("-")[0]
    answer = resume(hub, session, f"{name}-{place}").finish()
    assert answer.status == 200
    assert steps(answer.body) == [1, 2, 3, 4, "result"][place:]
    assert later(answer.body) == [f"{name}-{at}" for at in range(place + 1, 6)]


@pytest.mark.behaviour("D9", "D5")
@every_revision
@pytest.mark.parametrize("place", [5, 6, 999_999_999])
def test_after_the_answer_there_is_no_stream_any_more(hub, second, session, place):
    exchange = walked(hub, session)
    name = ids(exchange.answer.body)[0].partition("-")[0]
    open_door(hub, "walk")
    exchange.finish()
    for there in (hub, second):
        answer = resume(there, session, f"{name}-{place}").finish()
        assert (answer.status, answer.code) == (405, -32600)
        assert answer.header("allow") == "POST, DELETE"
        assert answer.error["message"] == "All of this stream was sent; nothing follows."


@pytest.mark.behaviour("D9")
@every_revision
def test_place_that_was_never_reached_brings_what_follows_it(hub, session):
    exchange = walked(hub, session)
    name = ids(exchange.answer.body)[0].partition("-")[0]
    ahead, beyond = (resume(hub, session, f"{name}-{place}") for place in (4, 4))
    assert ahead.finish().ended and steps(ahead.answer.body) == []
    open_door(hub, "walk")
    exchange.finish()
    assert steps(beyond.finish().body) == ["result"]


@pytest.mark.behaviour("D9")
@every_revision
def test_older_place_brings_events_again_that_a_newer_one_had_brought(hub, session):
    exchange = walked(hub, session)
    first = ids(exchange.answer.body)
    open_door(hub, "walk")
    exchange.finish()
    newer = resume(hub, session, first[-1]).finish()
    older = resume(hub, session, first[-2]).finish()
    assert steps(newer.body) == [3, 4, "result"] and steps(older.body) == [2, 3, 4, "result"]
    assert later(older.body) == [first[-1], *later(newer.body)]


@pytest.mark.behaviour("D9")
@every_revision
def test_same_events_are_sent_again_as_often_as_asked_for(hub, second, session):
    exchange = call(hub, session, "walk", until=2)
    exchange.disconnect()
    open_door(hub, "walk")
    exchange.finish()
    last = ids(exchange.answer.body)[1]
    bodies = [resume(each, session, last).finish().body for each in (hub, second, hub)]
    assert len(set(bodies)) == 1 and steps(bodies[0])[-1] == "result"


@pytest.mark.behaviour("D7", "D9")
@every_revision
def test_client_that_comes_back_while_its_connection_seems_open_is_served_where_it_is(
    hub, second, session
):
    exchange = call(hub, session, "walk", until=2)
    name = ids(exchange.answer.body)[0].partition("-")[0]
    back = resume_there(hub, second, session, f"{name}-1")
    assert exchange.answer.ended
    open_door(hub, "walk")
    exchange.finish()
    back.wait_for(lambda answer: answer.ended)
    assert steps(back.answer.body) == [2, 3, 4, "result"]
    assert steps(exchange.answer.body) == [1, 2]
    back.finish()


def resume_there(hub, second, session, last):
    """Come back on another process for a stream that must be let go of by the first one."""
    headers = {"accept": "text/event-stream", **session.headers, "last-event-id": last}
    back = second.open("GET", f"/mcp/{session.slug}", list(headers.items()))
    for _ in range(50):
        second.run(_a_turn())
        hub.run(_a_turn())
        if back.answer.status:
            return back
    raise AssertionError("the stream was never found")


async def _a_turn():
    """Let what waits on a loop go on, and here what it offloads."""
    for _ in range(20):
        await asyncio.sleep(0.001)


@pytest.mark.behaviour("D9")
@every_revision
def test_end_that_was_written_to_a_dead_connection_is_sent_again(hub, session):
    exchange = call(hub, session, "walk", until=2)
    open_door(hub, "walk")
    body = exchange.finish().body
    assert steps(body)[-1] == "result" and StreamEvent.objects.count() == 0
    answer = resume(hub, session, ids(body)[-3]).finish()
    assert steps(answer.body) == [4, "result"]


def test_ended_streams_are_not_remembered_for_ever(hub, session, monkeypatch):
    bounds = hub.runtime.hub.streams._ended_shares._bounds
    shares = hub.runtime.hub.streams._ended_shares = Shares(replace(bounds, streams=2))
    bodies = []
    for _ in range(3):
        exchange = call(hub, session, "mixed")
        bodies.append(exchange.finish().body)
    monkeypatch.setattr(replaying, "LOOK_SECONDS", 0.0)
    found = [resume(hub, session, ids(body)[0]).finish().status for body in bodies]
    assert found == [400, 200, 200]
    shares._bounds = replace(bounds, seconds=-1.0)
    for _ in range(2):
        call(hub, session, "mixed").finish()
    assert len(shares) == len(hub.runtime.hub.streams._ended) == 1


@pytest.mark.behaviour("D7")
@every_revision
def test_newest_connection_gets_the_rest(hub, second, session):
    exchange = walked(hub, session)
    last = ids(exchange.answer.body)[-1]
    older = resume(hub, session, last)
    newer = resume(hub, session, last)
    assert older.finish().ended and steps(older.answer.body) == []
    newest = resume(second, session, last)
    second.run(_a_turn())
    assert newer.finish().ended
    open_door(hub, "walk")
    exchange.finish()
    newest.finish()
    assert steps(newer.answer.body) == [] and steps(newest.answer.body) == [3, 4, "result"]


@pytest.mark.behaviour("D9")
@pytest.mark.parametrize("revision", HANDSHAKE[1:])
def test_question_waits_for_its_client_and_is_answered_on_the_resumed_stream(hub, session):
    exchange = call(hub, session, "question")
    exchange.disconnect()
    open_door(hub, "question")
    back = resume(hub, session, ids(exchange.answer.body)[-1])
    back.wait_for(lambda answer: len(datas(answer.body)) >= 1)
    (asked,) = datas(back.answer.body)
    assert asked["method"] == "elicitation/create"
    reply = {"jsonrpc": "2.0", "id": asked["id"], "result": {"action": "decline"}}
    headers = {"content-type": "application/json", **session.headers}
    assert hub.raw("POST", "streams", headers, json.dumps(reply).encode()).status == 202
    exchange.finish()
    assert back.finish().text == "decline"


@every_revision
def test_call_that_was_cancelled_meanwhile_ends_without_an_answer(hub, second, session):
    exchange = walked(hub, session)
    back = resume(second, session, ids(exchange.answer.body)[-1])
    options = {"revision": session.revision, "session": session, "id": None}
    hub.post("streams", "notifications/cancelled", {"requestId": 7}, **options)
    exchange.finish()
    answer = back.finish()
    assert answer.ended and steps(answer.body) == [] and known(second) == 0


@every_revision
def test_client_that_leaves_a_resumed_stream_is_forgotten_and_comes_back_again(hub, session):
    before = streams_open()
    exchange = walked(hub, session)
    last = ids(exchange.answer.body)[-1]
    back = resume(hub, session, last)
    assert streams_open() == before + 1
    back.disconnect()
    back.finish()
    assert streams_open() == before and known(hub) == 1
    open_door(hub, "walk")
    exchange.finish()
    assert steps(resume(hub, session, last).finish().body) == [3, 4, "result"]


@every_revision
def test_stopping_hub_lets_those_who_wait_go(hub, second, session):
    exchange = walked(hub, session)
    back = resume(second, session, ids(exchange.answer.body)[-1])
    second.run(second.runtime.drain())
    assert back.finish().ended
    open_door(hub, "walk")
    answer = resume(second, session, ids(exchange.answer.body)[-1]).finish()
    assert (answer.status, answer.code) == (503, -32603)
    exchange.finish()


# --- what there is not ----------------------------------------------------------------------------


FORGED = "0123456789abcdef" * 2


@pytest.mark.behaviour("D9")
@every_revision
@pytest.mark.parametrize(
    "last",
    [
        *("", "x", "7", "abc-", "-1", "abc-x", "abc--1", "a" * 61 + "-1", "é-1", "a/b-1", "a-1²"),
        *(f"{FORGED}-1", f"{FORGED}-1-{FORGED}", f"{FORGED}-1-", f"{FORGED}-1-x", f"{FORGED}--1"),
        *(f"{FORGED}-1000000000", f"{FORGED}", f" {FORGED}-1 2", f"{FORGED}-1-{FORGED}-1"),
    ],
)
def test_rubbish_resumes_nothing_and_is_looked_for_nowhere(hub, session, unlooked, last):
    refused(resume(hub, session, last))


@pytest.fixture
def unlooked(monkeypatch):
    """Fail if a stream is looked for."""

    def look(*wanted):
        raise AssertionError(f"{wanted} is looked for")

    monkeypatch.setattr(kept, "kept_after", look)


def refused(exchange):
    """Check that there was nothing to be resumed."""
    answer = exchange.finish()
    assert (answer.status, answer.code) == (400, -32600)
    assert answer.error["message"] == (
        "Last-Event-ID names no stream of this session that can be resumed."
    )


@pytest.mark.behaviour("D9")
@every_revision
def test_stream_of_one_kind_is_none_of_the_other(hub, session, unlooked):
    exchange = call(hub, session, "walk", until=2)
    own = listen_in(hub, session)
    tell(hub, "change", what="tools")
    hears(own, TOOLS)
    answers, tells = ids(exchange.answer.body)[-1], ids(own.answer.body)[-1]
    name, _, heard = tells.split("-")
    for last in (f"{answers}-{heard}", f"{name}-0"):
        refused(resume(hub, session, last))
    assert not own.answer.ended
    open_door(hub, "walk")
    exchange.finish()


@pytest.mark.behaviour("D9")
@every_revision
def test_stream_of_another_session_is_none(hub, session, bob, monkeypatch):
    server = serve(hub, "private", team=bob.teams.get())
    users = session_of(hub, session.revision, slug="private", token=make.token(bob, server))
    others = [session_of(hub, session.revision), users]
    exchange = call(hub, session, "walk", until=2)
    with monkeypatch.context() as patched:
        patched.setattr(kept, "kept_after", lambda *_: pytest.fail("it was looked for"))
        for other in others:
            refused(resume(hub, other, ids(exchange.answer.body)[0]))
    assert not exchange.answer.ended, "the foreign request closed it"
    exchange.disconnect()
    open_door(hub, "walk")
    exchange.finish()
    for other in others:
        refused(resume(hub, other, ids(exchange.answer.body)[0]))
    assert resume(hub, session, ids(exchange.answer.body)[1]).finish().text == "arrived"


@pytest.mark.behaviour("D9", "D4")
@every_revision
def test_end_of_a_session_is_the_end_of_its_streams(hub, second, session, monkeypatch):
    monkeypatch.setattr(replaying, "SELDOM_SECONDS", 0.0)
    monkeypatch.setattr(replaying, "LOOK_SECONDS", 0.0)
    exchange = walked(hub, session)
    back = resume(second, session, ids(exchange.answer.body)[-1])
    assert hub.raw("DELETE", "streams", session.headers).status == 204
    assert back.finish().ended and StreamEvent.objects.count() == 0
    assert resume(hub, session, ids(exchange.answer.body)[-1]).finish().status == 404


# --- a process that is gone -----------------------------------------------------------------------


@pytest.mark.behaviour("D9", "L13")
@every_revision
def test_stream_whose_process_is_gone_ends_with_an_error(hub, second, session, monkeypatch):
    exchange = walked(hub, session)
    last = ids(exchange.answer.body)[-1]
    back = resume(second, session, last)
    hub.run(hub.runtime.hub.streams.renew())
    assert not back.answer.ended
    StreamEvent.objects.filter(position=0).update(expires_at=after(-1.0))
    for name in ("SELDOM_SECONDS", "RENEW_SECONDS", "LOOK_SECONDS"):
        monkeypatch.setattr(replaying, name, 0.0)
    second.loop.call_soon_threadsafe(second.runtime.hub.streams.kept, _payload(last))
    answer = back.finish()
    assert answer.message["id"] == 7 and answer.code == -32603
    assert answer.error["message"] == replaying.LOST
    again = resume(second, session, last).finish()
    assert again.body == answer.body
    assert steps(resume(second, session, ids(answer.body)[-1]).finish().body) == []


def _payload(last):
    row = StreamEvent.objects.first()
    assert row is not None and last.startswith(row.stream)
    return json.dumps([row.session, row.stream])


def test_stream_that_is_worked_on_is_renewed_until_it_ends(hub, session):
    exchange = walked(hub, session)
    until = StreamEvent.objects.get(position=0).expires_at
    hub.run(hub.runtime.hub.streams.renew())
    assert StreamEvent.objects.get(position=0).expires_at > until
    open_door(hub, "walk")
    exchange.finish()
    until = StreamEvent.objects.get(position=0).expires_at
    hub.run(hub.runtime.hub.streams.renew())
    assert StreamEvent.objects.get(position=0).expires_at == until


def test_stream_whose_beginning_was_swept_is_none(hub, session, monkeypatch):
    monkeypatch.setattr(replaying, "LOOK_SECONDS", 0.0)
    exchange = walked(hub, session)
    hub.runtime.hub.streams._open.clear()  # as if its process were gone
    StreamEvent.objects.filter(position=0).update(expires_at=after(-1.0))
    assert sweep() == 1
    last = ids(exchange.answer.body)[-1]
    assert resume(hub, session, last).finish().status == 400
    assert steps(resume(hub, session, f"{last.partition('-')[0]}-0").finish().body) == [1, 2]


# --- bounds ---------------------------------------------------------------------------------------


def test_what_a_stream_keeps_is_bounded_and_its_answer_is_kept_in_any_case(
    hub, session, monkeypatch
):
    monkeypatch.setitem(remembering.KEPT, Kind.LOOSE, Bound(9, 1_000_000))
    exchange = call(hub, session, "chat", times=50)
    leave(hub, exchange)
    finish_chat(hub, exchange)
    assert StreamEvent.objects.count() == 11
    answer = resume(hub, session, ids(exchange.answer.body)[1]).finish()
    said_ = [m["params"]["data"] for m in answer.messages[:-1]]
    assert said_ == [f"{n} " for n in range(8)] and answer.text == "said"


def finish_chat(hub, exchange):
    open_door(hub, "chat")
    open_door(hub, "end of chat")
    exchange.finish()


def test_what_a_stream_keeps_is_bounded_in_bytes(hub, session, monkeypatch):
    monkeypatch.setitem(remembering.KEPT, Kind.LOOSE, Bound(1_000, 5_000))
    exchange = call(hub, session, "chat", times=50, size=1_000)
    leave(hub, exchange)
    finish_chat(hub, exchange)
    assert StreamEvent.objects.count() < 10
    assert resume(hub, session, ids(exchange.answer.body)[1]).finish().text == "said"


@pytest.mark.parametrize("bound", [Bound(10, 1_000_000), Bound(1_000, 10_000)])
def test_what_a_stream_remembers_of_what_it_sent_is_bounded(hub, session, monkeypatch, bound):
    monkeypatch.setitem(remembering.REMEMBERED, Kind.LOOSE, bound)
    exchange = call(hub, session, "chat", times=50, size=1_000)
    open_door(hub, "chat")
    exchange.wait_for(lambda answer: len(datas(answer.body)) == 51)
    leave(hub, exchange)
    finish_chat(hub, exchange)
    first, *rest = StreamEvent.objects.order_by("position")
    assert (first.position, first.body) == (0, "7")
    assert len(rest) <= 11 and rest[-1].last
    assert [row.position for row in rest] == list(range(53 - len(rest), 53))


def test_more_events_than_one_look_brings_are_all_sent_in_order(hub, session, monkeypatch):
    monkeypatch.setattr(kept, "A_READ", 20)
    monkeypatch.setattr(pending, "MOST_PENDING", 10)
    exchange = call(hub, session, "chat", times=100)
    leave(hub, exchange)
    finish_chat(hub, exchange)
    answer = resume(hub, session, ids(exchange.answer.body)[1]).finish()
    assert [m["params"]["data"] for m in answer.messages[:-1]] == [f"{n} " for n in range(100)]


def test_kept_events_end(hub, session):
    exchange = call(hub, session, "walk", until=2)
    leave(hub, exchange)
    open_door(hub, "walk")
    exchange.finish()
    assert StreamEvent.objects.count() == 6 and sweep() == 0
    StreamEvent.objects.update(expires_at=after(-1.0))
    assert sweep() == 6 and StreamEvent.objects.count() == 0


def test_database_that_is_away_loses_nothing_that_is_remembered(hub, session, monkeypatch, caplog):
    exchange = call(hub, session, "walk", until=2)
    keep, failures = kept.keep, [1, 2]

    def fail_at_first(*given):
        if failures:
            failures.pop()
            raise replaying.DatabaseError("away")
        keep(*given)

    monkeypatch.setattr(kept, "keep", fail_at_first)
    leave(hub, exchange)
    open_door(hub, "walk")
    exchange.finish()
    assert "could not be kept: away" in caplog.text
    answer = resume(hub, session, ids(exchange.answer.body)[0]).finish()
    assert steps(answer.body) == [1, 2, 3, 4, "result"]


@pytest.fixture
def away(monkeypatch):
    """Have the database away for what is kept; return what brings it back."""
    keep = kept.keep

    def fail(*_given):
        raise replaying.DatabaseError("away")

    monkeypatch.setattr(kept, "keep", fail)
    return lambda: monkeypatch.setattr(kept, "keep", keep)


@pytest.mark.behaviour("D9", "D11")
@every_revision
@pytest.mark.parametrize("elsewhere", [False, True])
@pytest.mark.parametrize("retried", [False, True])
def test_answer_that_was_ready_while_the_database_was_away_is_sent(
    hub, second, session, monkeypatch, away, elsewhere, retried
):
    exchange = call(hub, session, "walk", until=2)
    leave(hub, exchange)
    open_door(hub, "walk")
    exchange.finish()
    streams_ = hub.runtime.hub.streams
    assert StreamEvent.objects.count() == 0 and len(streams_._ended) == 1
    hub.run(streams_.renew())
    away()
    if retried:
        hub.run(streams_.renew())
        hub.run(_until(lambda: not streams_._ended))
        assert StreamEvent.objects.count() == 6
    there = second if elsewhere else hub
    answer = resume_there(hub, there, session, ids(exchange.answer.body)[1]).finish()
    assert steps(answer.body)[-3:] == [3, 4, "result"]
    assert not (streams_._away or streams_._unkept or streams_._ended)
    assert len(streams_._ended_shares) == 0


def test_nothing_is_tried_again_while_the_database_is_away(hub, session, away, monkeypatch):
    exchange = call(hub, session, "walk", until=2)
    leave(hub, exchange)
    open_door(hub, "walk")
    exchange.finish()
    away()

    def fail(*_given):
        raise replaying.DatabaseError("away")

    with monkeypatch.context() as patched:
        patched.setattr(kept, "renew", fail)
        hub.run(hub.runtime.hub.streams.renew())
        hub.run(_a_turn())
    assert StreamEvent.objects.count() == 0
    hub.run(hub.runtime.hub.streams.renew())
    hub.run(_a_turn())
    assert StreamEvent.objects.count() == 6


def test_process_that_could_not_say_so_is_not_taken_for_gone(hub, session, away, monkeypatch):
    exchange = call(hub, session, "walk", until=2)
    away()
    leave(hub, exchange)
    StreamEvent.objects.filter(position=0).update(expires_at=after(-1.0))
    back = resume(hub, session, ids(exchange.answer.body)[-1])
    hub.run(hub.runtime.hub.streams.renew())
    open_door(hub, "walk")
    exchange.finish()
    assert steps(back.finish().body) == [3, 4, "result"]


@pytest.mark.parametrize("hears", [True, False])
def test_stream_is_looked_at_rarely_while_the_others_are_heard(hub, session, monkeypatch, hears):
    monkeypatch.setattr(replaying, "RARELY_SECONDS" if hears else "SELDOM_SECONDS", 0.0)
    monkeypatch.setattr(replaying, "SELDOM_SECONDS" if hears else "RARELY_SECONDS", 3600.0)
    monkeypatch.setattr(replaying.bus, "alive", lambda: hears)
    exchange = walked(hub, session)
    back = resume(hub, session, ids(exchange.answer.body)[-1])
    monkeypatch.setattr(replaying.bus, "publish", lambda *_unheard: None)
    open_door(hub, "walk")
    exchange.finish()
    assert steps(back.finish().body) == [3, 4, "result"]


def test_who_waits_looks_at_once_after_a_gap_in_what_is_heard(hub, session, monkeypatch):
    monkeypatch.setattr(replaying, "SELDOM_SECONDS", 3600.0)
    exchange = walked(hub, session)
    back = resume(hub, session, ids(exchange.answer.body)[-1])
    monkeypatch.setattr(replaying.bus, "publish", lambda *_unheard: None)
    open_door(hub, "walk")
    exchange.finish()
    assert not back.answer.ended
    hub.loop.call_soon_threadsafe(hub.runtime.hub.streams.look)
    assert steps(back.finish().body) == [3, 4, "result"]


def test_what_is_kept_nowhere_is_not_tried_for_ever(hub, session, away):
    exchange = call(hub, session, "walk", until=2)
    leave(hub, exchange)
    open_door(hub, "walk")
    exchange.finish()
    streams_ = hub.runtime.hub.streams
    streams_._ended.clear()  # as others' push it out
    hub.run(streams_.renew())
    assert not (streams_._away or streams_._unkept)


@every_revision
def test_one_who_leaves_stream_after_stream_pushes_out_only_ones_own(
    hub, session, bob, monkeypatch
):
    monkeypatch.setattr(replaying, "LOOK_SECONDS", 0.0)
    streams_ = hub.runtime.hub.streams
    bounds = replace(replaying.KEPT_BOUNDS, streams_of_one=2)
    streams_._kept_shares = Shares(bounds)
    server = serve(hub, "private", team=bob.teams.get())
    users = session_of(hub, session.revision, slug="private", token=make.token(bob, server))
    kept_ids = [ids(walked(hub, each).answer.body)[-1] for each in [users] + [session] * 4]
    assert StreamEvent.objects.values("stream").distinct().count() == 3
    open_door(hub, "walk")
    hub.run(_until(lambda: known(hub) == 0))
    mine = [resume(hub, session, last).finish() for last in kept_ids[1:]]
    assert resume(hub, users, kept_ids[0]).finish().text == "arrived"
    assert sorted(answer.status for answer in mine) == [200, 200, 400, 400]
    assert StreamEvent.objects.values("stream").distinct().count() == 3


# --- after the end --------------------------------------------------------------------------------


@pytest.mark.behaviour("L1")
@pytest.mark.parametrize("revision", [*HANDSHAKE, "2026-07-28"])
@pytest.mark.parametrize("tool", ["late", "late_in_thread"])
def test_nothing_comes_after_the_answer(hub, revision, tool):
    before = streams_open()
    options = {"revision": revision, "meta": {"progressToken": 1}}
    exchange = hub.begin("streams", "tools/call", {"name": tool}, **options)
    answer = exchange.finish()
    body = answer.body
    open_door(hub, "late")
    hub.run(_until(lambda: gates.done == ["talked"]))
    assert answer.body == body and answer.text == "answered"
    assert streams_open() == before and known(hub) == 0


async def _until(condition):
    while not condition():
        await _a_turn()
    await _a_turn()


@pytest.mark.behaviour("C10", revisions=[REVISION])
def test_resumed_stream_ends_with_the_token_it_came_with(hub, bob):
    server = serve(hub, "private", team=bob.teams.get())
    token = make.token(bob, server)
    session = session_of(hub, slug="private", token=token)
    exchange = walked(hub, session)
    back = resume(hub, session, ids(exchange.answer.body)[-1])
    accounts.revoke_token(actor=None, issued=IssuedToken.objects.get())
    assert back.finish().ended
    open_door(hub, "walk")
    exchange.finish()
