"""`make bench`: measure the hub against a bare uvicorn answer in alternating rounds.

Environment: ONLY=call,list picks scenarios, PEERS=folder adds other servers (installed there),
OUT=folder takes the JSON, CONNECTIONS, ROUNDS and SECONDS say how hard. BENCH_ON_POSTGRES=1 serves
from databases made beside the shell's DATABASE_URL, and from its REDIS_URL. Exit 1: a wrong answer
or a missing audit row.
"""

import os
import sys
import tempfile
from pathlib import Path

import uvloop

from tests.bench import databases, report
from tests.bench.measure import Load
from tests.bench.scenarios import SCENARIOS, Finding, Stage
from tests.bench.targets import DRIVER_CORE, stop_all


def main() -> int:
    """Run the chosen scenarios; return the exit status."""
    chosen = [name for name in os.environ.get("ONLY", "").split(",") if name] or list(SCENARIOS)
    if unknown := [name for name in chosen if name not in SCENARIOS]:
        sys.stderr.write(f"ONLY knows {', '.join(SCENARIOS)}; not {', '.join(unknown)}.\n")
        return 2
    os.sched_setaffinity(0, {DRIVER_CORE})
    with tempfile.TemporaryDirectory(prefix="mcphub-bench-") as folder:
        findings = uvloop.run(_run(chosen, Path(folder)))
    path = report.write(findings, Path(os.environ.get("OUT") or "out"))
    sys.stdout.write(f"\n{path}\n")
    return 0 if report.good(list(findings.values())) else 1


async def _run(chosen: list[str], folder: Path) -> dict[str, Finding]:
    """Run scenarios one after the other, each in a folder of its own."""
    load = Load(
        connections=int(os.environ.get("CONNECTIONS") or 32),
        rounds=int(os.environ.get("ROUNDS") or 5),
        seconds=float(os.environ.get("SECONDS") or 2),
    )
    peers = Path(os.environ["PEERS"]).resolve() if os.environ.get("PEERS") else None
    findings = {}
    for name in chosen:
        own = folder / name
        own.mkdir()
        try:
            findings[name] = await SCENARIOS[name](Stage(own, load, peers))
        finally:
            stop_all()
            databases.drop_all()
        report.show(findings[name])
    return findings


if __name__ == "__main__":
    sys.exit(main())
