"""Find, judge, run, record: the one way anything is called.

Every door (Streamable HTTP, stdio, `mcphub.testing`) builds a `Call` and walks it here. There is no other
function that invokes an entry and no parameter that skips a step. Each call leaves one audit event
and one set of metrics, also when it is denied, fails or is cancelled.
"""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, Protocol

from accounts.caller import Caller
from accounts.scopes import READ
from catalog.authoring.asking import AnswerError, ClientCannot, Dialogue, Paused
from catalog.policy.gate import judge_scope
from catalog.policy.verdict import Reason, Verdict
from catalog.schemas import Validator
from servers.capabilities.base import (
    BadArguments,
    Capability,
    Completing,
    Exchange,
    Unavailable,
    Work,
)
from servers.limits import Limits
from servers.protocol.errors import (
    INTERNAL_ERROR,
    InsufficientScope,
    Overloaded,
    ProtocolError,
    RateLimited,
    Stopped,
    invalid_params,
    restarting,
    revoked,
)
from servers.protocol.outcome import Outcome, ToolOutcome, failed
from servers.published import Access, PublishedEntry, PublishedServer

log = logging.getLogger(__name__)
UNKNOWN = Verdict(False, Reason.UNKNOWN)
ASKED, CANCELLED = "asked", "cancelled"
LATE = "did not finish in time; what it began may have happened, or may still."
"""Said of a call that was stopped: a function in a thread goes on, and a retry may do it twice."""
STOPS: dict[str, Callable[[], ProtocolError]] = {"shutdown": restarting, "revoked": revoked}
"""Why the hub stops a call -> what is said of it."""


class Running(Exchange, Protocol):
    """An exchange as the corridor sees it: it can be given a limit and says why it was stopped."""

    stopped: str
    trace_id: str

    @property
    def address(self) -> str:
        """The client's IP address, empty if there is none."""
        ...

    def limit(self, seconds: float) -> None:
        """Stop the call after so many seconds, with `stopped` = "timeout"."""
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


Ended = tuple[str, Outcome | BaseException]
"""How a run ended, and with what."""


class Call(NamedTuple):
    """One thing a caller asks for; `kind` is tool, resource or prompt, `name` what clients call it.

    `dialogue` makes the client's end for questions, when the work asks some; `talk` settles them.
    `completing` asks for completions of an argument instead of the thing itself.
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


class Found(NamedTuple):
    """Where a name led: the entry, if any, and the verdict on it."""

    entry: PublishedEntry | None
    verdict: Verdict
    variables: dict[str, str] | None = None


class Recorder(Protocol):
    """Where the corridor reports each call."""

    def accepting(self) -> bool:
        """Return whether a call could be recorded now."""
        ...

    def started(self) -> int:
        """Return the moment a call begins, in nanoseconds."""
        ...

    def record(
        self, call: Call, found: Found, outcome: str, started: int
    ) -> Awaitable[None] | None:
        """Record how a call ended: ok, error, denied, cancelled, timeout, failed or asked.

        What it returns, if anything, must be waited for before the answer leaves.
        """
        ...


class NotFound(Exception):
    """There is no such name, as far as this caller is concerned."""


class BrokenPromise(Exception):
    """A tool's structured result does not fit its output schema."""


class Corridor:
    """The walk; one object a process."""

    def __init__(
        self, capability: Callable[[str], Capability], recorder: Recorder, limits: Limits
    ) -> None:
        self._capability, self._recorder, self._limits = capability, recorder, limits

    async def walk(self, call: Call) -> Outcome:
        """Return the outcome of a call.

        Raises NotFound, InsufficientScope, RateLimited, Overloaded, Stopped, or another
        ProtocolError for a read or a prompt that went wrong (a tool that went wrong is a failed
        outcome).
        """
        recorder = self._recorder
        if not recorder.accepting():
            raise Overloaded
        started = recorder.started()
        found = judge(find(call), call)
        if call.server.limit is not None and found.verdict.allowed:
            found = self._within_limit(found, call)
        result: Outcome | BaseException
        if found.entry is None or not found.verdict.allowed:
            ending, result = "denied", _refusal(found, call.caller)
        else:
            ending, result = await self._run(call, found.entry, found.variables)
        waiting = recorder.record(call, found, ending, started)
        if waiting is not None:
            await waiting
        if isinstance(result, BaseException):
            raise result
        return result

    def _within_limit(self, found: Found, call: Call) -> Found:
        """Return what was found, denied if its caller has to wait: `detail` says how many seconds."""
        caller = call.caller
        nobody = caller.user is None and not caller.client
        address = call.exchange.address if nobody else ""
        seconds = self._limits.take(call.server, caller, address)
        if not seconds:
            return found
        return found._replace(verdict=Verdict(False, Reason.RATE_LIMITED, str(seconds)))

    async def _run(
        self, call: Call, entry: PublishedEntry, variables: dict[str, str] | None
    ) -> Ended:
        """Do the work and settle what it asked its client; return how it ended, and with what."""
        talk = call.talk
        try:
            try:
                ended = await self._work(call, entry, variables)
            except asyncio.CancelledError:
                ended = _stopped(call, entry)
            except BaseException as error:  # noqa: BLE001  the door behind which authors' code runs
                ended = _ended(call, entry, error)
            if talk is None or not talk.begun or ended[0] == CANCELLED:
                return ended
            return await talk.settle(entry, *ended) if talk.paused or talk.engaged else ended
        except asyncio.CancelledError:
            return _stopped(call, entry)
        except Exception as error:  # noqa: BLE001  what cannot be settled is told like any fault
            return _crashed(call, entry, error)
        finally:
            if talk is not None and talk.begun:
                talk.close()

    async def _work(
        self, call: Call, entry: PublishedEntry, variables: dict[str, str] | None
    ) -> Ended:
        """Check the arguments, do the work, check the result."""
        prepared = self._capability(entry.source_kind).prepare(entry)
        call.exchange.limit(prepared.seconds)
        if call.completing is not None:
            return "ok", await prepared.complete(call.completing)
        for_arguments, for_result = entry.defined.validators()
        problem = for_arguments.problem(call.arguments) if for_arguments else None
        if problem:
            return "error", failed(f"Invalid arguments: {problem}")
        if call.talk is not None and call.talk.resumed:
            await call.talk.begin(entry)
        arguments = call.arguments if variables is None else variables
        outcome = await prepared.call(
            Work(call.name, arguments, call.server.slug, call.caller, call.exchange, call.dialogue)
        )
        if call.exchange.stopped:  # the work took no notice, and nobody waits for it any more
            return _stopped(call, entry)
        return _checked(entry, outcome, for_result)


def _ended(call: Call, entry: PublishedEntry, error: BaseException) -> Ended:
    """Return how a run ended that raised."""
    talk = call.talk
    if isinstance(error, ProtocolError):
        return "error", error
    if isinstance(error, ClientCannot | AnswerError):
        refusal = talk.refusal(error) if talk is not None else None
        return "error", refusal or _told(entry, str(error))
    if isinstance(error, Paused) and talk is not None and talk.paused:
        return ASKED, error  # to be settled
    if not isinstance(error, Exception | Paused):
        raise error
    return _crashed(call, entry, error)


def find(call: Call) -> Found:
    """Return where a name leads; for a resource the templates are tried after the exact address."""
    access = call.server.access_of(call.caller)
    entry = call.server.find(call.kind, call.name)
    if entry is not None:
        return Found(entry, access.verdict(entry))
    if call.kind == "resource":
        return _find_template(call, access)
    return Found(None, UNKNOWN)


def _find_template(call: Call, access: Access) -> Found:
    """Return the first template that covers an address and may be used, else the first that covers."""
    found = Found(None, UNKNOWN)
    for entry in call.server.ordered("template"):
        variables = entry.defined.template.match(call.name) if entry.defined.template else None
        if variables is None:
            continue
        covering = Found(entry, access.verdict(entry), variables)
        if covering.verdict.allowed:
            return covering
        found = found if found.entry else covering
    return found


def judge(found: Found, call: Call) -> Found:
    """Return what was found with the final verdict: access first, then scope."""
    if found.entry is None or not found.verdict.allowed:
        return found
    # Completing an argument is reading, whatever is completed.
    required = found.entry.defined.required_scope if call.completing is None else READ
    scope = judge_scope(call.caller.scopes, required)
    return found if scope.allowed else found._replace(verdict=scope)


def _refusal(found: Found, caller: Caller) -> Exception:
    """Return how a denial leaves: like a name that does not exist, but for who may know of it."""
    if found.verdict.reason == Reason.RATE_LIMITED:
        return RateLimited(float(found.verdict.detail))
    if found.entry is not None and found.verdict.reason == Reason.INSUFFICIENT_SCOPE:
        return InsufficientScope(found.verdict.detail, held=caller.scopes)
    return NotFound()


def _checked(
    entry: PublishedEntry, outcome: Outcome, schema: Validator | None
) -> tuple[str, Outcome]:
    """Return how the work ended if its structured result keeps the entry's promise."""
    if not isinstance(outcome, ToolOutcome):
        return "ok", outcome
    if outcome.is_error:
        return "error", outcome
    problem = schema.problem(outcome.structured) if schema else None
    if problem:
        raise BrokenPromise(
            f"{entry.exposed_name} returned what its outputSchema forbids: {problem}"
        )
    return "ok", outcome


def _stopped(call: Call, entry: PublishedEntry) -> Ended:
    """Return how a call ended that was stopped from outside."""
    task = asyncio.current_task()
    if task is not None:
        task.uncancel()
    if call.exchange.stopped == "timeout":
        return "timeout", _told(entry, f"{entry.exposed_name} {LATE}")
    if call.exchange.stopped == "client":
        return CANCELLED, Stopped()
    if call.exchange.stopped in STOPS:
        return CANCELLED, _told(entry, STOPS[call.exchange.stopped]().message)
    return CANCELLED, _told(entry, f"{entry.exposed_name} was stopped.")


def _crashed(call: Call, entry: PublishedEntry, error: BaseException) -> Ended:
    """Return how a call ended that raised; the text of an unexpected error stays in the log."""
    if isinstance(error, BadArguments):
        return "error", _told(entry, f"Invalid arguments: {error}", invalid=True)
    if isinstance(error, Unavailable):
        return "error", _told(entry, str(error))
    reference = secrets.token_hex(4)
    log.error(
        "internal error %s in %s %r on %s",
        reference,
        entry.kind,
        entry.exposed_name,
        call.server.slug,
        exc_info=error,
    )
    return "failed", _told(entry, f"internal error (reference {reference})")


def _told(entry: PublishedEntry, text: str, *, invalid: bool = False) -> Outcome | ProtocolError:
    """Return a failure in the form its kind of entry has: a result for tools, an error for others."""
    if entry.kind == "tool":
        return failed(text)
    return invalid_params(text) if invalid else ProtocolError(INTERNAL_ERROR, text)
