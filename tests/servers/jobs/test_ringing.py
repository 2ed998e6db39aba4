"""ringing.py: bells go out in threads that hold up no end, and what is not yet heard is not rung again."""

import threading

import pytest
from celery import current_app
from kombu.exceptions import OperationalError

from servers.jobs import ringing
from servers.jobs.ringing import Bell, Ringer
from servers.models import Job

QUEUE = str(Job.Queue.HEAVY)


@pytest.fixture
def bells():
    """How many bells the queue holds, on a broker in memory."""
    if current_app.conf.broker_url != "memory://":
        pytest.skip("for a broker in memory")
    with current_app.connection_for_write() as connection:
        queue = current_app.amqp.queues[QUEUE](connection.default_channel)
        queue.queue_declare()
        queue.purge()
        yield lambda: queue.queue_declare().message_count
        queue.purge()


def test_bells_that_are_not_heard_are_not_rung_again(bells, monkeypatch):
    monkeypatch.setattr(ringing, "ENOUGH", 3)
    ringer = Ringer()
    for number in range(5):
        ringer._send(Bell(f"new {number}", QUEUE, 1.0, again=False))
    assert bells() == 5
    ringer._send(Bell("old", QUEUE, 1.0, again=True))
    assert bells() == 5


def test_bell_is_rung_again_where_few_wait(bells, monkeypatch):
    monkeypatch.setattr(ringing, "ENOUGH", 3)
    ringer = Ringer()
    for number in range(5):
        ringer._send(Bell(f"old {number}", QUEUE, 1.0, again=True))
    assert bells() == 3


def test_broker_that_hangs_holds_up_neither_who_rings_nor_the_end(monkeypatch):
    hangs, rung = threading.Event(), threading.Event()

    def hang(*_given):
        rung.set()
        hangs.wait(20)
        raise OperationalError

    monkeypatch.setattr(ringing, "_send", hang)
    monkeypatch.setattr(ringing, "MOST_WAITING", 2)
    ringer = Ringer()
    job = Job(public_id="one", queue=QUEUE, seconds=1.0)
    for _ in range(9):
        ringer.ring(job)
    assert rung.wait(20)
    threads = [each for each in threading.enumerate() if each.name == "ring"]
    assert threads and all(each.daemon for each in threads)
    hangs.set()
