"""`make drill`: how soon a change on one web process holds on another, in milliseconds.

Needs PostgreSQL (DATABASE_URL) and takes Redis (REDIS_URL) if it is named. OUT takes the JSON.
"""

import json
import os
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

POSTGRES, REDIS = os.environ.pop("DATABASE_URL", ""), os.environ.pop("REDIS_URL", "")
ROUNDS = int(os.environ.get("ROUNDS") or 10)
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django  # noqa: E402

django.setup()

from tests import pair as pairs  # noqa: E402
from tests.pair import Pair, refused, until  # noqa: E402


def main() -> int:
    """Measure each kind of change; return the exit status."""
    if not POSTGRES:
        sys.stderr.write("make drill needs DATABASE_URL; see CONTRIBUTING.md.\n")
        return 2
    with (
        tempfile.TemporaryDirectory(prefix="mcphub-drill-") as folder,
        pairs.running(Path(folder), POSTGRES, REDIS) as pair,
    ):
        found = {name: _row(partial(drill, pair)) for name, drill in DRILLS.items()}
    path = Path(os.environ.get("OUT") or "out") / "drill.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, indent=1))
    for name, row in found.items():
        sys.stdout.write(f"{name:18} median {row['median']:6.1f} ms   most {row['most']:6.1f} ms\n")
    sys.stdout.write(f"{path}\n")
    return 0


def _row(drill: Callable[[], float]) -> dict[str, float]:
    """Return what a few rounds took."""
    took = [drill() * 1000 for _ in range(ROUNDS)]
    return {"median": median(took), "most": max(took)}


def _accepted(pair: Pair) -> str:
    """Return a token that the second process has just accepted."""
    pair.change("join bob")
    token = pair.hubs[0].token("demo-private", "bob")
    until(lambda: not refused(pair.hubs[1], token))
    return token


def _until_refused(pair: Pair, token: str, change: str) -> float:
    """Make a change and return the seconds until the second process refuses."""
    committed = pair.change(change)
    return until(lambda: refused(pair.hubs[1], token)) - committed


def revoked(pair: Pair) -> float:
    """A token is revoked."""
    token = _accepted(pair)
    return _until_refused(pair, token, f"revoke {token}")


def disabled(pair: Pair) -> float:
    """A tool is switched off."""
    seconds = _until_refused(pair, _accepted(pair), "disable add")
    pair.change("enable add")
    return seconds


def left(pair: Pair) -> float:
    """A person leaves the team."""
    return _until_refused(pair, _accepted(pair), "leave bob")


DRILLS = {"token revoked": revoked, "tool disabled": disabled, "membership ended": left}

if __name__ == "__main__":
    sys.exit(main())
