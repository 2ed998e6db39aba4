import threading

import pytest

from monitoring.bus.line import Line
from monitoring.bus.outbox import TRUTH_LIMIT


class FakeBackend:
    """Breaks as often as it is told, then sends what waits and sleeps until woken."""

    faults = (ConnectionError,)

    def __init__(self, breaks: int = 0) -> None:
        self.breaks = breaks
        self.sent: list[str] = []
        self.woken = threading.Event()
        self.progress = threading.Event()

    def session(self, line: Line) -> None:
        if self.breaks:
            self.breaks -= 1
            raise ConnectionError
        line.up()
        while not line.stopping.is_set():
            line.drain(self.send_once)
            self.woken.wait(10)
            self.woken.clear()
        line.drain(self.send_once)

    def wake(self) -> None:
        self.woken.set()

    def send_once(self, text: str) -> None:
        self.sent.append(text)
        self.progress.set()


def test_what_was_announced_during_an_outage_is_sent_afterwards(caplog):
    backend = FakeBackend(breaks=2)
    line = Line(backend, print)
    line.send("early")
    line.start()
    assert line.connected.wait(10)
    assert backend.progress.wait(10)
    line.stop(10)
    assert backend.sent == ["early"]
    assert caplog.text.count("the bus is down") == 1
    assert caplog.text.count("the bus is back") == 1


def test_what_waits_is_sent_before_the_end():
    backend = FakeBackend()
    line = Line(backend, print)
    line.start()
    assert line.connected.wait(10)
    line.send("last words")
    line.stop(10)
    assert backend.sent == ["last words"]
    assert not line.connected.is_set()


def test_truth_that_was_too_much_during_an_outage_is_one_message_afterwards():
    backend = FakeBackend(breaks=1)
    line = Line(backend, print, distrust="distrust")
    for number in range(TRUTH_LIMIT + 1):
        line.send(str(number))
    line.send("chatter", chatter=True)
    line.send("after")
    line.start()
    assert line.connected.wait(10)
    line.stop(10)
    assert backend.sent == ["distrust", "after", "chatter"]


def test_a_message_that_could_not_be_sent_stays_first():
    line = Line(FakeBackend(), print)
    line.send("one")
    line.send("two")

    def broken(text):
        raise ConnectionError

    with pytest.raises(ConnectionError):
        line.drain(broken)
    assert (line.take(), line.take()) == ("one", "two")
