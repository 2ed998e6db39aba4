import os
import queue

import pytest

from monitoring import bus
from monitoring.bus.line import Line
from monitoring.bus.message import SIZE_LIMIT, Message, decode, encode
from monitoring.bus.outbox import TRUTH_LIMIT
from monitoring.bus.poll import PollBackend
from monitoring.health import Health


@pytest.fixture(autouse=True)
def no_subscribers(monkeypatch):
    monkeypatch.setattr(bus, "_callbacks", type(bus._callbacks)(list))


@pytest.fixture
def sent(monkeypatch):
    """What would have gone to the other processes."""
    texts: list[str] = []
    monkeypatch.setattr(bus, "_send_once", texts.append)
    return texts


def test_subscribers_of_the_topic_hear_at_once(sent):
    heard: list[str] = []
    bus.subscribe("catalog", heard.append)
    bus.subscribe("other", lambda payload: heard.append("wrong"))
    bus.publish("catalog", "7")
    assert heard == ["7"]


def test_an_announcement_says_where_it_is_from(sent):
    bus.publish("catalog", "7")
    assert decode(sent[0]) == Message(bus._state.origin, "catalog", "7")


def test_a_process_leaves_out_its_own_and_hears_the_others(sent):
    heard: list[str] = []
    bus.subscribe("catalog", heard.append)
    bus._deliver(encode(Message(bus._state.origin, "catalog", "own")))
    bus._deliver(encode(Message("f" * 32, "catalog", "foreign")))
    assert heard == ["foreign"]


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"a": 1}', "7", "[" * 100_000])
def test_what_is_no_announcement_is_left_out(text):
    assert decode(text) is None
    bus._deliver(text)


def test_one_broken_subscriber_does_not_deafen_the_others(sent, caplog):
    heard: list[str] = []

    def broken(payload):
        raise KeyError("a bug")

    bus.subscribe("catalog", broken)
    bus.subscribe("catalog", heard.append)
    bus.publish("catalog", "7")
    assert heard == ["7"]
    assert "a subscriber of catalog failed" in caplog.text


def test_what_another_process_could_not_announce_is_told_like_a_new_connection():
    heard: list[str] = []
    bus.subscribe(bus.CONNECTED, heard.append)
    bus._deliver(encode(Message("f" * 32, bus.LOST, "")))
    bus._deliver(encode(Message(bus._state.origin, bus.LOST, "")))
    assert heard == [""]


def test_a_topic_declared_as_chatter_waits_behind_the_others(monkeypatch):
    monkeypatch.setattr(bus, "_chatter", set())
    line = Line(PollBackend(), print)
    monkeypatch.setattr(bus._state, "line", line)
    topic = bus.chatter("weather")
    for each in (topic, "catalog"):
        bus.publish(each, "7")
    monkeypatch.setattr(bus._state, "line", None)
    sent = [decode(text) for text in iter(line.take, None)]
    assert [message.topic for message in sent if message] == ["catalog", "weather"]


def test_a_process_that_announced_too_much_has_the_others_read_again(monkeypatch):
    backend = PollBackend()
    monkeypatch.setattr(bus, "_choose", lambda: backend)
    monkeypatch.setattr(Line, "start", lambda line: None)
    monkeypatch.setattr(Line, "stop", lambda line, timeout: None)
    bus.start()
    line = bus._state.line
    assert line is not None
    for number in range(TRUTH_LIMIT + 1):
        bus.publish("catalog", str(number))
    (text,) = iter(line.take, None)
    bus.stop()
    heard: list[str] = []
    bus.subscribe(bus.CONNECTED, heard.append)
    monkeypatch.setattr(bus._state, "origin", "another")
    bus._deliver(text)
    assert heard == [""]


def test_a_payload_too_long_for_any_backend_is_refused(sent):
    with pytest.raises(ValueError, match="bytes"):
        bus.publish("catalog", "x" * SIZE_LIMIT)
    assert sent == []


def test_odd_characters_travel():
    message = Message("o", "t", "nul \0 lone \ud800 é")
    assert encode(message).isascii()
    assert decode(encode(message)) == message


def test_a_process_that_has_not_started_the_bus_is_well():
    assert not bus.alive()
    assert bus.probe() == Health(True, "not started")


def test_a_forked_child_has_its_own_origin():
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        os.write(writer, bus._state.origin.encode())
        os._exit(0)
    os.waitpid(pid, 0)
    assert os.read(reader, 64).decode() != bus._state.origin
    os.close(reader)
    os.close(writer)


@pytest.mark.django_db(transaction=True)
def test_a_started_process_hears_another_one(settings):
    settings.REDIS_URL = ""
    heard: queue.Queue[str] = queue.Queue()
    bus.subscribe("catalog", heard.put)
    bus.start()
    line = bus._state.line
    assert line is not None
    assert line.connected.wait(10)
    assert bus.alive() and bus.probe().ok
    bus._choose().send_once(encode(Message("f" * 32, "catalog", "7")))
    assert heard.get(timeout=10) == "7"
    bus.stop()
    assert not bus.alive()


@pytest.mark.django_db
def test_a_dead_bus_is_logged_once_and_fails_nobody(settings, caplog):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    settings.CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": ["redis://127.0.0.1:1/0"]},
        }
    }
    bus.publish("catalog", "1")
    bus.publish("catalog", "2")
    assert caplog.text.count("an announcement was not sent") == 1


def test_a_line_that_cannot_connect_is_not_alive():
    assert not Line(PollBackend(), print).connected.is_set()
