"""How much of the processor a snapshot costs: the first one, and those after one thing changed."""

import time
from collections.abc import Callable

from catalog.models import Entry
from servers.models import Server, ServerEntry
from servers.snapshot import Snapshot, build
from servers.snapshot_rows import read_rows


def times() -> dict[str, float]:
    """Return seconds of CPU of each kind of rebuild; what was changed is put back."""
    found: dict[str, float] = {}
    first = _taken(found, "from nothing", lambda: _built(Snapshot()))
    _taken(found, "of nothing new", lambda: _built(first))
    server = Server.objects.order_by("pk")[0]
    row = ServerEntry.objects.filter(server=server, kind=Entry.Kind.TOOL)[0]
    Entry.objects.filter(pk=row.entry_id).update(enabled=False)
    _taken(found, "after a tool was switched off", lambda: _built(first))
    Entry.objects.filter(pk=row.entry_id).update(enabled=True)
    ServerEntry.objects.filter(pk=row.pk).update(exposed_name="renamed-for-a-moment")
    _taken(found, "after a tool was renamed", lambda: _built(first))
    ServerEntry.objects.filter(pk=row.pk).update(exposed_name=row.exposed_name)
    return found


def _built(last: Snapshot) -> Snapshot:
    return build(read_rows(last.definitions.keys()), last, "scale")


def _taken(found: dict[str, float], what: str, act: Callable[[], Snapshot]) -> Snapshot:
    begun = time.process_time()
    made = act()
    found[what] = round(time.process_time() - begun, 3)
    return made
