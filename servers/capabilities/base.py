"""The interface between the corridor and whatever does the work."""

from collections.abc import Awaitable
from typing import Any, NamedTuple, Protocol

from accounts.caller import Caller
from servers.protocol.outcome import Outcome

DEFAULT_SECONDS = 300.0
"""How long a call may take where its author says nothing."""


class Exchange(Protocol):
    """The caller's end of one call while it runs; safe to use from any thread."""

    def progress(self, value: float, total: float | None, message: str | None) -> Awaitable[None]:
        """Tell the client how far the call is."""
        ...

    def log(self, level: str, data: Any, logger: str | None) -> Awaitable[None]:
        """Tell the client a log message, if it asked for that level."""
        ...

    def cancelled(self) -> bool:
        """Return whether the call was stopped."""
        ...


class Work(NamedTuple):
    """One thing to do: which entry of which source, with what, for whom."""

    source: str
    kind: str
    name: str
    arguments: dict[str, Any]
    uri: str
    server: str
    caller: Caller
    seconds: float
    exchange: Exchange


class Unavailable(Exception):
    """What the catalog promises cannot be reached at the moment; the text is for the client."""


class BadArguments(Exception):
    """The arguments passed the schema but do not make sense to the entry; the text says where."""


class Capability(Protocol):
    """One kind of thing that can be called."""

    def seconds(self, source: str, kind: str, name: str) -> float:
        """Return how long a call of this entry may take."""
        ...

    async def call(self, work: Work) -> Outcome:
        """Do the work; raises Unavailable, BadArguments, or what the work itself raises."""
        ...
