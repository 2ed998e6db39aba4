"""`python -m tests.scale`: fill a database with 10,000 tools, 1,000 people and 1,000,000 events; time pages.

TEST_ON_POSTGRES names a server; the database is made beside it and kept with KEEP=1, or named by
SCALE_DATABASE if it was kept. Without it the database is of SQLite, as on a laptop: 2,000 tools and
100,000 events. ONLY=text,text picks addresses that have one in them, OUT takes scale.json with every
statement that was slow. Exit 1: a page failed or took 300 ms or more.
"""

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

from tests.bench import databases

KEPT = os.environ.get("SCALE_DATABASE", "")
POSTGRES = KEPT or os.environ.get("TEST_ON_POSTGRES", "")
if POSTGRES:
    os.environ["TEST_ON_POSTGRES"] = KEPT or databases.fresh(POSTGRES)
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402

from tests.scale import filling, measuring, rebuilding  # noqa: E402


def main() -> int:
    """Fill, look, tell; return the exit status."""
    settings.ALLOWED_HOSTS = ["testserver"]
    try:
        call_command("migrate", verbosity=0)
        if not KEPT:
            filling.fill(filling.LARGE if POSTGRES else filling.LAPTOP)
        looks = measuring.looks(os.environ.get("ONLY", ""))
        rebuilds = rebuilding.times()
    finally:
        connections.close_all()
        if not os.environ.get("KEEP"):
            databases.drop_all()
    return _told(looks, rebuilds)


def _told(looks: list[measuring.Look], rebuilds: dict[str, float]) -> int:
    for look in sorted(looks, key=lambda each: -each.wall_ms):
        mark = "  " if look.good else "! "
        times = f"{look.wall_ms:7.1f} ms {look.cpu_ms:7.1f} CPU {look.database_ms:7.1f} database"
        sys.stdout.write(f"{mark}{times} {look.queries:4} queries {look.status} {look.address}\n")
    for what, seconds in rebuilds.items():
        sys.stdout.write(f"  {seconds:7.3f} s CPU, snapshot {what}\n")
    folder = Path(os.environ.get("OUT") or "out")
    folder.mkdir(parents=True, exist_ok=True)
    told = {"pages": [asdict(look) for look in looks], "snapshots": rebuilds}
    (folder / "scale.json").write_text(json.dumps(told, indent=1))
    return 0 if all(look.good for look in looks) else 1


if __name__ == "__main__":
    sys.exit(main())
