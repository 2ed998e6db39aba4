"""descriptors.py: the limit of open files, raised where it may be, and what follows from it for streams."""

import os
import re
import resource
import shutil
import socket
import subprocess
import sys

import pytest
from django.conf import settings

from mcphub import descriptors
from mcphub.descriptors import most_streams
from tests import live_streams
from tests.hub import STATELESS
from tests.live import end, start
from tests.live_client import Client, gauge, left, until

SERVERS = pytest.mark.parametrize("server", ["daphne", "uvicorn"])
LISTEN = "subscriptions/listen"
NOTHING = {"notifications": {}}


@pytest.mark.parametrize(
    ("files", "streams"),
    [
        (0, 0),
        (1, 1),
        (64, 32),
        (256, 128),
        (511, 256),
        (512, 256),
        (1_024, 768),
        (4_096, 3_072),
        (20_000, 15_000),
        (65_536, 49_152),
        (1_048_576, 786_432),
    ],
)
def test_streams_that_follow_from_files(files, streams):
    assert most_streams(files) == streams


def test_something_is_always_kept_for_calls():
    kept = {files: files - most_streams(files) for files in range(10_000)}
    assert all(min(files // 2, descriptors.RESERVED) <= kept[files] for files in kept)
    assert all(kept[files] <= files // 2 for files in kept)


def raised(*limits, prelude=""):
    """Raise the limit in a process that begins with a soft and a hard one; return what it says of it."""
    program = (
        "import logging, resource, sys; logging.basicConfig(format='%(message)s')\n"
        "from mcphub import descriptors\n"
        f"{prelude}\n"
        "descriptors.raise_limit()\n"
        "print(*resource.getrlimit(resource.RLIMIT_NOFILE), descriptors.most_files())"
    )
    given = f"--nofile={':'.join(map(str, limits))}"
    done = subprocess.run(
        ["prlimit", given, sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
    )
    return [int(each) for each in done.stdout.split()], done.stderr.splitlines()


@pytest.mark.parametrize(("soft", "hard"), [(256, 8_000), (8_000, 8_000), (5_000, 5_001)])
def test_soft_limit_becomes_the_hard_one(soft, hard):
    assert raised(soft, hard) == ([hard, hard, hard], [])


def test_limit_that_stays_low_is_told_once():
    limits, (line,) = raised(300, 700)
    assert limits == [700, 700, 700]
    assert "may have 700 files open, so 444 streams" in line and "ulimit -Hn" in line


def test_limit_that_cannot_be_raised_stops_nothing():
    prelude = (
        "def refuse(*_given): raise ValueError('not allowed')\n"
        "descriptors.resource.setrlimit = refuse"
    )
    limits, (line,) = raised(300, 8_000, prelude=prelude)
    assert limits == [300, 8_000, 300] and "may have 300 files open" in line


def test_endless_limit_is_no_number_of_streams(monkeypatch):
    endless = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    monkeypatch.setattr(resource, "getrlimit", lambda _which: endless)
    assert descriptors.most_files() == descriptors.MOST_FILES


@SERVERS
def test_hub_that_is_launched_raises_its_limit(prepared, tmp_path, server):
    shutil.copytree(prepared, tmp_path / "data")
    hub = start(tmp_path / "data", server, by=["prlimit", "--nofile=400:5000"])
    try:
        assert resource.prlimit(hub.process.pid, resource.RLIMIT_NOFILE) == (5_000, 5_000)
        assert "files open" not in (tmp_path / "data" / "log").read_text()
    finally:
        end(hub)


@SERVERS
def test_hub_with_few_files_refuses_streams_and_serves_calls(prepared, tmp_path, server):
    shutil.copytree(prepared, tmp_path / "data")
    hub = start(
        tmp_path / "data",
        server,
        by=["prlimit", "--nofile=60:200"],
        MCPHUB_TOOLS=live_streams.__file__,
    )
    streams = []
    try:
        client = Client(hub, "live-streams", hub.token("live-streams"), STATELESS)
        for _ in range(most_streams(200)):
            streams.append(client.begin(LISTEN, NOTHING))
            assert streams[-1].status == 200
        until(hub, 100)
        with left(*streams):
            refused = client.begin(LISTEN, NOTHING)
            assert (refused.status, refused.answer.headers["retry-after"]) == (429, "15")
            assert client.do("how_much") == "0"
            assert gauge(hub, "mcphub_streams_refused_total") == 1
        (line,) = re.findall("may have .* open, so .* streams", (tmp_path / "data/log").read_text())
        assert line == "may have 200 files open, so 100 streams"
        until(hub, 0)
        assert client.begin(LISTEN, NOTHING).status == 200
    finally:
        end(hub)


def test_one_of_several_web_processes_raises_its_limit(prepared, tmp_path):
    shutil.copytree(prepared, tmp_path / "data")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        number = listener.fileno()
        manage = str(settings.BASE_DIR / "manage.py")
        command = [sys.executable, "-u", manage, "hub", "--listener", str(number)]
        environ = {"PATH": os.environ["PATH"], "MCPHUB_DATA": str(tmp_path / "data")}
        with subprocess.Popen(
            ["prlimit", "--nofile=400:5000", *command],
            pass_fds=(number,),
            env=environ,
            stdout=subprocess.PIPE,
            text=True,
        ) as member:
            try:
                assert member.stdout is not None
                assert member.stdout.readline().startswith("mcphub ready")
                assert resource.prlimit(member.pid, resource.RLIMIT_NOFILE) == (5_000, 5_000)
            finally:
                member.terminate()
