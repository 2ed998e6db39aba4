"""Which attempt to connect a step belongs to: a table of what must be equal. Pure.

Nothing tells a hub that two requests are one client's way in: the first have an address and perhaps
a server, later ones a client, the last a person; the browser may sit elsewhere than the client.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, NamedTuple, Protocol, TypeVar

WINDOW = timedelta(minutes=15)
"""How long an attempt waits for its next step."""


class Rule(NamedTuple):
    """What must be known on both sides and equal; `weak`: where several people share that, an attempt
    of nobody's."""

    fields: tuple[str, ...]
    weak: bool = False


RULES = (
    Rule(("user_id", "client_id", "server")),
    Rule(("client_id", "address")),
    Rule(("client_id",), weak=True),  # a client known by its document is many people's
    Rule(("address", "server"), weak=True),
    Rule(("address",), weak=True),
)
IDENTITY = ("user_id", "client_id", "server")
"""What may not differ where both sides know it, whichever rule fits."""


class Known(Protocol):
    """A step, or an attempt, as far as it is known."""

    @property
    def address(self) -> str:
        """Where it came from, empty if that is not known."""
        ...

    @property
    def server(self) -> Any:
        """The public id of a server, or None."""
        ...

    @property
    def client_id(self) -> int | None:
        """The key of a client, or None."""
        ...

    @property
    def user_id(self) -> int | None:
        """The key of a person, or None."""
        ...


Attempt = TypeVar("Attempt", bound=Known)


def find(step: Known, attempts: Iterable[Attempt]) -> Attempt | None:
    """Return the attempt that a step goes on with, of those in its window, the newest first."""
    possible = [attempt for attempt in attempts if not _contradicts(step, attempt)]
    for rule in RULES:
        fitting = [attempt for attempt in possible if _fits(rule, step, attempt)]
        people = {each.user_id for each in fitting if each.user_id}
        if rule.weak and len(people) > 1:
            fitting = [attempt for attempt in fitting if not attempt.user_id]
        if fitting:
            return fitting[0]
    return None


def _fits(rule: Rule, step: Known, attempt: Known) -> bool:
    """Tell whether all that a rule asks for is known, and the same."""
    pairs = ((getattr(step, name), getattr(attempt, name)) for name in rule.fields)
    return all(mine and mine == its for mine, its in pairs)


def _contradicts(step: Known, attempt: Known) -> bool:
    """Tell whether something is known to differ."""
    pairs = ((getattr(step, name), getattr(attempt, name)) for name in IDENTITY)
    return any(mine and its and mine != its for mine, its in pairs)
