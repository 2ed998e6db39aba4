"""A job that the Python SDK started as a task outlives its web process; another client fetches it."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.clients import driving, installing
from tests.clients.known import CLIENTS
from tests.clients.needing import needs
from tests.live import LiveHub
from tests.pair import running, services

pytestmark = [pytest.mark.clients, pytest.mark.services]
SDK = next(client for client in CLIENTS if client.name == "sdk1")
PROGRAM = driving.PROGRAMS / "with_sdk1_tasks.py"
SLUG = "conformance-private"
STOP_SECONDS = 20.0


def drive(hub: LiveHub, token: str, *words: str) -> Any:
    """Run the SDK's program as a client."""
    python = str(installing.python(installing.installed(SDK.package)))
    done = subprocess.run(
        [python, str(PROGRAM), f"{hub.url}/mcp/{SLUG}", token, *words],
        capture_output=True,
        check=False,
        text=True,
        timeout=driving.MOST_SECONDS,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@contextlib.contextmanager
def worker(hub: LiveHub, folder: Path) -> Iterator[None]:
    """Run a worker apart, until the end."""
    command = [sys.executable, "-m", "celery", "-A", "mcphub", "worker", "-l", "WARNING"]
    environ = {**hub.environ, "PYTHONPATH": str(settings.BASE_DIR), "MCPHUB_JOB_SLOTS": "1"}
    with (folder / "worker.log").open("w") as log:
        process = subprocess.Popen(
            command, env=environ, cwd=folder, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.mark.skipif(not all(services()), reason="needs PostgreSQL and Redis")
def test_job_of_the_sdk_outlives_its_web_process_and_another_client_fetches_it(tmp_path):
    needs(SDK.package)
    postgres, redis = services()
    with running(tmp_path, postgres, redis) as pair, worker(pair.hubs[0], tmp_path):
        first, second = pair.hubs
        first.manage("load_conformance")
        one, other = first.token(SLUG), first.token(SLUG)
        made = drive(first, one, "start")
        os.kill(first.process.pid, 9)
        assert first.process.wait() == -9
        found = drive(second, other, "fetch", made["task"])
    assert made["status"] == "working"
    assert found["last"] == "completed" and found["text"].startswith("Computed all")
    assert made["task"] in found["listed"]
