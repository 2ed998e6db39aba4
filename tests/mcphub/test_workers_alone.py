"""Workers left to themselves: without web processes and beat, beside old ones, after the broker lost all."""

import os
import signal

import pytest
import redis

from tests import pair as pairs
from tests.workplaces import Works, until, working

pytestmark = pytest.mark.services


@pytest.fixture
def works(tmp_path):
    postgres, redis_url = pairs.services_on()
    with working(tmp_path, postgres, redis_url) as works:
        yield works


def test_worker_without_a_tool_leaves_its_jobs_to_one_that_has_it(works: Works, tmp_path):
    (tmp_path / "go").touch()
    works.worker("-c", "2", MCPHUB_TOOLS="")
    jobs = [works.begin(tool, path=str(tmp_path / "go")) for tool in ("waits", "waits_once") * 3]
    query = "select count(*) from servers_jobmoment where what = 'passed_on'"
    until(lambda: works.sql(query)[0][0] >= len(jobs), "that all were passed on")
    works.worker("-c", "2")
    assert {works.ended(job)["status"] for job in jobs} == {"completed"}
    assert all(works.state(job)[:2] == ("completed", "") for job in jobs)
    assert (works.folder / "worker0").read_text().count("jobs of waits_once on") <= 2  # one a child


def test_jobs_that_the_broker_forgot_begin_when_a_worker_is_there(works: Works):
    jobs = [works.begin("who") for _ in range(3)]
    broker = redis.Redis.from_url(works.hub.environ["REDIS_URL"])
    waited = "due_at = now() - interval '1 hour', rung_at = now() - interval '1 minute'"
    works.sql(f"update servers_job set {waited} returning id")
    until(lambda: broker.llen("jobs") >= 2 * len(jobs), "that they are announced again")
    broker.delete("jobs")
    works.worker("-c", "1")
    assert {works.ended(job)["status"] for job in jobs} == {"completed"}


def test_jobs_of_a_process_that_dies_end_where_only_a_worker_is_left(works: Works, tmp_path):
    works.worker("-c", "2")
    again, lost = (works.begin(tool, path=str(tmp_path / "go")) for tool in ("waits", "waits_once"))
    for job in (again, lost):
        works.until_state(job, "working")
    works.hub.process.kill()
    works.hub.process.wait()
    query = "select split_part(worker, '/', 2)::int from servers_job where state = 'working'"
    for (process,) in works.sql(query):
        os.kill(process, signal.SIGKILL)
    works.until_state(lost, "failed")
    assert works.state(lost)[1] == "lost"
    (tmp_path / "go").touch()
    works.until_state(again, "completed")
