import queue
import shutil
import socket
import subprocess

import pytest
from channels.layers import channel_layers

from monitoring import bus
from monitoring.bus.layer import LayerBackend
from monitoring.bus.line import Line
from monitoring.bus.message import Message, encode
from tests.pair import services

pytestmark = pytest.mark.services

REDIS_URL = services()[1] or "redis://127.0.0.1:6379/9"
TEXT = encode(Message("f" * 32, "catalog", "7"))


@pytest.fixture(autouse=True)
def redis_layer(settings, worker_id):
    use_redis(settings, REDIS_URL, f"test-bus-{worker_id}")
    yield
    channel_layers.backends.clear()


def use_redis(settings, url, prefix):
    host = {"address": url, "socket_timeout": None}
    settings.REDIS_URL = url
    settings.CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [host], "prefix": prefix},
        }
    }
    channel_layers.backends.clear()


class OwnRedis:
    """A Redis of the test's own, that can be killed and started again."""

    def __init__(self, folder) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.folder = folder
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--save", "", "--dir", self.folder]
        self.process = subprocess.Popen(
            [*command, "--bind", "127.0.0.1"], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        for text in self.process.stdout:
            if "Ready to accept connections" in text:
                return

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def own_redis(tmp_path):
    if shutil.which("redis-server") is None:
        pytest.skip("no redis-server to start")
    server = OwnRedis(str(tmp_path))
    yield server
    server.kill()


@pytest.fixture
def heard():
    return queue.Queue()


@pytest.fixture
def line(heard):
    line = Line(LayerBackend(), heard.put)
    line.start()
    assert line.connected.wait(10)
    yield line
    line.stop(10)


def test_what_a_process_without_a_line_sends_is_heard(line, heard):
    LayerBackend().send_once(TEXT)
    assert heard.get(timeout=10) == TEXT


def test_two_lines_hear_each_other(line, heard):
    other_heard: queue.Queue[str] = queue.Queue()
    other = Line(LayerBackend(), other_heard.put)
    other.start()
    assert other.connected.wait(10)
    other.send(TEXT)
    assert heard.get(timeout=10) == TEXT
    other.stop(10)


def test_a_published_change_reaches_another_process(line, heard, settings):
    bus.start()
    started = bus._state.line
    assert started is not None
    assert started.connected.wait(10)
    bus.publish("catalog", "9")
    assert '"9"' in heard.get(timeout=10)
    bus.stop()


def test_a_line_survives_a_redis_that_was_killed(settings, own_redis, heard, caplog):
    use_redis(settings, own_redis.url, "own")
    line = Line(LayerBackend(), heard.put)
    line.start()
    assert line.connected.wait(10)
    own_redis.kill()
    while line.connected.is_set():
        line.send("during the outage")  # sending notices it sooner than the heartbeat
        line.stopping.wait(0.01)
    own_redis.start()
    assert line.connected.wait(15)
    line.send(TEXT)
    for text in iter(lambda: heard.get(timeout=10), TEXT):
        assert text == "during the outage"
    line.stop(10)
    assert caplog.text.count("the bus is down") == 1
    assert caplog.text.count("the bus is back") == 1


def test_a_redis_that_is_not_there_is_a_fault_and_not_a_bug(settings, heard):
    use_redis(settings, "redis://127.0.0.1:1/0", "own")
    backend = LayerBackend()
    with pytest.raises(backend.faults):
        backend.session(Line(backend, heard.put))
