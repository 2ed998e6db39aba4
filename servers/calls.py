"""A call on its way through the corridor: what it is made of, and what the corridor must know of the rest."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, Protocol

from accounts.caller import Caller
from catalog.authoring.asking import AnswerError, ClientCannot, Dialogue
from catalog.policy.verdict import Verdict
from monitoring.recorded.masking import Given
from servers.capabilities.base import Completing, Exchange, Prepared
from servers.protocol.errors import ProtocolError
from servers.protocol.outcome import Outcome
from servers.published import PublishedEntry, PublishedServer

ASKED, CANCELLED, HANDED, PASSED_ON = "asked", "cancelled", "handed", "passed_on"
"""Endings of a run that are no result of its own: questions, a stop, a job that took it over; and a job's
run that could not begin here, and is passed on to another worker."""


class Running(Exchange, Protocol):
    """An exchange as the corridor sees it: it can be given a limit and says why it was stopped."""

    stopped: str
    stop_reason: str
    trace_id: str

    @property
    def address(self) -> str:
        """The client's IP address, empty if there is none."""
        ...

    def limit(self, seconds: float) -> None:
        """Stop the call after so many seconds, with `stopped` = "timeout"."""
        ...

    def stop(self, reason: str, words: str = "") -> None:
        """Stop the call now."""
        ...


class Talk(Protocol):
    """How a call talks with its client, as far as the corridor must settle it.

    `begun`: something was said; most calls say nothing, and leave nothing to settle.
    `resumed`: the request brings a state or answers. `engaged`: it continues a call that began before;
    `claimed`: and no other run does any more. `paused`: it ended with questions, or in a refusal.
    `call_id` names the call over its rounds, empty without.
    """

    begun: bool
    call_id: str
    resumed: bool
    engaged: bool

    @property
    def claimed(self) -> bool:
        """Whether the end of this run is the call's."""
        ...

    @property
    def paused(self) -> bool:
        """Whether the run ended with questions, or in a refusal."""
        ...

    def begin(self, entry: PublishedEntry) -> Awaitable[None]:
        """Take what a resumed call brings; raises ProtocolError."""
        ...

    def settle(
        self, entry: PublishedEntry, ending: str, result: "Outcome | BaseException"
    ) -> Awaitable["Ended"]:
        """Return how a run that is engaged or paused ended after all."""
        ...

    def refusal(self, error: ClientCannot | AnswerError) -> ProtocolError | None:
        """Return the protocol's error for a client's fault, None where it is the call's result."""
        ...

    def close(self) -> None:
        """End what still waits for the client."""
        ...


class Hand(Protocol):
    """Takes over calls that run as jobs; without one they run within the call."""

    def takes(self, entry: PublishedEntry) -> bool:
        """Return whether the call is a job from its beginning; raises ProtocolError if its client cannot."""
        ...

    def over(
        self, call: "Call", entry: PublishedEntry, prepared: Prepared
    ) -> Awaitable["Outcome | ProtocolError"]:
        """Have the call done as a job; return what came of it, or the task that it now is."""
        ...


Ended = tuple[str, Outcome | BaseException]
"""How a run ended, and with what."""


class Call(NamedTuple):
    """One thing a caller asks for; `kind` is tool, resource or prompt, `name` what clients call it.

    `dialogue` makes the client's end for questions, when the work asks some; `talk` settles them.
    `completing` asks for completions of an argument instead of the thing itself. `via` is the hub's own
    tool that the client called for it, if it did not call it itself: then the name is that of an entry.
    `hand` takes calls that run as jobs; `job` is the one whose work this is. `own` is where a name of the
    hub's own scheme led, which only its method can find out.
    """

    kind: str
    name: str
    arguments: dict[str, Any]
    server: PublishedServer
    caller: Caller
    exchange: Running
    dialogue: Callable[[], Dialogue] | None = None
    talk: Talk | None = None
    completing: Completing | None = None
    via: str = ""
    hand: "Hand | None" = None
    job: str = ""
    own: "Own | None" = None


class Found(NamedTuple):
    """Where a name led: the entry, if any, and the verdict on it."""

    entry: PublishedEntry | None
    verdict: Verdict
    variables: dict[str, str] | None = None


class Own(NamedTuple):
    """A resource of the hub's own, which is in no snapshot: where its name led, and what reads it."""

    found: Found
    prepared: Prepared | None = None


class Exchanged(NamedTuple):
    """What went into a call, masked, and what came out of it, which is not masked yet."""

    given: Given
    result: Outcome | BaseException


class Recorder(Protocol):
    """Where the corridor reports each call."""

    def accepting(self) -> bool:
        """Return whether a call could be recorded now."""
        ...

    def started(self) -> int:
        """Return the moment a call begins, in nanoseconds."""
        ...

    def given(self, call: Call, found: Found) -> Given | None:
        """Return the arguments of a call that is about to run, masked, or None to keep nothing."""
        ...

    def record(
        self, call: Call, found: Found, outcome: str, started: int, content: Exchanged | None
    ) -> Awaitable[None] | None:
        """Record how a call ended: ok, error, denied, cancelled, timeout, failed, asked or handed.

        `content` is what went in and came out, where the server keeps that. What this returns, if
        anything, must be waited for before the answer leaves.
        """
        ...


class NotFound(Exception):
    """There is no such name, as far as this caller is concerned."""
