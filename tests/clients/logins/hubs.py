"""A hub for clients that log in: what tests/authored.py offers, for the admins' team, and its trail."""

import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from tests import live
from tests.live import LiveHub
from tests.pair import until

AUTHORED = settings.BASE_DIR / "tests" / "authored.py"
SLUG = "authored"
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
        self._file = Path(hub.environ["MCPHUB_DATA"]) / "mcphub.sqlite3"
        (self._begun,) = self._rows("SELECT coalesce(max(id), 0) FROM monitoring_auditevent")[0]

    def holds(self, **wanted: int) -> None:
        """Wait until it holds so many of each; dots of an action are underscores here."""
        until(lambda: all(self.seen[name] >= count for name, count in wanted.items()))
        assert {name: self.seen[name] for name in wanted} == wanted

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
