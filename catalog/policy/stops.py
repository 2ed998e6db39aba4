"""What is stopped for now, and which of it is about a call: six look-ups."""

from collections.abc import Mapping
from typing import Literal, NamedTuple
from uuid import UUID

Kind = Literal["everything", "server", "source", "entry", "user", "client"]
Key = str | int | UUID | tuple[str, str] | None


class Stop(NamedTuple):
    """One thing that an administrator has stopped; its callers read the reason."""

    kind: Kind
    reason: str


class Touched(NamedTuple):
    """What a call is about, by the keys that stops go by.

    `server`, `entry` and `client` are public ids, `source` is its kind and key, `user` the row's id.
    """

    server: UUID
    source: tuple[str, str]
    entry: UUID
    user: int | None = None
    client: str = ""


Stops = Mapping[tuple[Kind, Key], Stop]
"""Each stop by its kind and the key of what is stopped; everything's key is None."""


def stop_on(stops: Stops, touched: Touched) -> Stop | None:
    """Return the widest stop that is about a call, None if nothing stops it.

    Where several meet, the widest is told: it is the one that has to be lifted first.
    """
    about: tuple[tuple[Kind, Key], ...] = (
        ("everything", None),
        ("server", touched.server),
        ("source", touched.source),
        ("entry", touched.entry),
        ("user", touched.user),
        ("client", touched.client),
    )
    return next((stops[key] for key in about if key in stops), None)
