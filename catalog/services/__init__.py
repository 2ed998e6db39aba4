"""Every write of this room: keyword-only, atomic, taking the acting user (None: command line).

Each checks, changes, records, and announces last.
"""

from catalog.services.announcing import announce
from catalog.services.deciding import (
    approve_all_waiting,
    approve_version,
    decline_version,
    roll_back,
)
from catalog.services.entries import (
    change_entry_tags,
    set_entry_durable,
    set_entry_enabled,
    set_entry_runs,
    set_entry_tags,
)
from catalog.services.retiring import retire_sources
from catalog.services.sources import (
    delete_source,
    set_source_changes,
    set_source_enabled,
    set_source_team,
)
from catalog.services.syncing import SyncResult, sync_source
from catalog.services.tags import create_tag, delete_tag, rename_tag
from catalog.services.words import set_entry_words

__all__ = [
    "SyncResult",
    "announce",
    "approve_all_waiting",
    "approve_version",
    "change_entry_tags",
    "create_tag",
    "decline_version",
    "delete_source",
    "delete_tag",
    "rename_tag",
    "retire_sources",
    "roll_back",
    "set_entry_durable",
    "set_entry_enabled",
    "set_entry_runs",
    "set_entry_tags",
    "set_entry_words",
    "set_source_changes",
    "set_source_enabled",
    "set_source_team",
    "sync_source",
]
