"""turns.py: sessions that a process took over are told to the others, those of a moment together."""

import asyncio

from monitoring.bus.message import Message, encode
from servers import turns
from servers.turns import Turns, from_payload, to_payload


async def test_what_is_taken_in_a_moment_is_told_together_within_what_the_bus_carries(monkeypatch):
    told, going = [], asyncio.Event()

    async def offload(_publish, topic, payload):
        await going.wait()
        assert topic == turns.TOPIC and len(payload) < 7_000
        told.append(from_payload(payload))

    mine = Turns(offload)
    taken = [(f"{number:032x}", (1e9 + number, "f" * 16)) for number in range(2_000)]
    for session, turn in taken:
        mine.take(session, turn)
    going.set()
    await mine._telling
    assert (
        sorted(one for part in told for one in part) == taken
        and len(told) == 2_000 / turns.MOST_TOLD
    )
    mine.take("again", (1.0, "p"))
    await mine._telling
    assert told[-1] == [("again", (1.0, "p"))]


def test_the_bus_carries_as_many_as_are_told_at_once():
    taken = [("f" * 32, (1234567890.1234567, "f" * 16))] * turns.MOST_TOLD
    encode(Message("f" * 32, turns.TOPIC, to_payload(taken)))
