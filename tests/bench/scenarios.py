"""What is compared with what: a function a scenario; it starts what it needs, __main__ ends it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.bench import jobs, measure, refreshing, streams
from tests.bench.driver import drive
from tests.bench.hub import start_hub, write_tools
from tests.bench.measure import Load, Row, compare, family, pss_mib
from tests.bench.peers import PEERS, start_peer
from tests.bench.requests import CALL, FIND_FREQUENT, FIND_RARE, LIST, POOLED, Asking, Question
from tests.bench.targets import Target, bare, stop

IDLE_SECONDS = 3.0
FAMILIES = 16
WHOLE = replace(LIST, holds=b'"tool_00097"')
"""A list of 100 tools that goes to its end."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a scenario runs: a folder to write into, how hard to drive, where peers live."""

    folder: Path
    load: Load
    peers: Path | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What a scenario found: rows of comparison, or single figures with their unit."""

    title: str
    rows: Sequence[Row] = ()
    figures: dict[str, float] = field(default_factory=dict)
    missing_rows: int = 0


async def call(stage: Stage) -> Finding:
    """A tool call, async and pooled, against the bare answer."""
    base = await bare(stage.folder)
    hub = await start_hub(stage.folder, "call", [write_tools(stage.folder, "few", 2)])
    plain, pooled = hub.target("hub, async def", "few"), hub.target("hub, pooled def", "few")
    pairs = [(base, CALL), (plain, CALL), (pooled, POOLED)]
    rows = await compare(pairs, stage.load)
    return Finding("tools/call", rows, missing_rows=hub.missing_rows())


async def session(stage: Stage) -> Finding:
    """A tool call in a session of 2025-11-25, against the same one in the newest form."""
    hub = await start_hub(stage.folder, "session", [write_tools(stage.folder, "few", 2)])
    newest, older = hub.target("hub, 2026-07-28", "few"), hub.session("hub, 2025-11-25", "few")
    rows = await compare([(newest, CALL), (older, CALL)], stage.load)
    return Finding("tools/call in a session", rows, missing_rows=hub.missing_rows())


async def list_(stage: Stage) -> Finding:
    """A list of 100 tools; the second bare target sends as many bytes as the hub."""
    hub = await start_hub(stage.folder, "list", [write_tools(stage.folder, "hundred", 100)])
    target = hub.target("hub, 100 tools", "hundred")
    size = await _size(target)
    base = await bare(stage.folder)
    large = await bare(stage.folder, padding=size, name=f"bare, {size // 1024} KiB")
    pairs = [(base, LIST), (large, LIST), (target, WHOLE)]
    return Finding("tools/list, 100 tools", await compare(pairs, stage.load))


async def size(stage: Stage) -> Finding:
    """The same call on a server of 10 tools and on one of 10,000."""
    small = await start_hub(stage.folder, "ten", [write_tools(stage.folder, "ten", 10)])
    large = await start_hub(stage.folder, "many", [write_tools(stage.folder, "many", 10_000)])
    pairs = [
        (small.target("hub, 10 tools", "ten"), CALL),
        (large.target("hub, 10,000 tools", "many"), CALL),
    ]
    rows = await compare(pairs, stage.load)
    missing = small.missing_rows() + large.missing_rows()
    return Finding("tools/call by size of the catalog", rows, missing_rows=missing)


async def search(stage: Stage) -> Finding:
    """Searches among 10,000 tools, against a call there; a search may take 5 ms."""
    hub = await start_hub(stage.folder, "many", [write_tools(stage.folder, "many", 10_000)])
    hub.search("many")
    target = hub.target("a call", "many")
    rare, frequent = (
        replace(target, name=f"a search for {what}") for what in ("a rare word", "all")
    )
    hub.served += [rare, frequent]
    while not await _answers(rare, FIND_RARE):
        await asyncio.sleep(0.05)
    pairs = [(target, CALL), (rare, FIND_RARE), (frequent, FIND_FREQUENT)]
    load = replace(stage.load, connections=1)
    return Finding("search among 10,000 tools", await compare(pairs, load))


async def refresh(stage: Stage) -> Finding:
    """Refreshes of a public client, each with the token that the one before gave."""
    hub = await start_hub(stage.folder, "refresh", [write_tools(stage.folder, "few", 2)])
    chains = refreshing.chains(hub, "few", FAMILIES)
    target = Target("hub, /token", hub.process, hub.port)
    rows = [await measure.refreshes(target, chains, stage.load)]
    stop(hub.process)
    done = sum(chain.done for chain in chains)
    return Finding("refreshes", rows, missing_rows=refreshing.unrecorded(hub, done))


async def daphne(stage: Stage) -> Finding:
    """The same call under daphne."""
    base = await bare(stage.folder)
    tools = [write_tools(stage.folder, "few", 2)]
    hub = await start_hub(stage.folder, "daphne", tools, server="daphne")
    pairs = [(base, CALL), (hub.target("hub, daphne", "few"), CALL)]
    rows = await compare(pairs, stage.load)
    return Finding("tools/call under daphne", rows, missing_rows=hub.missing_rows())


async def peers(stage: Stage) -> Finding:
    """The same call on other servers; the base is the hub, alone with auth, policy and audit."""
    if stage.peers is None:
        return Finding("peers: skipped, PEERS names no folder")
    tools = [write_tools(stage.folder, "few", 2)]
    hub = await start_hub(stage.folder, "peers", tools)
    slow = await start_hub(stage.folder, "peers-daphne", tools, server="daphne")
    others = [await start_peer(stage.peers, name, stage.folder) for name in PEERS]
    targets = [hub.target("hub", "few"), slow.target("hub, daphne", "few"), *others]
    rows = await compare([(target, CALL) for target in targets], stage.load)
    missing = hub.missing_rows() + slow.missing_rows()
    return Finding("tools/call, peers (two tools, no auth)", rows, missing_rows=missing)


async def memory(stage: Stage) -> Finding:
    """What an idle process holds: PSS, in MiB."""
    figures = {}
    for server in ("uvicorn", "daphne"):
        hub = await start_hub(stage.folder, f"idle-{server}", [], server=server)
        await asyncio.sleep(IDLE_SECONDS)
        figures[f"{server}, idle, MiB"] = pss_mib(family(hub.process.pid))
        stop(hub.process)
    return Finding("memory", figures=figures)


async def first(stage: Stage) -> Finding:
    """From an empty data folder to the first answered call on the demo."""
    figures = {}
    for server in ("daphne", "uvicorn"):
        begun = time.monotonic()
        hub = await start_hub(stage.folder, f"first-{server}", [], server=server, settle=False)
        target = Target("demo", hub.process, hub.port, "/mcp/demo")
        while not await _answers(target):
            await asyncio.sleep(0.05)
        figures[f"{server}, first answer after s"] = time.monotonic() - begun
        stop(hub.process)
    return Finding("first start", figures=figures)


async def jobs_(stage: Stage) -> Finding:
    """Calls that run as jobs: their first word, many streams, acceptance."""
    return Finding("jobs", figures=await jobs.measure(stage.folder))


async def streams_(stage: Stage) -> Finding:
    """Thousands of open streams: memory, idle, calls beside, how soon they hear, a storm."""
    rows, figures = await streams.measure(stage.folder, stage.load)
    return Finding("streams", rows, figures)


async def _answers(target: Target, question: Question = CALL) -> bool:
    """Return whether a question is answered."""
    asking = Asking(question, port=target.port, path=target.path, token=target.token)
    if target.process.poll() is not None:
        raise RuntimeError("the hub ended instead of answering")
    try:
        heard = await drive(asking, target.port, connections=1, seconds=0.001)
    except OSError:
        return False
    return bool(heard.seconds)


async def _size(target: Target) -> int:
    """Return how many bytes the target's list is."""
    asking = Asking(LIST, port=target.port, path=target.path, token=target.token)
    reader, writer = await asyncio.open_connection("127.0.0.1", target.port)
    writer.write(asking.request()[0])
    head = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    lines = head.decode("latin-1").lower().splitlines()
    return next(int(line[15:]) for line in lines if line.startswith("content-length:"))


SCENARIOS: dict[str, Callable[[Stage], Awaitable[Finding]]] = {
    "call": call,
    "session": session,
    "list": list_,
    "size": size,
    "search": search,
    "refresh": refresh,
    "daphne": daphne,
    "memory": memory,
    "first": first,
    "jobs": jobs_,
    "streams": streams_,
    "peers": peers,
}
