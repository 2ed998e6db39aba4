"""A call in question: what the gate is told of it, and what is looked at before the gate."""

from dataclasses import dataclass
from enum import StrEnum

from catalog.policy.facts import Facts


class Token(StrEnum):
    """What the caller shows at the door."""

    UNSAID = "unsaid"
    WORKS = "works"
    LACKING = "lacking"


class Known(StrEnum):
    """Whether the server has something of this name."""

    SERVED = "served"
    WAITING = "waiting"
    UNPUBLISHED = "unpublished"
    NOWHERE = "nowhere"


@dataclass(frozen=True, slots=True)
class Case:
    """Facts, and what stands before them; with `token` unsaid, every scope counts as held.

    A subject without a user shows no token. `known` is SERVED for what stands in a snapshot; WAITING is
    without an approved version, UNPUBLISHED in the catalog alone.
    """

    facts: Facts
    active: bool = True
    blocked: bool = False
    approved: bool = True
    token: Token = Token.UNSAID
    known: Known = Known.SERVED

    @property
    def anonymous(self) -> bool:
        """Whether nobody in particular asks."""
        return self.facts.subject.user is None
