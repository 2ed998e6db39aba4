"""What is measured: processes started on free ports, each with data of its own, all on one core."""

import asyncio
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OWN = re.compile(r"MCPHUB_.*|HOST|PORT|SERVER|WORKERS|DATABASE_URL|REDIS_URL")
UP_SECONDS = 180.0
STOP_SECONDS = 30.0
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, DRIVER_CORE = CORES[0], CORES[-1]
"""The same one on a machine with a single core."""

_started: list["subprocess.Popen[bytes]"] = []


@dataclass
class Target:
    """An address that is asked; `calls` counts the tool calls it was sent.

    `session` is the id of a 2025-11-25 session that it is asked in, empty for the newest form.
    """

    name: str
    process: "subprocess.Popen[bytes]"
    port: int
    path: str = "/"
    token: str = ""
    calls: int = 0
    session: str = ""


def environment(**more: str) -> dict[str, str]:
    """Return the shell's environment without its settings for a hub of its own."""
    kept = {name: value for name, value in os.environ.items() if not OWN.fullmatch(name)}
    return {**kept, "PYTHONPATH": str(ROOT), **more}


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def start(command: list[str], environ: Mapping[str, str], log: Path) -> "subprocess.Popen[bytes]":
    """Start a server on the servers' core; what it says goes to `log`."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=dict(environ),
            stdout=out,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            preexec_fn=lambda: os.sched_setaffinity(0, {SERVER_CORE}),
        )
    _started.append(process)
    return process


async def up(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    """Wait until a server takes connections; raises RuntimeError with its last words."""
    until = time.monotonic() + UP_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            _reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
            continue
        writer.close()
        return
    raise RuntimeError(f"a server did not come up:\n{log.read_text(errors='replace')[-2000:]}")


def stop_all() -> None:
    """End every server that still runs, also after a scenario that failed."""
    while _started:
        stop(_started.pop())


def stop(process: "subprocess.Popen[bytes]") -> None:
    """End a server as an operator would."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def uvicorn(python: str, app: str, port: int) -> list[str]:
    """Return the command that serves an app as uvicorn does it best."""
    options = ["--loop", "uvloop", "--http", "httptools", "--log-level", "warning"]
    return [
        python, "-m", "uvicorn", app, "--port", str(port), "--no-access-log", *options,
    ]  # fmt: skip


async def bare(folder: Path, *, padding: int = 0, name: str = "bare uvicorn") -> Target:
    """Start the floor; `padding` bytes make its answers longer."""
    port, log = free_port(), folder / f"bare-{padding}.log"
    environ = environment(BENCH_PADDING=str(padding))
    command = uvicorn(sys.executable, "tests.bench.bare:app", port)
    process = start([*command, "--lifespan", "off"], environ, log)
    await up(process, port, log)
    return Target(name, process, port)
