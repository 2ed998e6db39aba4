"""`make drill`: kill every part of a hub, and measure how soon a change on one process holds on another.

Environment: ONLY picks among child, worker, web, redis, postgres (kills) and changes; ROUNDS says how often
each (20 kills; 10 changes), SEED which random moments, OUT takes the JSON. The kills bring a cluster and a
Redis of their own; changes need DATABASE_URL, and take REDIS_URL. Exit 1: something was lost or done twice.
"""

import json
import os
import random
import sys
import tempfile
from pathlib import Path
from typing import Any

POSTGRES, REDIS = os.environ.pop("DATABASE_URL", ""), os.environ.pop("REDIS_URL", "")
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django  # noqa: E402

django.setup()

from tests.drill import holding, judging  # noqa: E402
from tests.drill.client import SLUG  # noqa: E402
from tests.drill.judging import Case  # noqa: E402
from tests.drill.kills import KILLS, Drill, Kill  # noqa: E402
from tests.drill.load import Load  # noqa: E402
from tests.drill.parts import Site, alive, running, until  # noqa: E402

KILL_ROUNDS, CHANGE_ROUNDS = 20, 10
REST_SECONDS = 60.0
"""How long what was accepted may take to end when nothing more dies."""
CHANGES = "changes"


def main() -> int:
    """Run what was chosen; return the exit status."""
    known = (*KILLS, CHANGES)
    named = [name for name in os.environ.get("ONLY", "").split(",") if name]
    if unknown := [name for name in named if name not in known]:
        sys.stderr.write(f"ONLY knows {', '.join(known)}; not {', '.join(unknown)}.\n")
        return 2
    chosen = named or [name for name in known if name != CHANGES or POSTGRES]
    if CHANGES in chosen and not POSTGRES:
        sys.stderr.write("The changes of make drill need DATABASE_URL; see CONTRIBUTING.md.\n")
        return 2
    rounds = os.environ.get("ROUNDS")
    out = Path(os.environ.get("OUT") or "out")
    out.mkdir(parents=True, exist_ok=True)
    parts = [name for name in chosen if name != CHANGES]
    faults = _kills(parts, int(rounds or KILL_ROUNDS), out) if parts else []
    if CHANGES in chosen:
        holding.measure(POSTGRES, REDIS, int(rounds or CHANGE_ROUNDS), out / "drill-changes.json")
    return 1 if faults else 0


def _kills(parts: list[str], rounds: int, out: Path) -> list[str]:
    """Kill parts, judge, show and write what came of it; return what is wrong."""
    seed = int(os.environ.get("SEED") or 1)
    with tempfile.TemporaryDirectory(prefix="mcphub-drill-", ignore_cleanup_errors=True) as folder:
        try:
            with running(Path(folder)) as site:
                found, faults = _drill(site, parts, rounds, seed)
        finally:
            for log in Path(folder).glob("*.log"):
                (out / f"drill-{log.name}").write_bytes(log.read_bytes())
    path = out / "drill.json"
    path.write_text(json.dumps({"seed": seed, **found, "faults": faults}, indent=1))
    _show(found, faults)
    sys.stdout.write(f"{path}\n")
    return faults


def _drill(
    site: Site, parts: list[str], rounds: int, seed: int
) -> tuple[dict[str, Any], list[str]]:
    token = site.command("mint_token", "--user", "admin", "--server", SLUG).stdout.strip()
    drill = Drill(site, token, random.Random(seed))
    load = Load(site, token, random.Random(seed + 1))
    load.begin()
    kills: list[Kill] = []
    try:
        for part in parts:
            for number in range(rounds):
                kills.append(drill.round(part, number))
                _tell(kills[-1])
    finally:
        load.end()
    until(lambda: judging.open_jobs(site) == 0, "the end of all jobs", REST_SECONDS)
    case = Case(site, load, kills)
    case.collect()
    figures, faults = judging.judge(case)
    trail = site.command("audit_verify")
    if trail.returncode:
        faults.append(
            f"the audit trail: {trail.stdout.strip()[-300:]}{trail.stderr.strip()[-300:]}"
        )
    left = [pid for pid in site.left if alive(pid)]
    if left:
        faults.append(f"{len(left)} children of killed workers are still there")
    each = {part: judging.of_part(part, kills, load.plain) for part in parts}
    return {"jobs": figures, "audit_verify": trail.returncode, "parts": each}, faults


def _tell(kill: Kill) -> None:
    """Say how a round went."""
    sys.stdout.write(
        f"{kill.part:9}{kill.number:3}{' mid-job' if kill.mid_job else '        '}"
        f"  ran {len(kill.running)}  away {kill.back - kill.at:6.2f} s"
        f"  normal after {kill.normal - kill.back:6.2f} s\n"
    )
    sys.stdout.flush()


def _show(found: dict[str, Any], faults: list[str]) -> None:
    """Print the figures."""
    for name, value in found["jobs"].items():
        sys.stdout.write(f"{name}: {value}\n")
    for part, figures in found["parts"].items():
        sys.stdout.write(f"{part}: {json.dumps(figures)}\n")
    for fault in faults:
        sys.stdout.write(f"WRONG: {fault}\n")


if __name__ == "__main__":
    sys.exit(main())
