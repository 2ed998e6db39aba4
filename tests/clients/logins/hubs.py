"""A hub for clients that log in: what tests/authored.py offers, for the admins' team, and its trail."""

import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from tests import live
from tests.live import LiveHub

AUTHORED = settings.BASE_DIR / "tests" / "authored.py"
SLUG = "authored"
MOST_TRIES = 20_000
"""Looks at the trail after which what is waited for counts as lost."""
PASSWORD = "a password for a test"


def running(prepared: Path, folder: Path, server: str, **environ: str) -> Iterator[LiveHub]:
    """Start a hub from a database as a first start leaves it, and end it."""
    shutil.copytree(prepared, folder)
    hub = live.start(folder, server, MCPHUB_TOOLS=str(AUTHORED), **environ)
    try:
        yield hub
    finally:
        live.end(hub)


class Trail:
    """What the hub wrote into its audit trail from now on; on SQLite."""

    def __init__(self, hub: LiveHub) -> None:
        self._hub = hub
        self._file = Path(hub.environ["MCPHUB_DATA"]) / "mcphub.sqlite3"
        (self._begun,) = self._rows("SELECT coalesce(max(id), 0) FROM monitoring_auditevent")[0]

    def holds(self, **wanted: int) -> None:
        """Wait until it holds so many of each; dots of an action are underscores here."""
        for name, count in wanted.items():
            self.comes(name, count)
        if 0 in wanted.values():
            self._catches_up()
        assert {name: self.seen[name] for name in wanted} == wanted

    def _catches_up(self) -> None:
        """Wait for a call that is made now: whatever was done before it is written before it."""
        known = self.seen["echo"]
        self._hub.call("demo", "echo", {"text": "later"})
        self.comes("echo", known + 1)

    def comes(self, name: str, count: int = 1) -> None:
        """Wait until an action was done so often."""
        for _ in range(MOST_TRIES):
            if self.seen[name] >= count:
                return
        raise AssertionError(f"{name} was not done {count} times: {self.seen}")

    @property
    def seen(self) -> Counter[str]:
        """How often each action was done; a call counts as the name of its tool, if it was let through."""
        query = (
            "SELECT CASE WHEN kind = 'call' THEN entry ELSE action END, count(*) "
            "FROM monitoring_auditevent WHERE id > ? AND verdict <> 'deny' GROUP BY 1"
        )
        rows = self._rows(query, self._begun)
        return Counter({str(name).replace(".", "_"): int(count) for name, count in rows})

    def _rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        connection = sqlite3.connect(f"file:{self._file}?mode=ro", uri=True)
        try:
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()
