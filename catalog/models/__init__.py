"""The rows of this room."""

from catalog.models.definition import Definition
from catalog.models.entry import Entry, Prompt, Resource, Tag, Template, Tool
from catalog.models.publisher import CatalogVersion
from catalog.models.source import Source
from catalog.models.version import EntryVersion

__all__ = [
    "CatalogVersion",
    "Definition",
    "Entry",
    "EntryVersion",
    "Prompt",
    "Resource",
    "Source",
    "Tag",
    "Template",
    "Tool",
]
