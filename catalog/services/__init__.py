"""Every write of this room: keyword-only, atomic, taking the acting user (None: command line).

Each checks, changes, records, and announces last.
"""

from catalog.services.announcing import announce
from catalog.services.entries import set_entry_durable, set_entry_enabled, set_entry_tags
from catalog.services.retiring import retire_sources
from catalog.services.sources import delete_source, set_source_enabled, set_source_team
from catalog.services.syncing import SyncResult, sync_source
from catalog.services.tags import create_tag, delete_tag, rename_tag

__all__ = [
    "SyncResult",
    "announce",
    "create_tag",
    "delete_source",
    "delete_tag",
    "rename_tag",
    "retire_sources",
    "set_entry_durable",
    "set_entry_enabled",
    "set_entry_tags",
    "set_source_enabled",
    "set_source_team",
    "sync_source",
]
