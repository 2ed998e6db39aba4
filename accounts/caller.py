"""Who asks: the frozen value that travels with every call."""

import uuid
from dataclasses import dataclass

from accounts import scopes as scope_table


@dataclass(frozen=True, slots=True)
class Caller:
    """A caller for one server: a person through a client, or nobody in particular.

    `scopes` are expanded (write holds read). `user` is the row's id, `user_public_id` what leaves
    the hub. `expires_at` is epoch seconds, infinity for a caller without a token.
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


def nobody() -> Caller:
    """Return the caller of a public server who showed no token: what is public needs no scope."""
    return Caller(server=None, scopes=scope_table.EVERY)
