"""Workers apart, as processes: their row, their port, their bounds, their end. PostgreSQL and Redis."""

import os
import re
import signal

import pytest

from tests import pair as pairs
from tests.workplaces import Works, children, free_port, get, get_json, until, working

pytestmark = pytest.mark.services

SLOTS = 3


@pytest.fixture(scope="module")
def works(tmp_path_factory):
    postgres, redis = pairs.services_on()
    port = {"MCPHUB_WORKER_PORT": str(free_port()), "MCPHUB_JOB_MEMORY_MB": "64"}
    with working(tmp_path_factory.mktemp("works"), postgres, redis, **port) as works:
        works.worker("-c", str(SLOTS))
        yield works


@pytest.fixture(scope="module")
def keeping(works: Works):
    """A job that keeps its process's loop to itself; it takes long to be ended, so it begins first."""
    return works.begin("keeps_the_loop")


def address(works: Works) -> str:
    return f"http://127.0.0.1:{works.hub.environ['MCPHUB_WORKER_PORT']}"


def able(works: Works) -> int:
    """Return how many processes say that they are able to work."""
    _, body = get(f"{address(works)}/metrics")
    (found,) = re.findall(r"^mcphub_worker_processes (\S+)$", body, re.MULTILINE)
    return round(float(found))


def test_worker_of_several_processes_is_one_row(works: Works, keeping):
    (worker,) = works.workers
    works.until_state(keeping, "working")
    assert until(lambda: (row := works.row(worker)) and row[2] and row) == ("prefork", SLOTS, 1)
    ((name,),) = works.sql("select worker from servers_job where public_id = %s", keeping)
    assert int(name.rpartition("/")[2]) in children(worker)


def test_worker_is_live_and_ready_and_shows_the_numbers_of_its_processes(works: Works, keeping):
    assert get_json(f"{address(works)}/health/live") == (200, {"status": "ok"})
    until(lambda: able(works) == SLOTS)
    status, body = get_json(f"{address(works)}/health/ready")
    assert (status, body["status"], body["probes"]["broker"]["ok"]) == (200, "ok", True)
    works.do("who")
    _, numbers = get(f"{address(works)}/metrics")
    assert 'mcphub_jobs_ended_total{outcome="ok"} 1.0' in numbers
    assert "mcphub_job_wait_seconds_count 2.0" in numbers  # of each job its first beginning
    assert get(f"{address(works)}/elsewhere")[0] == 404


def test_numbers_of_a_worker_are_for_this_machine_or_for_the_token(works: Works):
    assert get(f"{address(works)}/metrics", Host="hub.example.com")[0] == 404
    assert get(f"{address(works)}/metrics", **{"X-Forwarded-For": "10.0.0.1"})[0] == 404


def test_hub_shows_how_many_jobs_are_open(works: Works, keeping):
    _, numbers = get(f"{works.hub.url}/metrics")
    assert 'mcphub_jobs{state="working"} 1.0' in numbers
    assert 'mcphub_jobs{state="queued"} 0.0' in numbers
    assert "mcphub_job_oldest_queued_seconds 0.0" in numbers


def test_job_that_eats_memory_fails_and_its_process_goes_on(works: Works, keeping):
    assert works.do("eats") == "eats ran out of the memory a job may use."
    assert works.do("who")


def test_idle_processes_hold_few_connections(works: Works, keeping):
    query = "select count(*) from pg_stat_activity where datname = current_database() "
    query += "and application_name = 'mcphub worker'"
    until(lambda: works.sql(query)[0][0] <= 2 * SLOTS, "a small number of connections")


def test_job_stuck_in_a_thread_ends_in_time_and_its_process_is_replaced(works: Works, keeping):
    (worker,) = works.workers
    before = children(worker)
    job = works.begin("stuck")
    assert "did not finish in time" in works.ended(job)["result"]["content"][0]["text"]
    assert works.state(job) == ("completed", "timeout", 1)
    until(lambda: len(children(worker) - before) == 1, "another process")
    assert works.do("who")
    assert works.state(job) == ("completed", "timeout", 1)  # told again, it is not begun again


def test_process_that_is_killed_is_replaced_and_its_gauge_forgotten(works: Works, keeping):
    (worker,) = works.workers
    until(lambda: able(works) == SLOTS)
    victim = int(works.do("who"))
    os.kill(victim, signal.SIGKILL)
    until(lambda: victim not in children(worker) and len(children(worker)) == SLOTS)
    until(lambda: able(works) == SLOTS)


def test_job_that_keeps_the_loop_is_killed_and_told_as_late(works: Works, keeping):
    ended = works.ended(keeping)
    assert "did not finish in time" in ended["error"]["message"]
    assert works.state(keeping) == ("failed", "timeout", 1)
    assert works.do("who")


def test_worker_told_to_stop_finishes_what_runs_and_takes_no_more(works: Works, tmp_path):
    (worker,) = works.workers
    running = works.begin("waits", path=str(tmp_path / "go"))
    works.until_state(running, "working")
    worker.send_signal(signal.SIGTERM)
    until(lambda: "Warm shutdown" in (works.folder / "worker0").read_text())
    queued = works.begin("who")
    (tmp_path / "go").touch()
    assert worker.wait(60) == 0
    assert works.state(running)[0] == "completed"
    assert works.state(queued)[0] == "queued"
    assert works.row(worker) is None
    calls = (
        "select count(*) from monitoring_auditevent where entry like '%%waits' and outcome = 'ok'"
    )
    assert works.sql(calls) == [(1,)]


def test_jobs_of_a_worker_that_is_cut_short_are_handed_back_or_fail(works: Works, tmp_path):
    worker = works.worker("-c", "2")
    again, lost = (works.begin(tool, path=str(tmp_path / "go")) for tool in ("waits", "waits_once"))
    for job in (again, lost):
        works.until_state(job, "working")
    works.stop(worker, signal.SIGQUIT)
    works.until_state(lost, "failed")
    assert works.state(lost) == ("failed", "lost", 1)
    works.until_state(again, "queued")
    (tmp_path / "go").touch()
    works.worker("-c", "1")
    assert works.ended(again)["status"] == "completed"
    assert works.state(again)[2] == 2


def test_worker_of_threads_works_too(works: Works, tmp_path):
    for worker in works.workers:
        if worker.poll() is None:
            works.stop(worker)
    worker = works.worker("-c", "2", "-P", "threads")
    assert works.row(worker)[:2] == ("threads", 2)
    assert works.do("who") == str(worker.pid)
    job = works.begin("waits_once", path=str(tmp_path / "go"))
    works.until_state(job, "working")
    worker.send_signal(signal.SIGTERM)
    (tmp_path / "go").touch()
    assert works.ended(job)["status"] == "completed"
    assert worker.wait(60) == 0 and works.row(worker) is None
