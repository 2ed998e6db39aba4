"""Two web processes on PostgreSQL and Redis, and a third process that changes rows."""

import atexit
import contextlib
import functools
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings

from tests.bench import databases
from tests.live import LiveHub, end, start

MOST_TRIES = 2_000
"""Requests after which a change that has not arrived counts as lost."""


@dataclass
class Pair:
    """Two hubs that share everything but their memory."""

    hubs: tuple[LiveHub, LiveHub]
    changer: "subprocess.Popen[str]"

    def change(self, words: str) -> float:
        """Have a change made; return when it was committed, by the monotonic clock."""
        assert self.changer.stdin and self.changer.stdout
        self.changer.stdin.write(words + "\n")
        self.changer.stdin.flush()
        return float(self.changer.stdout.readline())


def connected(pair: Pair, slug: str = "demo-private", user: str = "bob") -> str:
    """Return the token of a client that a member of the team has just let act for them."""
    token = secrets.token_urlsafe(32)
    pair.change(f"join {user}")
    pair.change(f"let_in {user}")
    pair.change(f"connect {user} {slug} {token}")
    return token


def refused(hub: LiveHub, token: str, tool: str = "add") -> bool:
    """Call a tool of demo-private; return whether the hub refused to run it."""
    arguments = {"a": 1, "b": 2} if tool == "add" else {"text": "x"}
    answer = hub.open(
        "demo-private", "tools/call", {"name": tool, "arguments": arguments}, token=token
    )
    body = answer.read()
    assert answer.status < 500, body
    return answer.status != 200 or b'"result"' not in body


def told_why(hub: LiveHub, token: str) -> bool:
    """Call a tool of demo-private; return whether an administrator has stopped it."""
    call = {"name": "add", "arguments": {"a": 1, "b": 2}}
    body = hub.open("demo-private", "tools/call", call, token=token).read()
    return b"Stopped by an administrator" in body and b'"isError":true' in body


def until(condition: Callable[[], bool]) -> float:
    """Ask again and again until it is so; return when it was, by the monotonic clock."""
    for _ in range(MOST_TRIES):
        if condition():
            return time.monotonic()
    raise AssertionError("the change never arrived")


@functools.cache
def _migrated(postgres: str) -> str:
    """Return the name of a database that is as a hub's migrations leave it: they take seconds."""
    url = databases.fresh(postgres)
    atexit.register(databases.drop_all)
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    secret = {"MCPHUB_SECRET_KEY": secrets.token_urlsafe(32)}
    subprocess.run(
        [sys.executable, str(settings.BASE_DIR / "manage.py"), "migrate", "-v", "0"],
        env={**kept, **secret, "DATABASE_URL": url},
        check=True,
    )
    return urlsplit(url).path.removeprefix("/")


@contextlib.contextmanager
def running(folder: Path, postgres: str, redis: str = "", **more: str) -> Iterator[Pair]:
    """Start both hubs on a database of their own, with more settings, and end them."""
    database = databases.fresh(postgres, like=_migrated(postgres))
    environ = {
        "DATABASE_URL": database,
        "MCPHUB_SECRET_KEY": secrets.token_urlsafe(32),
        **({"REDIS_URL": redis} if redis else {}),
        **more,
    }
    hubs: list[LiveHub] = []
    changer = None
    try:
        for name in ("one", "two"):
            (folder / name).mkdir()
            hubs.append(start(folder / name, "uvicorn", **environ))
        changer = _changer(hubs[0].environ)
        yield Pair((hubs[0], hubs[1]), changer)
    finally:
        if changer is not None:
            changer.communicate()
        for hub in hubs:
            end(hub)
        databases.drop(database)


def _changer(environ: dict[str, str]) -> "subprocess.Popen[str]":
    """Start the third process and wait until it is ready."""
    more = {"DJANGO_SETTINGS_MODULE": "mcphub.settings", "PYTHONPATH": str(settings.BASE_DIR)}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.changes"],
        env={**environ, **more},
        cwd=settings.BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout and process.stdout.readline() == "ready\n"
    return process


def services() -> tuple[str, str]:
    """Return the PostgreSQL and Redis that tests may use, empty where there is none."""
    redis = os.environ.get("TEST_ON_REDIS", "").partition(",")[
        0
    ]  # one for each process of pytest-xdist
    return os.environ.get("TEST_ON_POSTGRES", ""), redis


def services_on(bus: str = "redis") -> tuple[str, str]:
    """Return PostgreSQL, and Redis if the bus is to go over it; skip the test where they are not there."""
    postgres, redis = services()
    wanted = "redis" in bus
    if not postgres or (wanted and not redis):
        pytest.skip("needs TEST_ON_POSTGRES and TEST_ON_REDIS")
    return postgres, redis if wanted else ""
