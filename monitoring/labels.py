"""What the ids in the audit trail are called: rooms above this one know, and register how to ask.

The trail itself keeps ids alone, so that a name can change or go; pages ask when they are shown.
"""

from collections.abc import Callable

Namer = Callable[[str], str]
"""Takes an id as the trail has it, any text; returns a name, or nothing if there is none."""

_namers: dict[str, Namer] = {}


def register(field: str, namer: Namer) -> None:
    """Say who names what a field of events holds; called once, from a room's ready()."""
    _namers[field] = namer


def label(field: str, value: str) -> str:
    """Return the name behind an id, with the id while something has to tell two of a name apart."""
    namer = _namers.get(field)
    name = namer(value) if namer and value else ""
    return f"{name} ({value[:8]})" if name else value
