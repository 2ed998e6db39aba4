"""Which attempt to connect a step belongs to: a table of what must be equal. Pure.

Nothing tells a hub that two requests are one client's way in: the first have an address and perhaps
a server, later ones a client, the last a person; the browser may sit elsewhere than the client. What
anybody could have sent, from another address, never enters the attempt of a person.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, NamedTuple, Protocol, TypeVar

from accounts.models import Step

WINDOW = timedelta(minutes=15)
"""How long an attempt waits for its next step."""


class Rule(NamedTuple):
    """What must be known on both sides and equal.

    `weak`: where several people share that, an attempt of nobody's. `apart`: it may come from another
    address, so the client must be one installation's, and what nobody has logged in to a browser's.
    """

    fields: tuple[str, ...]
    weak: bool = False
    apart: bool = False


RULES = (
    Rule(("user_id", "client_id", "server")),
    Rule(("user_id", "client_id")),
    Rule(("client_id", "address")),
    Rule(("client_id",), weak=True, apart=True),
    Rule(("address", "server"), weak=True),
    Rule(("address",), weak=True),
)
IDENTITY = ("user_id", "client_id", "server")
"""What may not differ where both sides know it, whichever rule fits."""


class Known(Protocol):
    """A step, or an attempt, as far as it is known."""

    @property
    def address(self) -> str:
        """Where it came from, of an attempt its first step; empty if that is not known."""
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


class Taken(Known, Protocol):
    """A step."""

    @property
    def step(self) -> str:
        """Which step it is."""
        ...


class Begun(Known, Protocol):
    """An attempt."""

    @property
    def of_one_client(self) -> bool:
        """Whether its client registered itself: then it is one installation, and not many people's."""
        ...


Attempt = TypeVar("Attempt", bound=Begun)


def find(step: Taken, attempts: Iterable[Attempt]) -> Attempt | None:
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


def _fits(rule: Rule, step: Taken, attempt: Begun) -> bool:
    """Tell whether all that a rule asks for is known, and the same."""
    pairs = ((getattr(step, name), getattr(attempt, name)) for name in rule.fields)
    same = all(mine and mine == its for mine, its in pairs)
    return same and not (rule.apart and _anybodys(step, attempt))


def _anybodys(step: Taken, attempt: Begun) -> bool:
    """Tell whether a step of the same client may be somebody else's, as it may come from elsewhere.

    Who knows the id of a client can send made-up codes in its name, but shows no leave of a person's.
    """
    if not attempt.of_one_client:
        return True
    return not step.user_id and (bool(attempt.user_id) or step.step != Step.AUTHORIZE)


def _contradicts(step: Known, attempt: Known) -> bool:
    """Tell whether something is known to differ."""
    pairs = ((getattr(step, name), getattr(attempt, name)) for name in IDENTITY)
    return any(mine and its and mine != its for mine, its in pairs)
