"""Clients that come back while their old connection seems open, though it takes nothing any more."""

import asyncio

import pytest

from servers.models import StreamEvent
from servers.transports import stream as streams
from tests.hub import HANDSHAKE, Hub
from tests.streams import datas, ids, listen_in, open_door, serve, streams_open, tell

every_revision = pytest.mark.parametrize("revision", HANDSHAKE)


@pytest.fixture
def hub(hub: Hub) -> Hub:
    """A hub that serves the tools that talk, as `streams` to all."""
    serve(hub)
    return hub


def begun(hub, session, name="chat", until=1, **arguments):
    """Begin a call and wait for some messages."""
    exchange = hub.begin(
        "streams",
        "tools/call",
        {"name": name, "arguments": arguments},
        revision=session.revision,
        session=session,
        meta={"progressToken": 1},
    )
    exchange.wait_for(lambda answer: len(datas(answer.body)) == until)
    return exchange


async def a_while():
    """Let everything that can go on do so."""
    for _ in range(30):
        await asyncio.sleep(0.001)


def stalled(hub, exchange):
    """Let the client read no more, as one whose network is gone."""
    exchange.reading(False)
    hub.run(a_while())


def resume(hub, session, last):
    """Come back for what follows an event."""
    return listen_in(hub, session, **{"last-event-id": last})


def said(answer):
    """Return the first words of what a chat logged, and what it answered."""
    logged = [message["params"]["data"].split()[0] for message in answer.messages[:-1]]
    return [*logged, answer.text]


@pytest.mark.behaviour("D7", "D9")
@every_revision
def test_who_comes_back_while_the_old_connection_is_full_gets_the_rest(hub, revision):
    session = hub.session("streams", revision)
    exchange = begun(hub, session, times=30, size=1_000)
    stalled(hub, exchange)
    open_door(hub, "chat")
    hub.run(a_while())
    assert StreamEvent.objects.count() == 0
    back = resume(hub, session, ids(exchange.answer.body)[-1])
    assert back.answer.status == 200
    open_door(hub, "end of chat")
    exchange.finish()
    assert said(back.finish()) == [*map(str, range(30)), "said"]
    assert not exchange.answer.ended


@every_revision
def test_answer_that_the_old_connection_does_not_take_is_sent_on_the_new_one(hub, revision):
    session = hub.session("streams", revision)
    exchange = begun(hub, session, times=0)
    stalled(hub, exchange)
    open_door(hub, "chat")
    open_door(hub, "end of chat")
    hub.run(a_while())
    back = resume(hub, session, ids(exchange.answer.body)[-1])
    assert said(back.finish()) == ["said"]
    exchange.finish()


def test_connection_whose_end_is_not_taken_is_cut_and_holds_nothing_up(hub, monkeypatch):
    monkeypatch.setattr(streams, "SLOW_SECONDS", 0.01)
    session, before = hub.session("streams", "2025-11-25"), streams_open()
    exchange = begun(hub, session, "walk", until=2, close_after=0)
    stalled(hub, exchange)
    (running,) = hub.runtime.hub.running.all
    hub.loop.call_soon_threadsafe(running.close_stream)
    open_door(hub, "walk")
    exchange.finish()
    assert streams_open() == before and not exchange.answer.ended
    back = resume(hub, session, ids(exchange.answer.body)[-1]).finish()
    assert [m["params"]["progress"] for m in back.messages[:-1]] == [3, 4]
    assert back.text == "arrived"


# --- connections that are nothing but a stream --------------------------------------------------------


def kept_call(hub, session, characters=100_000):
    """Have a call end while its client is away; return the last id it had."""
    exchange = begun(hub, session, "large", characters=characters, steps=3)
    exchange.disconnect()
    hub.run(a_while())
    open_door(hub, "large")
    exchange.finish()
    return ids(exchange.answer.body)[-1]


def asked(hub, session, **headers):
    """Ask for a stream and read nothing of it."""
    given = {"accept": "text/event-stream", **session.headers, **headers}
    exchange = hub.open("GET", "/mcp/streams", list(given.items()))
    exchange.reading(False)
    hub.run(a_while())
    return exchange


@every_revision
def test_who_comes_back_again_and_again_and_reads_nothing_holds_one_connection(hub, revision):
    session = hub.session("streams", revision)
    last, before = kept_call(hub, session), streams_open()
    for exchange in [asked(hub, session, **{"last-event-id": last}) for _ in range(9)]:
        if not exchange.task.done():
            unfinished = exchange
    hub.run(a_while())
    assert len(hub.runtime.hub.places) == len(hub.runtime.hub.streams) == 1
    assert streams_open() == before + 1
    assert not unfinished.task.done()
    unfinished.reading(True)
    answer = unfinished.finish()
    assert len(answer.text) == 100_000 and len(answer.messages) == 4
    assert hub.runtime.hub.places._holders == {}


@every_revision
def test_rest_that_is_not_taken_is_cut_off_when_it_may_be_sent_no_more(hub, revision):
    session = hub.session("streams", revision)
    last, before = kept_call(hub, session), streams_open()
    exchange = asked(hub, session, **{"last-event-id": last})
    (running,) = hub.runtime.hub.running.all
    hub.loop.call_soon_threadsafe(running.stop, "revoked")
    exchange.finish()
    assert not exchange.answer.ended and streams_open() == before
    assert hub.runtime.hub.places._holders == {}


@every_revision
def test_own_stream_that_is_taken_over_and_takes_nothing_is_cut(hub, revision):
    session, before = hub.session("streams", revision), streams_open()
    older = listen_in(hub, session)
    stalled(hub, older)
    tell(hub, "change", what="tools")
    hub.run(a_while())
    newer = listen_in(hub, session)
    older.finish()
    assert not older.answer.ended and streams_open() == before + 1
    assert len(hub.runtime.hub.places) == 1 and not newer.answer.ended


def test_connection_that_takes_what_it_is_sent_ends_in_order(hub):
    session = hub.session("streams", "2025-11-25")
    older = listen_in(hub, session)
    newer = listen_in(hub, session)
    assert older.finish().ended and not newer.answer.ended
