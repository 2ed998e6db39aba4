"""Which tests reach what a hub keeps: its database, its cache, its channels.

The others show the same on every database and need no second run. Who asks for the database in
a fixture or a mark is marked `stores` here; who reaches the cache or the channels alone carries
the mark, and conftest.py fails a test that reaches them without. A second run on other services
may take some of the cases of each such test (`--cases`): all of them were seen on the first.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from channels.layers import ChannelLayerManager
from django.core.cache import CacheHandler

FIXTURES = {"db", "transactional_db", "django_db_reset_sequences", "live_server"}
MARKS = ("stores", "services", "clients", "browser")

reached: set[str] = set()


def mark(items: Iterable[pytest.Item]) -> None:
    """Mark the tests that ask for the database."""
    for item in items:
        asked = FIXTURES.intersection(getattr(item, "fixturenames", ()))
        if asked or item.get_closest_marker("django_db"):
            item.add_marker("stores")


def beyond(items: Iterable[pytest.Item], most: int) -> list[pytest.Item]:
    """Return the cases that are left out where a test is to have at most so many, one or more.

    Those that stay are spread evenly, the first among them, and of two or more the last. Tests that run
    on services alone have all of theirs.
    """
    cases: defaultdict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        if not any(item.get_closest_marker(name) for name in MARKS[1:]):
            cases[item.nodeid.partition("[")[0]].append(item)
    return [item for each in cases.values() for item in _between(each, most)]


def _between(cases: Sequence[pytest.Item], most: int) -> list[pytest.Item]:
    last = len(cases) - 1
    stay = {round(place * last / max(most - 1, 1)) for place in range(most)}
    return [case for place, case in enumerate(cases) if last >= most and place not in stay]


def unmarked(item: pytest.Item) -> bool:
    """Tell whether a test has none of the marks with which it runs on other services."""
    return not any(item.get_closest_marker(name) for name in MARKS)


def _noted(handler: type, what: str) -> None:
    """Note from now on that something of a handler was asked for."""
    ask = handler.__getitem__  # type: ignore[attr-defined]

    def noted(self: Any, alias: str) -> Any:
        reached.add(what)
        return ask(self, alias)

    handler.__getitem__ = noted  # type: ignore[attr-defined]


_noted(CacheHandler, "the cache")
_noted(ChannelLayerManager, "the channels")
