"""The parts of a hub in a drill, each a process that may be killed: a cluster and a Redis of its own, two
web processes, a worker and its children, and beat.
"""

import contextlib
import glob
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import psycopg
from django.conf import settings

from tests.drill import drilled
from tests.live import free_port

SLOTS = 4
PATIENCE = 90.0
"""How long a part may take to be back."""
A_LOOK = 0.02
SUPERUSER = "drill"


def until(condition: Callable[[], bool], what: str, seconds: float = PATIENCE) -> float:
    """Wait until it is so; return when it was."""
    over = time.time() + seconds
    while time.time() < over:
        if condition():
            return time.time()
        time.sleep(A_LOOK)
    raise AssertionError(f"{what}: not within {seconds:.0f} s")


def children(pid: int) -> list[int]:
    """Return the processes that a process has begun."""
    found: list[int] = []
    for told in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += [int(each) for each in told.read_text().split()]
    return found


def alive(pid: int) -> bool:
    """Return whether a process runs; one that only waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] not in "ZX"
    except OSError:
        return False


class Part:
    """A process that is started, killed and started again; its words go to a file."""

    def __init__(
        self, name: str, folder: Path, command: Sequence[str], *, user: str | None = None
    ) -> None:
        self.name, self.log, self.user = name, folder / f"{name}.log", user
        self.command, self.environ = command, dict[str, str]()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process that runs now."""
        assert self.process is not None
        return self.process.pid

    def start(self) -> float:
        """Start it; return when."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                env=self.environ,
                cwd=settings.BASE_DIR if self.user is None else "/",
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                user=self.user,
                extra_groups=[] if self.user else None,
            )
        return time.time()

    def kill(self) -> float:
        """Kill it; return when."""
        assert self.process is not None
        self.process.kill()
        at = time.time()
        self.process.wait()
        return at

    def end(self, seconds: float = 15.0) -> None:
        """Let it end, if it runs."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Site:
    """All parts of one hub."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.ledger = folder, folder / "ledger"
        self.ports = [free_port(), free_port()]
        self.postgres, self.database = _postgres(folder)
        self.redis, self.redis_port = _redis(folder)
        hub = [sys.executable, str(settings.BASE_DIR / "manage.py"), "hub"]
        celery = [sys.executable, "-m", "celery", "-A", "mcphub"]
        self.webs = [Part(f"web{number}", folder, hub) for number in (1, 2)]
        self.worker = Part("worker", folder, [*celery, "worker", "-l", "WARNING"])
        self.beat = Part("beat", folder, [*celery, "beat", "-l", "WARNING"])
        self.left: set[int] = set()
        """Children whose parent was killed."""
        self._give_settings()

    def _give_settings(self) -> None:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        shared = {
            **kept,
            "DATABASE_URL": self.database,
            "REDIS_URL": f"redis://127.0.0.1:{self.redis_port}/0",
            "MCPHUB_SECRET_KEY": secrets.token_urlsafe(48),
            "MCPHUB_ADMIN_PASSWORD": "a password for a drill",
            "MCPHUB_DATA": str(self.folder),
            "MCPHUB_TOOLS": drilled.__file__,
            "MCPHUB_JOB_SLOTS": str(SLOTS),
            "SERVER": "uvicorn",
            "DRILL_LEDGER": str(self.ledger),
            "PYTHONPATH": str(settings.BASE_DIR),
        }
        for part in (self.worker, self.beat):
            part.environ = shared
        for part, port in zip(self.webs, self.ports, strict=True):
            part.environ = {**shared, "PORT": str(port)}
        for part in (self.postgres, self.redis):
            part.environ = kept

    @property
    def _other_database(self) -> str:
        return self.database.rpartition("/")[0] + "/postgres"

    # --- is it there? ---

    def postgres_answers(self) -> bool:
        """Return whether the database takes connections."""
        try:
            psycopg.connect(self._other_database, connect_timeout=2).close()
        except psycopg.Error:
            return False
        return True

    def redis_answers(self) -> bool:
        """Return whether Redis answers, with what it kept read."""
        try:
            with socket.create_connection(("127.0.0.1", self.redis_port), 1) as link:
                link.sendall(b"PING\r\n")
                return link.recv(64).startswith(b"+PONG")
        except OSError:
            return False

    def web_answers(self, number: int) -> bool:
        """Return whether a web process wants requests."""
        try:
            with urlopen(
                f"http://127.0.0.1:{self.ports[number]}/health/ready", timeout=5
            ) as answer:
                return bool(answer.status == 200)
        except (HTTPError, OSError):
            return False

    def slots(self) -> list[int]:
        """Return the worker's children."""
        return children(self.worker.pid)

    def command(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run a management command."""
        line = [sys.executable, str(settings.BASE_DIR / "manage.py"), *words]
        return subprocess.run(
            line, env=self.webs[0].environ, capture_output=True, text=True, check=False
        )

    # --- beginning and end ---

    def start(self) -> None:
        """Start everything, and wait until it is there."""
        self.postgres.start()
        until(self.postgres_answers, "PostgreSQL")
        with psycopg.connect(self._other_database, autocommit=True) as db:
            db.execute("CREATE DATABASE hub")
        self.redis.start()
        until(self.redis_answers, "Redis")
        self.webs[0].start()
        until(lambda: self.web_answers(0), "the first hub")  # it prepares the database
        for part in (self.webs[1], self.beat, self.worker):
            part.start()
        until(lambda: self.web_answers(1), "the second hub")
        until(lambda: len(self.slots()) == SLOTS, "the worker")

    def end(self) -> None:
        """End everything, also what was left."""
        self.left |= set(self.slots()) if self.worker.process else set()
        for part in (self.beat, self.worker, *self.webs, self.redis):
            part.end()
        for pid in self.left:
            if alive(pid) and b"celery" in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(pid, signal.SIGKILL)
        self.postgres.end()


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Site]:
    """Have a hub with all its parts."""
    site = Site(folder)
    try:
        site.start()
        yield site
    finally:
        site.end()


def _postgres(folder: Path) -> tuple[Part, str]:
    """Make a cluster; it refuses to be root's."""
    programs = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
    program = Path(programs[-1]) if programs else Path(shutil.which("postgres") or "").parent
    user = "postgres" if os.geteuid() == 0 else None
    place, port = folder / "postgres", free_port()
    place.mkdir()
    if user:
        folder.chmod(0o755)
        shutil.chown(place, user)
    making = [str(program / "initdb"), "-D", str(place / "data"), "-A", "trust", "-U", SUPERUSER]
    done = subprocess.run(
        making, user=user, extra_groups=[] if user else None, capture_output=True, cwd="/"
    )
    assert done.returncode == 0, done.stderr.decode()
    listens = ["-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={place}"]
    command = [str(program / "postgres"), "-D", str(place / "data"), "-p", str(port), *listens]
    command += ["-c", "max_connections=300"]
    return Part("postgres", folder, command, user=user), (
        f"postgres://{SUPERUSER}@127.0.0.1:{port}/hub"
    )


def _redis(folder: Path) -> tuple[Part, int]:
    """Prepare a Redis that keeps what it was told, to the second."""
    place, port = folder / "redis", free_port()
    place.mkdir()
    kept = ["--appendonly", "yes", "--appendfsync", "everysec", "--save", ""]
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", str(place)]
    return Part("redis", folder, [*command, *kept]), port
