"""How admin pages show what differs between two versions."""

import json
from dataclasses import dataclass

from django.template.loader import render_to_string

from catalog.differences import Difference, compare
from catalog.differences.compare import MOST
from catalog.models import EntryVersion


@dataclass(frozen=True, slots=True)
class Compared:
    """A version beside the one that is served; `former` is None where nothing is."""

    version: EntryVersion
    former: EntryVersion | None
    differences: tuple[Difference, ...]
    scope: str

    @property
    def grave(self) -> int:
        """Count what wants a second look most."""
        return sum(difference.grave for difference in self.differences)

    @property
    def cut(self) -> bool:
        """Whether there may be more than is told."""
        return len(self.differences) == MOST


def compared(version: EntryVersion) -> Compared:
    """Compare a version with the one of its entry that is served."""
    former, after = version.entry.current, json.loads(version.definition.body)
    before = json.loads(former.definition.body) if former else None
    return Compared(version, former, *compare(version.entry.kind, before, after))


def shown(version: EntryVersion) -> str:
    """Return as HTML what differs between a version and the one that is served."""
    if version.pk == version.entry.current_id:
        return "This is the version that is served."
    return render_to_string("admin/catalog/compared.html", {"change": compared(version)})
