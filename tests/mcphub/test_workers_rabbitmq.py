"""RabbitMQ as the broker: accepted, run, cancelled and told apart by queue, as over Redis."""

import os
import signal

import pytest
from kombu import Connection
from kombu.exceptions import OperationalError

from tests import pair as pairs
from tests.workplaces import Works, until, working

pytestmark = pytest.mark.services

RABBITMQ = os.environ.get("TEST_ON_RABBITMQ") or "amqp://guest:guest@127.0.0.1:5672/"


@pytest.fixture(scope="module")
def works(tmp_path_factory):
    postgres, redis = pairs.services_on()
    if not answers():
        pytest.skip("no RabbitMQ answers on loopback; TEST_ON_RABBITMQ names another")
    folder = tmp_path_factory.mktemp("rabbitmq")
    with working(folder, postgres, redis, MCPHUB_BROKER_URL=RABBITMQ) as works:
        works.worker("-c", "2", "-Q", "jobs,chores")
        yield works


def answers() -> bool:
    with Connection(RABBITMQ, connect_timeout=2) as connection:
        try:
            connection.ensure_connection(max_retries=0, timeout=2)
        except (OperationalError, OSError):
            return False
        return True


def test_job_is_done_by_a_worker_apart(works: Works):
    assert int(works.do("who")) != works.hub.process.pid


def test_job_is_cancelled_and_its_slot_is_free(works: Works, tmp_path):
    for _ in range(3):
        job = works.begin("waits", path=str(tmp_path / "never"))
        works.until_state(job, "working")
        works.ask("tasks/cancel", job)
        assert works.ended(job)["status"] == "cancelled"
    assert works.do("who")


def test_heavy_jobs_wait_for_a_worker_that_serves_their_queue(works: Works, tmp_path):
    (tmp_path / "go").touch()
    heavy = works.begin("heavy", path=str(tmp_path / "go"))
    assert works.do("who")
    assert works.state(heavy)[0] == "queued"
    works.worker("-c", "1", "-Q", "heavy")
    assert works.ended(heavy)["status"] == "completed"


def test_worker_that_is_told_to_stop_leaves_nothing_half(works: Works, tmp_path):
    worker = works.workers[0]
    job = works.begin("waits_once", path=str(tmp_path / "go"))
    works.until_state(job, "working")
    worker.send_signal(signal.SIGTERM)
    (tmp_path / "go").touch()
    assert worker.wait(60) == 0
    assert works.state(job)[0] == "completed"
    until(lambda: works.row(worker) is None)
