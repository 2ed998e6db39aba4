"""Clients that do not read, or leave without a word: what waits for them is bounded, and ends."""

import asyncio

import pytest

from mcphub import runtime
from monitoring import audit
from monitoring.models import AuditEvent
from servers.dialogue import live
from servers.transports import exchange as exchanges
from servers.transports import http_exchange, pending
from tests.hub import HANDSHAKE, Hub, opening
from tests.streams import (
    ACKNOWLEDGED,
    SEEN,
    TOOLS,
    datas,
    hears,
    listen,
    listen_in,
    open_door,
    said,
    serve,
    streams_open,
    tell,
)

ASKING = HANDSHAKE[1:]
RESUMABLE = "2025-11-25"


@pytest.fixture
def hub(hub: Hub) -> Hub:
    """A hub that serves the tools that talk, as `streams` to all."""
    serve(hub)
    return hub


def session_of(hub, revision):
    """Open a session whose client can be asked."""
    params = {**opening(revision), "capabilities": {"elicitation": {}}}
    answer = hub.post("streams", "initialize", params, revision=revision, session=False)
    opened = hub.session("streams", revision)
    return type(opened)("streams", revision, answer.header("mcp-session-id"), None)


def call(hub, revision, name, *, session=None, until=1, **arguments):
    """Begin a call, and wait for some messages."""
    exchange = hub.begin(
        "streams",
        "tools/call",
        {"name": name, "arguments": arguments},
        revision=revision,
        session=session,
        meta={"progressToken": 1, "io.modelcontextprotocol/logLevel": "debug"},
    )
    exchange.wait_for(lambda answer: len(datas(answer.body)) >= until)
    return exchange


def stalled(hub, exchange):
    """Let the client read no more, and the hub notice."""
    exchange.reading(False)
    hub.run(a_while())


def left(hub, exchange):
    """Have the client leave, and the hub see it."""
    exchange.disconnect()
    hub.run(seen(hub))


async def seen(hub):
    while not all(running._gone for running in hub.runtime.hub.running.all):
        await a_while()


async def a_while():
    """Let everything that can go on do so."""
    for _ in range(30):
        await asyncio.sleep(0.001)


@pytest.mark.behaviour("L1")
@pytest.mark.parametrize("revision", [*HANDSHAKE, "2026-07-28"])
def test_oldest_messages_go_first_and_progress_still_grows(hub, revision, monkeypatch):
    monkeypatch.setattr(pending, "MOST_PENDING", 5)
    exchange = hub.begin(
        "streams",
        "tools/call",
        {"name": "flood", "arguments": {"times": 100}},
        revision=revision,
        meta={"progressToken": 1},
    )
    hub.run(a_while())
    exchange.reading(False)
    open_door(hub, "flood")
    hub.run(a_while())
    exchange.reading(True)
    values = [m["params"]["progress"] for m in exchange.finish().messages[:-1]]
    assert values == sorted(values) and values[-5:] == [96, 97, 98, 99, 100] and len(values) <= 6
    assert exchange.answer.text == "said"


@pytest.mark.parametrize("revision", ASKING)
def test_question_never_gives_way_to_what_is_said_after_it(hub, revision, monkeypatch):
    monkeypatch.setattr(pending, "MOST_PENDING", 5)
    session = session_of(hub, revision)
    options = {"revision": revision, "session": session, "meta": {"progressToken": 1}}
    params = {"name": "flood", "arguments": {"times": 100, "ask": True}}
    exchange = hub.begin("streams", "tools/call", params, **options)
    exchange.reading(False)
    hub.run(a_while())
    open_door(hub, "flood")
    hub.run(a_while())
    exchange.reading(True)
    exchange.wait_for(lambda answer: b"elicitation/create" in answer.body)
    exchange.wait_for(lambda answer: len(datas(answer.body)) >= 6)
    assert [said(m) for m in datas(exchange.answer.body)].count("elicitation/create") == 1
    exchange.disconnect()


@pytest.mark.parametrize("revision", ASKING)
def test_question_to_a_client_that_has_left_for_good_fails_at_once(hub, revision):
    params, session = {"name": "question", "arguments": {}}, session_of(hub, revision)
    exchange = hub.begin("streams", "tools/call", params, revision=revision, session=session)
    left(hub, exchange)  # before an event that it could come back to
    open_door(hub, "question")
    exchange.finish()
    assert audited(hub) == ["error"]


def audited(hub):
    """Return how the calls of `question` and `flood` ended."""
    audit.flush()
    rows = AuditEvent.objects.filter(entry__in=["question", "flood"])
    return list(rows.values_list("outcome", flat=True))


def test_more_questions_than_can_wait_fail_in_words(hub, monkeypatch):
    session = session_of(hub, RESUMABLE)
    exchange = call(hub, RESUMABLE, "question", session=session)
    monkeypatch.setattr(pending, "MOST_PENDING", 0)
    open_door(hub, "question")
    answer = exchange.finish()
    assert answer.result["isError"] and answer.text == exchanges.UNREACHABLE


@pytest.mark.parametrize("revision", HANDSHAKE[1:2])
def test_question_that_nobody_answers_ends(hub, revision, monkeypatch):
    monkeypatch.setattr(live, "ANSWER_SECONDS", 0.05)
    session = session_of(hub, revision)
    exchange = call(hub, revision, "question", session=session)
    open_door(hub, "question")
    answer = exchange.finish()
    assert answer.result["isError"] and answer.text == "The client did not answer in time."
    assert [said(m) for m in answer.messages][-2] == "notifications/cancelled"


def test_listener_that_does_not_read_is_told_each_thing_once(hub):
    exchange = listen(hub)
    stalled(hub, exchange)
    tell(hub, "change", what="prompts")
    for _ in range(20):
        tell(hub, "change", what="tools")
        tell(hub, "update", uri=SEEN)
        hub.run(a_while())
    exchange.reading(True)
    prompts = "notifications/prompts/list_changed"
    exchange.wait_for(lambda answer: len(datas(answer.body)) >= 4)
    assert sorted(map(said, datas(exchange.answer.body))) == sorted(
        [ACKNOWLEDGED, prompts, TOOLS, SEEN]
    )
    tell(hub, "change", what="tools")
    exchange.wait_for(lambda answer: len(datas(answer.body)) >= 5)


def test_listener_that_does_not_read_is_let_go_when_it_leaves(hub):
    before = streams_open()
    exchange = listen(hub)
    stalled(hub, exchange)
    tell(hub, "change", what="tools")
    exchange.disconnect()
    hub.run(a_while())
    exchange.reading(True)
    exchange.finish()
    assert len(hub.runtime.hub.listeners) == 0 and streams_open() == before


def test_stream_of_a_session_whose_client_does_not_read_is_replaced(hub):
    session = hub.session("streams", RESUMABLE)
    older = listen_in(hub, session)
    stalled(hub, older)
    tell(hub, "change", what="tools")
    newer = listen_in(hub, session)
    tell(hub, "change", what="tools")
    hears(newer, TOOLS)
    older.reading(True)
    older.finish()


def test_client_that_reads_nothing_holds_up_no_stop(hub, monkeypatch):
    monkeypatch.setattr(runtime, "DRAIN_SECONDS", 0.1)
    listener = listen(hub)
    running = call(hub, "2026-07-28", "walk", until=2)
    for exchange in (listener, running):
        stalled(hub, exchange)
    open_door(hub, "walk")
    hub.run(hub.runtime.drain())
    assert not hub.runtime.hub.running.all
    for exchange in (listener, running):
        exchange.reading(True)
        exchange.finish()


@pytest.mark.parametrize("revision", [*HANDSHAKE, "2026-07-28"])
def test_silent_stream_is_kept_alive_again_and_again(hub, revision, monkeypatch):
    monkeypatch.setattr(http_exchange, "SILENT_SECONDS", 0.0)
    monkeypatch.setattr(http_exchange, "KEEP_ALIVE_SECONDS", 0.001)
    exchange = call(hub, revision, "walk", until=2)
    exchange.wait_for(lambda answer: answer.body.count(b": keep-alive") >= 3)
    stalled(hub, exchange)
    open_door(hub, "walk")
    hub.run(a_while())
    exchange.reading(True)
    assert exchange.finish().text == "arrived"


@pytest.mark.parametrize("revision", [*HANDSHAKE, "2026-07-28"])
@pytest.mark.parametrize("end", ["answer", "cancel", "timeout", "leave", "shutdown"])
def test_every_end_of_a_stream_is_counted_and_leaves_nothing(hub, revision, end):
    before = streams_open()
    session = None if revision == "2026-07-28" else hub.session("streams", revision)
    if end == "cancel" and session is None:
        end = "leave"
    exchange = call(hub, revision, "walk", session=session, until=2)
    assert streams_open() == before + 1
    if end == "cancel":
        options = {"revision": revision, "session": session, "id": None}
        hub.post("streams", "notifications/cancelled", {"requestId": 1}, **options)
    elif end == "leave":
        left(hub, exchange)
        hub.run(a_while())
        assert streams_open() == before
    elif end in {"timeout", "shutdown"}:
        hub.loop.call_soon_threadsafe(stop_all, hub, end)
    if end != "shutdown":
        open_door(hub, "walk")
    exchange.finish()
    assert streams_open() == before and not hub.runtime.hub.running.all
    assert len(hub.runtime.hub.streams) == 0 and not hub.runtime.hub.streams._away


def stop_all(hub, reason):
    for running in tuple(hub.runtime.hub.running.all):
        running.stop(reason)


@pytest.mark.behaviour("L9")
@pytest.mark.parametrize("revision", HANDSHAKE)
def test_cancelled_request_of_a_client_without_streams_ends_without_an_answer(hub, revision):
    session = hub.session("open", revision)
    exchange = hub.begin(
        "open",
        "tools/call",
        {"name": "hold", "arguments": {"steps": 1}},
        revision=revision,
        session=session,
        headers={"accept": "application/json"},
    )
    options = {"revision": revision, "session": session, "id": None}
    hub.post("open", "notifications/cancelled", {"requestId": 1}, **options)
    answer = exchange.finish()
    assert (answer.status, answer.body) == (202, b"")


@pytest.mark.behaviour("L9")
@pytest.mark.parametrize("revision", HANDSHAKE)
@pytest.mark.parametrize(
    ("method", "params"),
    [("logging/setLevel", {"level": "debug"}), ("resources/subscribe", {"uri": SEEN})],
)
def test_request_that_is_cancelled_while_it_writes_ends_without_an_answer(
    hub, revision, method, params, monkeypatch
):
    session = hub.session("streams", revision)
    blocked = asyncio.Event()

    async def never(*_given):
        await blocked.wait()

    monkeypatch.setattr(hub.runtime.hub.desk, "offload", never)
    exchange = hub.begin("streams", method, params, revision=revision, session=session)
    hub.run(a_while())
    options = {"revision": revision, "session": session, "id": None}
    hub.post("streams", "notifications/cancelled", {"requestId": 1}, **options)
    assert exchange.finish().ended and datas(exchange.answer.body) == []
