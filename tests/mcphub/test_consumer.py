"""consumer.py: a worker knows whether it hears its broker, and is not ready while it does not."""

from types import SimpleNamespace

import pytest
from celery.worker.consumer import Consumer as CelerysConsumer

from mcphub import consumer
from mcphub.consumer import DEAF_SECONDS, Consumer, Ear
from mcphub.worker_port import Broker


@pytest.fixture
def ear(monkeypatch):
    """What a worker hears with, on a clock that stands still."""
    ear, clock = Ear(), SimpleNamespace(now=1_000.0)
    monkeypatch.setattr(consumer, "ear", ear)
    monkeypatch.setattr("mcphub.worker_port.ear", ear)
    monkeypatch.setattr(consumer.time, "monotonic", lambda: clock.now)
    return SimpleNamespace(ear=ear, clock=clock)


def test_worker_that_is_not_connected_is_not_ready(ear):
    found = Broker().probe()
    assert (found.ok, found.detail) == (False, "the worker does not hear it")
    ear.ear.listen()
    assert Broker().probe().ok  # this one is in memory


def test_worker_whose_loop_stands_still_hears_nothing(ear):
    ear.ear.listen()
    ear.clock.now += DEAF_SECONDS - 1
    assert ear.ear.hears()
    ear.clock.now += 2
    assert not ear.ear.hears()


def test_worker_whose_connection_breaks_hears_nothing_at_once(ear, monkeypatch):
    ear.ear.listen()
    monkeypatch.setattr(CelerysConsumer, "on_connection_error_after_connected", lambda *_: None)
    Consumer.on_connection_error_after_connected(Consumer.__new__(Consumer), OSError())
    assert not ear.ear.hears()
