"""Streams that are resumed though much was said meanwhile: large answers, many of them, all in order."""

import asyncio

import pytest

from servers.kept import events as kept
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
