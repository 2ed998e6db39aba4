"""Many open streams: what each holds, what all cost while nothing happens, how soon they hear, a storm.

Each kind has a hub of its own, as memory that was used once is not given back; a bare server's streams stand
beside, and a hub without streams for what calls cost.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from tests.bench.driver import Heard, drive
from tests.bench.held import Held, Way, hold, one_held, sessions
from tests.bench.hub import Hub, ready, start_hub
from tests.bench.measure import Load, Row, compare, cpu_seconds, family, pss_mib
from tests.bench.requests import CALL, Asking
from tests.bench.targets import Target, bare, start, stop

OPEN, LISTENING, STORM = 5_000, 1_000, 2_000
PEOPLE = 500
IDLE_SECONDS = 10.0
SETTLE_SECONDS = 3.0
TIMES = 5
BESIDE = 4
"""Connections that call while others come back."""
TOOLS = """\
from mcphub import Context, tool

@tool(read_only=True)
async def add(a: int, b: int) -> int:
    '''Add two whole numbers.'''
    return a + b

@tool(read_only=True)
async def change(ctx: Context) -> str:
    '''Say that the tools have changed.'''
    await ctx.changed("tools")
    return "said"
"""
MANY_TOKENS = """
from accounts.models import Membership, User
from accounts.oauth.directory import directory
from accounts.services import mint_token
from servers.models import Server
server, team = directory().by_slug("streams"), Server.objects.get(slug="streams").team
for number in range({0}):
    user = User.objects.create_user(f"bench-{{number}}")
    Membership.objects.create(user=user, team=team)
    minted = mint_token(
        actor=user, user=user, server=server, name="bench", scopes=["mcp:read", "mcp:write"], days=1,
        origin="command",
    )
    print(minted.token)
"""
SWITCHED = """
import time
from catalog import services
from catalog.models import Entry
entry = Entry.objects.get(name="change")
services.set_entry_enabled(actor=None, entry=entry, enabled={0})
print(time.time())
"""


async def measure(folder: Path, load: Load) -> tuple[list[Row], dict[str, float]]:
    """Measure all of it; the rows are calls on a hub without streams, then beside each kind."""
    figures: dict[str, float] = {}
    tools = folder / "streams.py"
    tools.write_text(TOOLS, encoding="utf-8")
    floor = Way(await bare(folder), "bare")
    figures["bare, KiB a stream"], _, kept = await _opened(floor, OPEN)
    alone = await _hub(folder, "alone", tools)
    figures["hub without streams, idle, % of a core"] = await _idle(alone.process)
    pairs = [(alone.target("no streams", "streams"), CALL)]
    for kind in ("listen", "session"):
        hub = await _hub(folder, kind, tools)
        target = hub.target(f"beside {kind} streams", "streams")
        way = Way(target, kind, (target.token,))
        kib, cost, held = await _opened(way, OPEN)
        kept += held
        figures[f"{kind}, KiB a stream"] = kib
        figures[f"{kind}, us of CPU to open one"] = cost
        figures[f"{kind}, {OPEN} open, idle, % of a core"] = await _idle(hub.process)
        pairs.append((target, CALL))
    rows = await compare(pairs, Load(BESIDE, load.rounds, load.seconds))
    figures["p50 of calls beside, times that without"] = max(
        row.p50 / rows[0].p50 for row in rows[1:]
    )
    for each in kept:
        each.close()
    for target, _ in pairs:
        stop(target.process)
    figures |= await _told(folder, tools)
    figures |= await _storm(folder, tools)
    return rows, figures


async def _hub(folder: Path, name: str, tools: Path) -> Hub:
    extra = {"MCPHUB_STREAMS_PER_USER": "100000"}
    return await start_hub(folder, name, [tools], extra=extra)


async def _opened(way: Way, count: int) -> tuple[float, float, list[Held]]:
    """Open streams; return KiB and us of CPU for each, and the streams."""
    known = await sessions(way, count)
    for each in await hold(
        way, count // 50
    ):  # what the first ones bring into memory is no stream's
        each.close()
    await asyncio.sleep(SETTLE_SECONDS)
    members = family(way.target.process.pid)
    memory, used = pss_mib(members), cpu_seconds(members)
    held = await hold(way, count, known)
    used = cpu_seconds(members) - used
    await asyncio.sleep(SETTLE_SECONDS)
    return (pss_mib(members) - memory) * 1024 / count, used / count * 1e6, held


async def _idle(process: "subprocess.Popen[bytes]") -> float:
    """Return how much of a core a hub uses while nothing happens, in percent."""
    await asyncio.sleep(SETTLE_SECONDS)
    members = family(process.pid)
    before = cpu_seconds(members)
    await asyncio.sleep(IDLE_SECONDS)
    return (cpu_seconds(members) - before) / IDLE_SECONDS * 100


# --- a change -------------------------------------------------------------------------------------


async def _told(folder: Path, tools: Path) -> dict[str, float]:
    """Measure from a change to the last listener: what a tool says, and what another process commits."""
    hub = await _hub(folder, "told", tools)
    target = hub.target("told", "streams")
    figures = {}
    for kind in ("listen", "session"):
        held = await hold(Way(target, kind, (target.token,)), LISTENING)
        said = [await _until_all(held, lambda: _say(target)) for _ in range(TIMES)]
        figures[f"{kind}, a tool's word to the last of {LISTENING}, worst ms"] = max(said)
        switched = []
        for on in (False, True) * (TIMES // 2):
            switched.append(await _until_all(held, partial(_switch, hub, on)))
        figures[f"{kind}, another process's commit to the last, worst ms"] = max(switched)
        for each in held:
            each.close()
    stop(hub.process)
    return figures


async def _until_all(held: list[Held], act: Callable[[], Awaitable[float]]) -> float:
    """Make a change and return when the last has heard of it, in ms since it was made."""
    before = [each.heard for each in held]
    doing = asyncio.ensure_future(act())
    while any(each.heard == known for each, known in zip(held, before, strict=True)):
        if doing.done():
            doing.result()  # raises what went wrong
        await asyncio.sleep(0.002)
    heard = time.time()
    return (heard - await doing) * 1000


async def _say(target: Target) -> float:
    """Have a tool say that the tools changed; return when it was asked."""
    body = (
        '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"change","arguments":{},'
        '"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",'
        '"io.modelcontextprotocol/clientCapabilities":{}}}}'
    )
    head = (
        f"POST {target.path} HTTP/1.1\r\nHost: 127.0.0.1:{target.port}\r\n"
        "Content-Type: application/json\r\nAccept: application/json\r\n"
        "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: change\r\n"
        f"Authorization: Bearer {target.token}\r\nConnection: close\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    begun = time.time()
    reader, writer = await asyncio.open_connection("127.0.0.1", target.port)
    writer.write((head + body).encode())
    answer = await reader.read()
    writer.close()
    if b"said" not in answer:
        raise RuntimeError(f"nothing was said: {answer[:300]!r}")
    return begun


async def _switch(hub: Hub, on: bool) -> float:
    """Have another process switch a tool; return when that was committed."""
    done = await asyncio.to_thread(hub.manage, "shell", "-v", "0", "-c", SWITCHED.format(on))
    return float(done)


# --- a storm --------------------------------------------------------------------------------------


async def _storm(folder: Path, tools: Path) -> dict[str, float]:
    """Have many come back at once after a restart, each for itself, while calls go on."""
    hub = await _hub(folder, "storm", tools)
    target = hub.target("storm", "streams")
    minted = hub.manage("shell", "-v", "0", "-c", MANY_TOKENS.format(PEOPLE)).split()
    ways = [Way(target, kind, minted) for kind in ("listen", "session")]
    known = [await sessions(way, STORM // 2) for way in ways]
    for way, own in zip(ways, known, strict=True):
        await hold(way, STORM // 2, own)
    stop(hub.process)
    hub.process = start([sys.executable, "manage.py", "hub"], hub.environ, hub.log)
    target.process = hub.process
    await ready(hub)
    asking = Asking(CALL, port=target.port, path=target.path, token=target.token)
    alone = await drive(asking, target.port, connections=BESIDE, seconds=3.0)
    beside, seconds = await _come_back(ways, known, asking)
    stop(hub.process)
    return {
        f"{STORM} come back after a restart, s": seconds,
        "calls beside them": len(beside.seconds),
        "calls beside them that failed": beside.problems.total() + alone.problems.total(),
        "p50 of calls beside them, ms": _quantile(beside, 0.5),
        "p99 of calls beside them, ms": _quantile(beside, 0.99),
        "p50 of calls before them, ms": _quantile(alone, 0.5),
    }


async def _come_back(
    ways: list[Way], known: list[list[bytes]], asking: Asking
) -> tuple[Heard, float]:
    """Open all streams at once, calls beside them; return those, and when the last was open."""
    begun = time.monotonic()
    calls = asyncio.ensure_future(
        drive(asking, ways[0].target.port, connections=BESIDE, seconds=5.0)
    )
    opening = [
        one_held(way, number, session)
        for way, own in zip(ways, known, strict=True)
        for number, session in enumerate(own)
    ]
    held = await asyncio.gather(*opening)
    seconds = time.monotonic() - begun
    heard = await calls
    for each in held:
        each.close()
    return heard, seconds


def _quantile(heard: Heard, part: float) -> float:
    """Return a quantile of what right answers took, in ms."""
    ordered = sorted(heard.seconds) or [float("nan")]
    return ordered[int(len(ordered) * part)] * 1000
