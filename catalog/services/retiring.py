"""Sources whose file is no longer among those that are loaded."""

from collections.abc import Collection

from django.db import transaction

from accounts.services.recording import record
from catalog.models import Source
from catalog.services.announcing import announce
from catalog.services.recording import source_facts
from catalog.services.syncing import mark_missing
from catalog.signals import source_synced

GONE = "Its file is no longer among the apps and MCPHUB_TOOLS that are loaded."


@transaction.atomic
def retire_sources(*, present: Collection[str]) -> list[Source]:
    """Mark the entries of every Python source whose key is not present as missing.

    Rules, tags and switches are kept: the file may come back. Returns the sources that changed.
    """
    rows = Source.objects.select_for_update().filter(kind=Source.Kind.PYTHON).exclude(problem=GONE)
    gone = [row for row in rows.order_by("pk") if row.key not in present]
    for source in gone:
        missing = mark_missing(source.entries.all())
        source.problem = GONE
        source.save(update_fields=["problem"])
        source_synced.send(sender=Source, source=source)
        record(
            None, "source.retire", after={**source_facts(source), "missing": list(missing[:100])}
        )
    if gone:
        announce()
    return gone
