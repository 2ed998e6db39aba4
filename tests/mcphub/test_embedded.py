"""A hub that works on its jobs itself: what its end leaves, what stuck tools take, what needs a broker."""

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from tests.live import end, start
from tests.workplaces import SLUG, TOOLS, Jobs, until


def begun(folder: Path, **more: str) -> Jobs:
    return Jobs(start(folder, "uvicorn", MCPHUB_TOOLS=TOOLS, **more))


def rows(folder: Path, query: str, *values):
    with sqlite3.connect(folder / "mcphub.sqlite3") as connection:
        return connection.execute(query, values).fetchall()


def state(folder: Path, job: str):
    query = "select state, reason, attempt from servers_job where public_id = ?"
    return rows(folder, query, job)[0]


@pytest.fixture
def folder(prepared, tmp_path):
    shutil.copytree(prepared, tmp_path / "data")
    return tmp_path / "data"


def test_jobs_of_a_hub_that_stops_are_done_after_the_next_start_or_fail(folder, tmp_path):
    jobs = begun(folder)
    try:
        path = str(tmp_path / "go")
        again, lost = (jobs.begin(tool, path=path) for tool in ("waits", "waits_once"))
        until(lambda: {state(folder, job)[0] for job in (again, lost)} == {"working"})
        ((pool, slots),) = rows(folder, "select pool, slots from servers_worker")
        assert (pool, slots) == ("embedded", 8)
        assert jobs.hub.stop() == 0
    finally:
        end(jobs.hub)
    assert state(folder, again) == ("queued", "", 1)
    assert state(folder, lost) == ("failed", "lost", 1)
    assert rows(folder, "select * from servers_worker") == []
    (tmp_path / "go").touch()
    jobs = begun(folder)
    try:
        assert jobs.ended(again)["status"] == "completed"
        assert state(folder, again) == ("completed", "", 2)
        assert jobs.ended(lost)["status"] == "failed"
    finally:
        end(jobs.hub)


def test_stuck_tools_take_no_thread_for_ever_and_hold_up_no_stop(folder):
    jobs = begun(folder, MCPHUB_TOOL_THREADS="1")
    try:
        assert "did not finish in time" in jobs.do("stuck")
        quick = jobs.hub.call(SLUG, "quick", {}, token=jobs.token)
        assert quick["content"][0]["text"] == "quick"
        assert jobs.hub.stop() == 0
    finally:
        end(jobs.hub)


@pytest.mark.parametrize("command", ["worker", "beat"])
def test_command_that_needs_a_broker_says_so_in_one_sentence(command, tmp_path):
    words = [sys.executable, "-m", "celery", "-A", "mcphub", command]
    done = subprocess.run(
        words,
        env={"MCPHUB_DATA": str(tmp_path / "data"), "PATH": ""},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2 and done.stdout == ""
    assert "needs MCPHUB_BROKER_URL or REDIS_URL.\n" in done.stderr
    assert done.stderr.count("\n") == 1
