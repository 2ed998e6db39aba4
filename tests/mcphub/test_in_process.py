"""in_process.py: the broker in memory delivers at once, and waits without looking again and again."""

import threading

import pytest
from kombu import Connection, Queue

from mcphub import in_process


@pytest.fixture
def connection():
    with Connection("memory://", transport="mcphub.in_process:Transport") as made:
        yield made


def consumer(connection, name, took, **options):
    channel = connection.channel()
    channel.basic_qos(0, 1, False)
    found = connection.Consumer(
        [Queue(name, routing_key=name)],
        channel=channel,
        callbacks=[lambda _body, message: took.append(message)],
        **options,
    )
    found.consume()
    return found


def test_message_wakes_who_waits(connection, monkeypatch):
    monkeypatch.setattr(in_process, "LOOK_SECONDS", 60.0)
    took = []
    consumer(connection, "woken", took)
    looks = []
    get = connection.transport.cycle.get

    def looking(callback, **options):
        looks.append(1)
        if len(looks) == 1:
            threading.Timer(0.05, send).start()
        return get(callback, **options)

    def send():
        with Connection("memory://", transport="mcphub.in_process:Transport") as other:
            other.Producer().publish({"n": 1}, routing_key="woken", exchange="")

    monkeypatch.setattr(connection.transport.cycle, "get", looking)
    connection.drain_events(timeout=60)
    assert took[0].payload == {"n": 1} and len(looks) == 2


@pytest.mark.parametrize("way", ["ack", "reject"])
def test_message_that_is_done_lets_the_next_one_be_looked_for(connection, way):
    took = []
    consumer(connection, f"next-{way}", took)
    for number in range(2):
        connection.Producer().publish({"n": number}, routing_key=f"next-{way}", exchange="")
    connection.drain_events(timeout=60)
    in_process._rung.clear()
    getattr(took[0], way)()
    assert in_process._rung.is_set()
    connection.drain_events(timeout=60)
    assert [message.payload["n"] for message in took] == [0, 1]


def test_nothing_to_do_is_told_when_the_time_is_over(connection):
    consumer(connection, "idle", [])
    with pytest.raises(TimeoutError):
        connection.drain_events(timeout=0.01)
