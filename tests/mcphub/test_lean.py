"""lean.py: uvicorn's pieces, made of less, do what uvicorn's own do."""

import asyncio
import sys

import pytest
from uvicorn import Config
from uvicorn.server import ServerState

from mcphub.serving.lean import Ahead, Flow, Signal
from mcphub.serving.repeating import RepeatingProtocol


async def test_signal_lets_all_go_on_who_wait_and_those_who_come():
    signal = Signal()
    waiting = [asyncio.ensure_future(signal.wait()) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    signal.set()
    await asyncio.gather(*waiting[1:])
    await signal.wait()
    assert waiting[0].cancelled() and signal.is_set()
    signal.clear()
    assert not signal.wait().done()


async def test_who_gave_up_waiting_is_not_remembered():
    signal = Signal()
    for _ in range(100):
        signal.wait().cancel()
    signal.wait()
    assert len(signal._waiting) == 1


class Transport:
    def __init__(self):
        self.did = []

    def pause_reading(self):
        self.did.append("pause")

    def resume_reading(self):
        self.did.append("resume")


async def test_flow_stops_reading_once_and_lets_writers_wait_for_room():
    transport = Transport()
    flow = Flow(transport)
    flow.pause_reading(), flow.pause_reading(), flow.resume_reading(), flow.resume_reading()
    assert transport.did == ["pause", "resume"]
    await flow.drain()
    flow.pause_writing(), flow.pause_writing()
    drained = asyncio.ensure_future(flow.drain())
    await asyncio.sleep(0)
    assert flow.write_paused and not drained.done()
    flow.resume_writing(), flow.resume_writing()
    await drained
    assert not flow.write_paused


def test_requests_sent_ahead_are_taken_in_their_order():
    ahead = Ahead()
    for number in range(3):
        ahead.appendleft(number)
    assert [ahead.pop() for _ in range(3)] == [0, 1, 2] and not ahead


@pytest.mark.parametrize("made", [Signal, lambda: Flow(None), Ahead])
def test_piece_that_does_nothing_is_small(made):
    piece = made()
    assert sys.getsizeof(piece) < 100 and not hasattr(piece, "__dict__")


async def test_what_uvicorn_keeps_of_a_connection_stands_in_slots():
    """An attribute that a new uvicorn has would cost each connection a dictionary."""
    config = Config(lambda: None, log_config=None)
    protocol = RepeatingProtocol(config, ServerState(), {})
    assert vars(protocol) == {}
