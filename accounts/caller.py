"""Who asks: the frozen value that travels with every call."""

import uuid
from dataclasses import dataclass, field

from accounts import scopes as scope_table

PLAYGROUND = "playground:"
"""What stands before a person's id where that person's playground is the client."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A caller for one server: a person through a client, or nobody in particular.

    `scopes` are expanded (write holds read). `user` is the row's id, `user_public_id` what leaves
    the hub. `expires_at` is epoch seconds, infinity for a caller without a token. What the caller goes
    by is `family` for a token that a client got by consent, and that follows others, or else `issued`:
    both are rows' ids. `keys` are those whose announcement makes all this stale.
    """

    server: uuid.UUID | None
    user: int | None = None
    user_public_id: uuid.UUID | None = None
    username: str = ""
    teams: frozenset[int] = frozenset()
    client: str = ""
    client_name: str = ""
    scopes: frozenset[str] = frozenset()
    expires_at: float = float("inf")
    family: int | None = None
    issued: int | None = field(default=None, compare=False)
    keys: tuple[str, ...] = field(default=(), compare=False, repr=False)


def nobody() -> Caller:
    """Return the caller of a public server who showed no token: what is public needs no scope."""
    return Caller(server=None, scopes=scope_table.EVERY)
