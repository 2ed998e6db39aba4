"""A connection to the broker that dies without a word holds up neither workers nor web processes for long."""

import contextlib
import signal
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests import pair as pairs
from tests.mcphub.test_workers_rabbitmq import RABBITMQ, answers
from tests.silent import Way, way
from tests.workplaces import Works, working

pytestmark = pytest.mark.services


@contextlib.contextmanager
def broker_of(name: str) -> Iterator[tuple[str, Way, str]]:
    """The URL of a broker, a way to it that a test may silence, and its URL by that way."""
    if name == "rabbitmq" and not answers():
        pytest.skip("no RabbitMQ answers on loopback; TEST_ON_RABBITMQ names another")
    broker = RABBITMQ if name == "rabbitmq" else pairs.services_on()[1]
    port = urlsplit(broker).port
    assert port is not None
    with way(port) as silent:
        yield broker, silent, broker.replace(f":{port}", f":{silent.port}")


@pytest.fixture(scope="module", params=["redis", "rabbitmq"])
def brokered(request, tmp_path_factory) -> Iterator[tuple[Works, Way, str]]:
    """A hub, and a way to its broker for workers."""
    with broker_of(request.param) as (broker, silent, by_way):
        postgres, redis = pairs.services_on()
        folder = tmp_path_factory.mktemp(request.param)
        with working(folder, postgres, redis, MCPHUB_BROKER_URL=broker) as works:
            yield works, silent, by_way


@contextlib.contextmanager
def worker(works: Works, *words: str, **more: str):
    """A worker of its own."""
    process = works.worker(*words, **more)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


@pytest.mark.parametrize("pool", ["prefork", "threads"])
def test_worker_whose_connection_went_silent_takes_jobs_again(brokered, pool):
    works, silent, by_way = brokered
    with worker(works, "-c", "2", "-P", pool, MCPHUB_BROKER_URL=by_way):
        assert works.do("who")
        silent.hush()
        assert works.do("who")


@pytest.mark.parametrize("pool", ["prefork", "threads"])
def test_worker_whose_connection_went_silent_ends_when_it_is_told_to(brokered, pool):
    works, silent, by_way = brokered
    with worker(works, "-c", "2", "-P", pool, MCPHUB_BROKER_URL=by_way) as process:
        assert works.do("who")
        silent.hush()
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


@pytest.fixture(scope="module", params=["redis", "rabbitmq"])
def told_by_way(request, tmp_path_factory) -> Iterator[tuple[Works, Way]]:
    """A hub that tells its worker of jobs by a way that a test may silence."""
    with broker_of(request.param) as (broker, silent, by_way):
        postgres, redis = pairs.services_on()
        folder = tmp_path_factory.mktemp(request.param)
        with working(folder, postgres, redis, MCPHUB_BROKER_URL=by_way) as works:
            works.worker("-c", "2", MCPHUB_BROKER_URL=broker)
            yield works, silent


def test_web_process_whose_connection_went_silent_tells_of_jobs_again(told_by_way):
    works, silent = told_by_way
    assert works.do("who")
    silent.hush()
    assert works.do("who")


def test_web_process_whose_broker_answers_nothing_ends_when_it_is_told_to(told_by_way):
    works, silent = told_by_way
    silent.hush(to_come=True)
    works.begin("who")
    works.hub.process.send_signal(signal.SIGTERM)
    assert works.hub.process.wait(60) == 0
