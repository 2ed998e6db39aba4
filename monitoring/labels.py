"""What the ids in the audit trail are called: rooms above this one know, and register how to ask.

The trail itself keeps ids alone, so that a name can change or go; pages ask when they are shown.
"""

from collections.abc import Callable, Collection, Mapping

Namer = Callable[[str], str]
"""Takes an id as the trail has it, any text; returns a name, or nothing if there is none."""
ManyNamer = Callable[[Collection[str]], Mapping[str, str]]
"""Takes many of them; returns the names of those that have one, in a fixed number of queries."""

Finder = Callable[[str], Collection[str]]
"""Takes a name; returns the ids, as the trail has them, of what is called so now, a few at most."""

_namers: dict[str, Namer] = {}
_many: dict[str, ManyNamer] = {}
_finders: dict[str, Finder] = {}


def register(field: str, namer: Namer, many: ManyNamer | None = None) -> None:
    """Say who names what a field of events holds; called once, from a room's ready()."""
    _namers[field] = namer
    if many is not None:
        _many[field] = many


def register_finder(field: str, finder: Finder) -> None:
    """Say who finds what a field of events holds by its name; called once, from a room's ready()."""
    _finders[field] = finder


def found(field: str, name: str) -> Collection[str]:
    """Return the ids of what is called so now; nothing for a name without a finder."""
    finder = _finders.get(field)
    return finder(name) if finder and name else ()


def names(field: str, values: Collection[str]) -> Mapping[str, str]:
    """Return the names behind ids, of those that have one; for lists, where `label` asks too often."""
    many = _many.get(field)
    return many(values) if many and values else {}


def label(field: str, value: str) -> str:
    """Return the name behind an id, with the id while something has to tell two of a name apart."""
    namer = _namers.get(field)
    name = namer(value) if namer and value else ""
    return f"{name} ({value.rpartition(':')[2][:8]})" if name else value
