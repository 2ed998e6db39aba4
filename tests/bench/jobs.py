"""Jobs: how soon the first word of one is heard, how well words of many travel, how many are accepted.

The tools put the moment of each word into it, so that lag is measured on one clock; a job that was
accepted is one whose answer named its task.
"""

import asyncio
import json
import statistics
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.hub import Hub, start_hub
from tests.bench.targets import Target, stop

TOOLS = '''\
import asyncio, time
from mcphub import Context, tool

@tool(job=True, read_only=True)
async def first(ctx: Context) -> str:
    """Say one word."""
    await ctx.progress(1, 1, str(time.time()))
    return "done"

@tool(job=True, read_only=True)
async def talk(ctx: Context, words: int, pause: float, at: float) -> str:
    """Say many words from some moment on, each with its own."""
    await asyncio.sleep(at - time.time())
    for number in range(words):
        await ctx.progress(number + 1, words, str(time.time()))
        await asyncio.sleep(pause)
    return "done"

@tool(job=True, read_only=True)
async def nothing() -> str:
    """Do nothing."""
    return "done"
'''
MANY = "from servers.models import Server; Server.objects.update(jobs_of_one=10_000)"
ACCEPTED_AT = """
import json
from servers.models import JobMoment
rows = JobMoment.objects.filter(what="accepted", job__name="first").order_by("-id")[:{0}]
print(json.dumps([row.at.timestamp() for row in rows]))
"""
META = "io.modelcontextprotocol/"
SLOTS = "256"
FIRSTS, STREAMS, WORDS, PAUSE = 100, 200, 50, 0.1
BEGIN_SECONDS = 20.0
"""By then all of them have begun."""
ACCEPTED, ASKING = 600, 12


@dataclass
class Stream:
    """What one watched job said: lag of each word in seconds, and how it ended."""

    lags: list[float]
    newest: float
    ended: bool


async def measure(folder: Path) -> dict[str, float]:
    """Return all figures, in milliseconds but where they say otherwise."""
    path = folder / "jobs.py"
    path.write_text(TOOLS, encoding="utf-8")
    extra = {"MCPHUB_JOB_SLOTS": SLOTS, "MCPHUB_STREAMS_PER_USER": SLOTS}
    hub = await start_hub(folder, "jobs", [path], extra=extra)
    worker = _worker(hub, folder)
    hub.manage("shell", "-v", "0", "-c", MANY)
    target = hub.target("jobs", "jobs")
    try:
        await _warm(target)
        return {**await _firsts(hub, target), **await _streams(target), **await _accepted(target)}
    finally:
        if worker is not None:
            stop(worker)
        stop(hub.process)


async def _firsts(hub: Hub, target: Target) -> dict[str, float]:
    """From the request, and from acceptance, to the first word; one job after the other."""
    heard, seconds = [], []
    for _ in range(FIRSTS):
        begun = time.time()
        async for event in _events(target, "first", {}):
            if "params" in event:
                heard.append(time.time())
                seconds.append(heard[-1] - begun)
    accepted = json.loads(hub.manage("shell", "-v", "0", "-c", ACCEPTED_AT.format(FIRSTS)))
    since = [at - begun for at, begun in zip(heard, reversed(accepted), strict=True)]
    return {
        "request to first word, ms p50": _ms(seconds, 50),
        "request to first word, ms p99": _ms(seconds, 99),
        "accepted to first word, ms p50": _ms(since, 50),
        "accepted to first word, ms p99": _ms(since, 99),
    }


def _ms(seconds: list[float], percent: int) -> float:
    """Return a percentile in milliseconds."""
    return 1000 * statistics.quantiles(seconds, n=100)[percent - 1]


async def _streams(target: Target) -> dict[str, float]:
    """Many streams at once."""
    begun = time.time() + BEGIN_SECONDS
    # Not all at one moment: two thousand words a second are offered evenly.
    steps = [begun + PAUSE * number / STREAMS for number in range(STREAMS)]
    heard = await asyncio.gather(*(_stream(target, at) for at in steps))
    lags = [lag for one in heard for lag in one.lags]
    return {
        "words a second offered": STREAMS * WORDS / (time.time() - begun),
        "words heard, of 100": 100 * len(lags) / (STREAMS * WORDS),
        "streams whose end was missed": float(sum(not one.ended for one in heard)),
        f"streams that heard the last word, of {STREAMS}": float(
            sum(one.newest == WORDS for one in heard)
        ),
        "lag of a word, ms p50": _ms(lags, 50),
        "lag of a word, ms p99": _ms(lags, 99),
    }


async def _stream(target: Target, at: float) -> Stream:
    stream = Stream([], 0.0, False)
    async for event in _events(target, "talk", {"words": WORDS, "pause": PAUSE, "at": at}):
        if "params" in event:
            stream.lags.append(time.time() - float(event["params"]["message"]))
            stream.newest = event["params"]["progress"]
        stream.ended = "result" in event
    return stream


async def _accepted(target: Target) -> dict[str, float]:
    """Jobs accepted in a second, from several clients at once, while the worker does them."""
    left = iter(range(ACCEPTED))

    async def ask() -> None:
        for _ in left:
            async for event in _events(target, "nothing", {}, task=True):
                assert event["result"]["resultType"] == "task", event

    begun = time.monotonic()
    await asyncio.gather(*(ask() for _ in range(ASKING)))
    return {"jobs accepted a second": ACCEPTED / (time.monotonic() - begun)}


async def _warm(target: Target) -> None:
    until = time.monotonic() + 60
    for _ in range(3):
        async for event in _events(target, "first", {}):
            assert time.monotonic() < until, event


async def _events(
    target: Target, tool: str, arguments: dict[str, Any], *, task: bool = False
) -> AsyncIterator[dict[str, Any]]:
    """Call a tool and yield the messages that come, over a connection of its own."""
    body = _body(tool, arguments, task)
    reader, writer = await asyncio.open_connection("127.0.0.1", target.port)
    writer.write(_head(target, tool, len(body)) + body)
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        assert b" 200 " in head, head + await reader.read(2000)
        if b"text/event-stream" not in head.lower():
            yield json.loads(await reader.read())
            return
        while line := await reader.readline():
            if line.startswith(b"data: ") and len(line) > 8:
                yield json.loads(line[6:])
    finally:
        writer.close()


def _body(tool: str, arguments: dict[str, Any], task: bool) -> bytes:
    extensions = {"extensions": {f"{META}tasks": {}}} if task else {}
    meta = {
        f"{META}protocolVersion": "2026-07-28",
        f"{META}clientCapabilities": extensions,
        f"{META}clientInfo": {"name": "bench", "version": "1"},
        "progressToken": "bench",
    }
    params = {"name": tool, "arguments": arguments, "_meta": meta}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    return json.dumps(message).encode()


def _head(target: Target, tool: str, length: int) -> bytes:
    lines = (
        f"POST {target.path} HTTP/1.1",
        f"Host: 127.0.0.1:{target.port}",
        f"Authorization: Bearer {target.token}",
        "Content-Type: application/json",
        "Accept: application/json, text/event-stream",
        "MCP-Protocol-Version: 2026-07-28",
        "Mcp-Method: tools/call",
        f"Mcp-Name: {tool}",
        f"Content-Length: {length}",
        "Connection: close",
    )
    return "\r\n".join((*lines, "", "")).encode()


def _worker(hub: Hub, folder: Path) -> Any:
    """Start a worker apart where the hub has Redis; its threads wait for many jobs at once."""
    if not hub.environ.get("REDIS_URL"):
        return None
    command = ["-m", "celery", "-A", "mcphub", "worker", "--pool", "threads", "-c", SLOTS]
    return hub.beside([sys.executable, *command], folder / "worker.log")
