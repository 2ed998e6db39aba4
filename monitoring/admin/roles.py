"""Rows that somebody may see or change by what they are in a team, where no permission says so.

This room knows no teams: the one who does says so in its ready(). Without one, permissions decide alone.
"""

from collections.abc import Callable
from typing import Any

from django.db.models import Q

Opener = Callable[[Any, str, str], Q | None]
"""Takes a person, a model as "app.model" and a verb, view or change; None: no role opens any row."""

_openers: list[Opener] = []


def install(opener: Opener) -> None:
    """Say who knows what roles open; called once, from a room's ready()."""
    _openers[:] = [opener]


def opened(user: Any, model: str, verb: str) -> Q | None:
    """Return which rows of a model a person's roles open to them for that."""
    return _openers[0](user, model, verb) if _openers else None
