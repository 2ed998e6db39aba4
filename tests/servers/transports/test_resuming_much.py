"""Streams that are resumed though much was said meanwhile: large answers, many of them, all in order."""

import asyncio

import pytest

from servers.kept import events as kept
from servers.models import StreamEvent
from servers.transports import remembering
from servers.transports.remembering import Bound, Kind
from tests.batches import Batching, calls, told
from tests.hub import HANDSHAKE, Hub
from tests.streams import datas, ids, listen_in, open_door, serve

MANY = 2_000_000
"""Characters; several times what may wait for a client that does not read."""


@pytest.fixture
def hub(hub: Hub) -> Hub:
    """A hub that serves the tools that talk, as `streams` to all."""
    serve(hub)
    return hub


def large(hub, revision, **arguments):
    """Begin a call that reports a step and will have a large answer; return its session and exchange."""
    session = hub.session("streams", revision)
    exchange = hub.begin(
        "streams",
        "tools/call",
        {"name": "large", "arguments": arguments},
        revision=revision,
        session=session,
        meta={"progressToken": 1},
    )
    exchange.wait_for(lambda answer: len(datas(answer.body)) == 1)
    return session, exchange


def batch(hub, sizes, revision="2025-03-26"):
    """Begin a batch of calls with large answers, each behind a door of its own."""
    batching = Batching.of(hub, "streams", revision=revision)
    items = [
        calls(number, "large", token=number, characters=size, door=f"large {number}")
        for number, size in enumerate(sizes)
    ]
    exchange = batching.begin(items)
    exchange.wait_for(lambda answer: len(datas(answer.body)) == len(sizes))
    return batching.session, exchange


def leave(hub, exchange):
    """Have the client leave, and the hub see it."""
    exchange.disconnect()
    hub.run(_until(exchange.received.empty))


async def _until(condition):
    while not condition():
        await asyncio.sleep(0.001)
    await asyncio.sleep(0.001)


def resume(hub, session, last):
    """Come back for what follows an event, to the end."""
    return listen_in(hub, session, **{"last-event-id": last}).finish()


def place(event_id):
    """Return where in its stream an event is."""
    return int(event_id.rpartition("-")[2])


@pytest.mark.behaviour("D9", "D11")
@pytest.mark.parametrize("revision", HANDSHAKE)
def test_large_answer_and_all_that_came_before_it_are_sent_again(hub, revision):
    session, exchange = large(hub, revision, characters=MANY, steps=10)
    leave(hub, exchange)
    open_door(hub, "large")
    exchange.finish()
    last = ids(exchange.answer.body)[-1]
    for _ in range(2):
        answer = resume(hub, session, last)
        assert [m["params"]["progress"] for m in answer.messages[:-1]] == list(range(1, 11))
        assert len(answer.text) == MANY
        assert [place(each) for each in ids(answer.body) if each != last] == list(range(2, 13))


@pytest.mark.behaviour("D9", revisions=["2025-03-26"])
def test_large_answers_of_a_batch_are_all_sent_again(hub):
    session, exchange = batch(hub, [600_000] * 5)
    leave(hub, exchange)
    for number in range(5):
        open_door(hub, f"large {number}")
    exchange.finish()
    answer = resume(hub, session, ids(exchange.answer.body)[0])
    found = told(answer)
    assert sorted(found) == [0, 1, 2, 3, 4] and {len(text) for text in found.values()} == {600_000}
    assert [place(each) for each in ids(answer.body)] == list(range(2, 11))


def test_one_look_brings_no_more_than_a_bound_and_one_event_at_least(hub, monkeypatch):
    monkeypatch.setattr(kept, "A_READ_SIZE", 5_000)
    session, exchange = large(hub, "2025-11-25", characters=20_000, steps=100)
    leave(hub, exchange)
    open_door(hub, "large")
    exchange.finish()
    seen, look = [], kept.kept_after

    def looks(*place):
        found = look(*place)
        seen.append([len(event.body) for event in found.events])
        return found

    monkeypatch.setattr(kept, "kept_after", looks)
    assert len(resume(hub, session, ids(exchange.answer.body)[1]).text) == 20_000
    assert sum(map(len, seen)) == 101 and len(seen) == 3
    assert all(sum(sizes) <= 5_000 or len(sizes) == 1 for sizes in seen)


@pytest.mark.behaviour("D9", revisions=["2025-03-26"])
def test_answers_of_a_batch_that_were_sent_and_not_received_are_sent_again(hub):
    session, exchange = batch(hub, [100_000] * 5)
    first = ids(exchange.answer.body)[-1]
    for number in range(4):
        open_door(hub, f"large {number}")
    exchange.wait_for(lambda answer: len(datas(answer.body)) == 9)
    leave(hub, exchange)  # and nothing of the four had reached it
    open_door(hub, "large 4")
    exchange.finish()
    answer = resume(hub, session, first)
    assert {len(text) for text in told(answer).values()} == {100_000}
    assert sorted(told(answer)) == [0, 1, 2, 3, 4]


def bounded(monkeypatch, table):
    """Let there be room for two answers of 10,000 characters."""
    monkeypatch.setitem(table, Kind.RESPONSE, Bound(100, 22_500))


def test_sent_answers_that_there_is_no_room_for_are_errors_to_who_did_not_receive_them(
    hub, monkeypatch
):
    bounded(monkeypatch, remembering.REMEMBERED)
    session, exchange = batch(hub, [10_000] * 5)
    first = ids(exchange.answer.body)[-1]
    for number in range(4):
        open_door(hub, f"large {number}")
        exchange.wait_for(lambda answer, n=number: len(datas(answer.body)) == 6 + n)
    leave(hub, exchange)
    open_door(hub, "large 4")
    exchange.finish()
    found = told(resume(hub, session, first))
    assert [found[n] if n < 2 else len(found[n]) for n in range(5)] == [-32603] * 2 + [10_000] * 3


def test_answers_beyond_what_a_stream_keeps_are_errors_under_their_ids(hub, monkeypatch):
    bounded(monkeypatch, remembering.KEPT)
    session, exchange = batch(hub, [10_000] * 5 + [10])
    last = ids(exchange.answer.body)[-1]
    leave(hub, exchange)
    for number in range(6):
        open_door(hub, f"large {number}")
        wait(hub, number + 1)
    exchange.finish()
    answer = resume(hub, session, last)
    found = told(answer)
    assert [len(found[n]) for n in (0, 1, 5)] == [10_000, 10_000, 10]
    assert [found[n] for n in (2, 3, 4)] == [-32603] * 3
    errors = [each["error"]["message"] for each in answer.messages if "error" in each]
    assert set(errors) == {remembering.NO_ROOM}


def wait(hub, number):
    """Wait until so many requests have answers that are kept."""
    for _ in range(2_000):
        rows = StreamEvent.objects.filter(position__gt=0)
        if sum('"method"' not in row.body for row in rows) == number:
            return
        hub.run(asyncio.sleep(0.005))
    raise AssertionError("they are not kept")


def test_one_answer_alone_is_kept_however_large_it_is(hub, monkeypatch):
    for table in (remembering.REMEMBERED, remembering.KEPT):
        monkeypatch.setitem(table, Kind.RESPONSE, Bound(100, 10))
    session, exchange = large(hub, "2025-11-25", characters=20_000)
    leave(hub, exchange)
    open_door(hub, "large")
    exchange.finish()
    assert len(resume(hub, session, ids(exchange.answer.body)[-1]).text) == 20_000
    session, exchange = batch(hub, [20_000, 10])
    leave(hub, exchange)
    open_door(hub, "large 0")
    wait(hub, 2)
    open_door(hub, "large 1")
    exchange.finish()
    found = told(resume(hub, session, ids(exchange.answer.body)[-1]))
    assert len(found[0]) == 20_000 and found[1] == -32603
