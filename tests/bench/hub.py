"""A hub for one measurement: own data, own tools, a token, and its audit trail afterwards."""

import asyncio
import http.client
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench import databases
from tests.bench.requests import opening
from tests.bench.targets import ROOT, Target, environment, free_port, start, stop, up

COUNT = (
    "from monitoring.models import AuditEvent as A; print(A.objects.filter(kind='call').count())"
)
FEW = """\
from mcphub import tool

@tool(read_only=True)
async def add(a: int, b: int) -> int:
    '''Add two whole numbers.'''
    return a + b

@tool(read_only=True)
def padd(a: int, b: int) -> int:
    '''Add two whole numbers, in a thread.'''
    return a + b
"""
SEARCHED = """
from django.db import transaction
from catalog.services import announce
from servers.models import Server
with transaction.atomic():
    Server.objects.filter(slug="{0}").update(listing="search")
    announce()
"""
MORE = """
@tool(read_only=True)
async def tool_{0:05}(query: str, limit: int = 10, verbose: bool = False) -> str:
    '''Sample tool {0}: search a pretend collection and give back the best matches.'''
    return query
"""


@dataclass
class Hub:
    """A hub that runs, or ran."""

    process: "subprocess.Popen[bytes]"
    port: int
    environ: dict[str, str]
    log: Path
    served: list[Target] = field(default_factory=list)

    def target(self, name: str, slug: str) -> Target:
        """Return one of its servers, with a token for it."""
        token = self.manage("mint_token", "--user", "admin", "--server", slug)
        target = Target(name, self.process, self.port, f"/mcp/{slug}", token)
        self.served.append(target)
        return target

    def session(self, name: str, slug: str) -> Target:
        """Return one of its servers, to be asked in a session of 2025-11-25."""
        target = self.target(name, slug)
        headers = {
            "content-type": "application/json",
            "accept": "application/json, text/event-stream",
            "authorization": f"Bearer {target.token}",
        }
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("POST", target.path, opening(), headers)
        target.session = connection.getresponse().headers["mcp-session-id"]
        connection.close()
        return target

    def manage(self, *arguments: str) -> str:
        """Return what a command of the hub prints."""
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        done = subprocess.run(command, env=self.environ, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def beside(self, command: list[str], log: Path) -> "subprocess.Popen[bytes]":
        """Start a process that belongs to it, on whichever core is free."""
        with log.open("wb") as out:
            return subprocess.Popen(
                command, cwd=ROOT, env=self.environ, stdout=out, stderr=subprocess.STDOUT
            )

    def search(self, slug: str) -> None:
        """Have one of its servers list what finds its tools."""
        self.manage("shell", "-v", "0", "-c", SEARCHED.format(slug))

    def missing_rows(self) -> int:
        """Stop the hub; return how many calls have no audit row (negative: rows without a call)."""
        stop(self.process)
        rows = int(self.manage("shell", "-v", "0", "-c", COUNT))
        return sum(target.calls for target in self.served) - rows


def write_tools(folder: Path, name: str, count: int) -> Path:
    """Write a file of `count` tools, `add` and `padd` among them, and return it."""
    path = folder / f"{name}.py"
    more = "".join(MORE.format(number) for number in range(count - 2))
    path.write_text(FEW + more, encoding="utf-8")
    return path


async def start_hub(
    folder: Path,
    name: str,
    tools: list[Path],
    *,
    server: str = "uvicorn",
    settle: bool = True,
    extra: Mapping[str, str] = {},
) -> Hub:
    """Start a hub and wait until it is ready."""
    port, log = free_port(), folder / f"{name}.log"
    environ = environment(
        PORT=str(port),
        SERVER=server,
        MCPHUB_DATA=str(folder / name),
        MCPHUB_TOOLS=os.pathsep.join(map(str, tools)),
        MCPHUB_ADMIN_PASSWORD=secrets.token_urlsafe(16),
        **_services(),
        **extra,
    )
    hub = Hub(start([sys.executable, "manage.py", "hub"], environ, log), port, environ, log)
    if settle:
        await ready(hub)
    return hub


async def ready(hub: Hub) -> None:
    """Wait for the line that says it serves."""
    await up(hub.process, hub.port, hub.log)
    until = time.monotonic() + 180
    while b"mcphub ready" not in hub.log.read_bytes():
        if hub.process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"the hub did not start:\n{hub.log.read_text()[-2000:]}")
        await asyncio.sleep(0.02)


def _services() -> dict[str, str]:
    """Return PostgreSQL and Redis as the shell names them, if it wants to measure on them."""
    if not os.environ.get("BENCH_ON_POSTGRES"):
        return {}
    redis = {"REDIS_URL": os.environ["REDIS_URL"]} if os.environ.get("REDIS_URL") else {}
    database = databases.fresh(os.environ["DATABASE_URL"])
    return {**redis, "DATABASE_URL": database, "MCPHUB_SECRET_KEY": secrets.token_urlsafe(48)}
