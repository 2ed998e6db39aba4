"""The interface between the corridor and whatever does the work."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple, Protocol

from accounts.caller import Caller
from catalog.authoring.asking import Dialogue
from servers.protocol.outcome import Completions, Outcome
from servers.protocol.revisions import Revision

DEFAULT_SECONDS = 300.0
"""How long a call may take where its author says nothing."""
DEFAULT_JOB_SECONDS = 3_600.0
"""The same of a job."""


class Exchange(Protocol):
    """The caller's end of one call while it runs; safe to use from any thread."""

    @property
    def revision(self) -> Revision:
        """The revision its client speaks."""
        ...

    def progress(self, value: float, total: float | None, message: str | None) -> Awaitable[None]:
        """Tell the client how far the call is."""
        ...

    def log(self, level: str, data: Any, logger: str | None) -> Awaitable[None]:
        """Tell the client a log message, if it asked for that level."""
        ...

    def cancelled(self) -> bool:
        """Return whether the call was stopped."""
        ...


class Entry(Protocol):
    """What is called, as far as a capability needs it: which entry of which source."""

    @property
    def source(self) -> str:
        """The source's key."""
        ...

    @property
    def kind(self) -> str:
        """tool, resource, template or prompt."""
        ...

    @property
    def name(self) -> str:
        """The entry's name in its source."""
        ...


class Work(NamedTuple):
    """What to do it with, and for whom; `name` is the exposed name or the address asked for.

    `dialogue` makes the client's end for questions: only what asks pays for it. `seconds` is how long
    it may take.
    """

    name: str
    arguments: dict[str, Any]
    server: str
    caller: Caller
    exchange: Exchange
    dialogue: Callable[[], Dialogue] | None = None
    seconds: float = DEFAULT_SECONDS


class Completing(NamedTuple):
    """Which argument is being typed, what of it, and what the others are already."""

    argument: str
    value: str
    others: dict[str, str]


class Unavailable(Exception):
    """What the catalog promises cannot be had at the moment; the text is for the client."""


class NotLoaded(Unavailable):
    """What does the work is not loaded in this process; nothing has begun."""


class BadArguments(Exception):
    """The arguments passed the schema but do not make sense to the entry; the text says where."""


class Prepared(Protocol):
    """An entry, ready to be called."""

    seconds: float
    """How long a call may take."""

    job_seconds: float
    """How long it may take as a job."""

    @property
    def takes(self) -> Mapping[str, Any]:
        """The schema of its arguments, also where the protocol has none: it says what is secret."""
        ...

    def call(self, work: Work) -> Awaitable[Outcome]:
        """Do the work; raises BadArguments, or what the work itself raises."""
        ...

    def complete(self, completing: Completing) -> Awaitable[Completions]:
        """Return what an argument may become; raises BadArguments for one that is not there."""
        ...


class Capability(Protocol):
    """One kind of thing that can be called."""

    def prepare(self, entry: Entry) -> Prepared:
        """Return what calls the entry; raises NotLoaded."""
        ...
