"""This room's admin pages, one a file."""

from catalog.admin.entries import EntryAdmin
from catalog.admin.sources import SourceAdmin
from catalog.admin.tags import TagAdmin
from catalog.admin.versions import EntryVersionAdmin

__all__ = ["EntryAdmin", "EntryVersionAdmin", "SourceAdmin", "TagAdmin"]
