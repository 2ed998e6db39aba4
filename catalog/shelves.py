"""What curators see of tools, resources, templates and prompts on lists, beside the rows themselves.

For all rows of a page at once: the number of queries does not depend on the rows. Servers are read
through the relation that the room above has made, by its name.
"""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber

from catalog.models import Entry
from catalog.told import Told, told_by
from monitoring.models import EntryUse

SERVERS_A_ROW = 2
"""Servers named in a row; of more, their number."""
UNTOLD = Told("", "", "")


class Place(NamedTuple):
    """Where an entry is published, and under which name clients know it there.

    `via` names the source with all of which it came, if it did.
    """

    server: int
    slug: str
    title: str
    enabled: bool
    name: str
    via: str | None


@dataclass(frozen=True, slots=True)
class Use:
    """How an entry was used in the last 30 days."""

    calls: int = 0
    errors: int = 0
    p95_us: int | None = None
    last_used: datetime | None = None

    @property
    def error_rate(self) -> float | None:
        """The share of its calls that went wrong, if there were calls."""
        return self.errors / self.calls if self.calls else None

    @property
    def p95_ms(self) -> float | None:
        """The time within which 95 of 100 calls ended, in milliseconds."""
        return None if self.p95_us is None else self.p95_us / 1000


@dataclass(frozen=True, slots=True)
class Shelved:
    """What a list shows of an entry; `number` counts its servers, `places` are the first of them."""

    told: Told
    use: Use
    places: tuple[Place, ...]
    number: int

    @property
    def more(self) -> int:
        """How many servers are not named."""
        return self.number - len(self.places)


def shelved(entries: Sequence[Entry], *, servers: int = SERVERS_A_ROW) -> dict[int, Shelved]:
    """Return what is shown of each entry, by key; of each at most so many servers are named.

    The entries have their current versions at hand.
    """
    current = {row.pk: row.current.definition_id for row in entries if row.current}
    told, uses = told_by(current.values()), _uses(entries)
    places, numbers = _places([row.pk for row in entries], servers)
    return {
        row.pk: Shelved(
            told.get(current.get(row.pk, ""), UNTOLD).under(row.own_words),
            uses.get(row.public_id, Use()),
            tuple(places[row.pk]),
            numbers[row.pk],
        )
        for row in entries
    }


def _uses(entries: Sequence[Entry]) -> dict[uuid.UUID, Use]:
    rows = EntryUse.objects.filter(entry__in=[row.public_id for row in entries])
    return {
        row.entry: Use(row.calls, row.errors, row.p95_us, row.last_used) for row in rows.iterator()
    }


def _places(
    keys: list[int], most: int
) -> tuple[defaultdict[int, list[Place]], defaultdict[int, int]]:
    """Return the first servers of each entry, and how many it is on."""
    places, numbers = defaultdict[int, list[Place]](list), defaultdict[int, int](int)
    of_one = [F("pk")]
    rows = Entry.objects.filter(pk__in=keys, published__isnull=False).annotate(
        place=Window(RowNumber(), partition_by=of_one, order_by="published__server__slug"),
        number=Window(Count("published"), partition_by=of_one),
    )
    found: Any = (
        rows.filter(place__lte=most)
        .order_by("pk", "place")
        .values_list(
            "pk",
            "number",
            "published__server_id",
            "published__server__slug",
            "published__server__title",
            "published__server__enabled",
            "published__exposed_name",
            "published__via__source__name",
        )
    )
    for key, number, *said in found:
        places[key].append(Place(*said))
        numbers[key] = number
    return places, numbers
