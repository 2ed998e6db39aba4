"""Find, judge, run, record: the one way anything is called.

Every door (a transport, a worker, `mcphub.testing`) builds a `Call` and walks it here. There is no other
function that invokes an entry and no parameter that skips a step. Each call leaves one audit event
and one set of metrics, also when it is denied, fails or is cancelled.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable

from accounts.scopes import READ
from catalog.authoring.asking import AnswerError, ClientCannot, HandedOver, Paused
from catalog.authoring.contents import clean
from catalog.authoring.errors import CallError
from catalog.policy.gate import judge_scope, judge_stop
from catalog.policy.stops import Stops, Touched, stop_on
from catalog.policy.verdict import Reason, Verdict
from catalog.schemas import Validator
from servers.calls import (
    ASKED,
    CANCELLED,
    HANDED,
    PASSED_ON,
    Call,
    Ended,
    Exchanged,
    Found,
    NotFound,
    Recorder,
)
from servers.capabilities.base import BadArguments, Capability, NotLoaded, Unavailable, Work
from servers.limits import Limits
from servers.protocol.errors import (
    INTERNAL_ERROR,
    InsufficientScope,
    Overloaded,
    ProtocolError,
    RateLimited,
    Stopped,
    StoppedByAdmin,
    invalid_params,
    restarting,
    revoked,
)
from servers.protocol.outcome import Outcome, ToolOutcome, failed
from servers.published import Access, PublishedEntry

log = logging.getLogger(__name__)
UNKNOWN = Verdict(False, Reason.UNKNOWN)
NOTHING = "nothing"
"""What most servers keep of arguments and results."""
LATE = "did not finish in time; what it began may have happened, or may still."
"""Said of a call that was stopped: a function in a thread goes on, and a retry may do it twice."""
STOPS: dict[str, Callable[[], ProtocolError]] = {"shutdown": restarting, "revoked": revoked}
"""Why the hub stops a call -> what is said of it."""
UNHEARD = frozenset({"client", "left"})
"""Why a call is stopped that nobody wants an answer to."""


class BrokenPromise(Exception):
    """A tool's structured result does not fit its output schema."""


class Corridor:
    """The walk; one object a process."""

    def __init__(
        self,
        capability: Callable[[str], Capability],
        recorder: Recorder,
        limits: Limits,
        stops: Callable[[], Stops] = dict,
    ) -> None:
        """Begin; `stops` gives what is stopped now, not when a request began."""
        self._capability, self._recorder, self._limits = capability, recorder, limits
        self._stops = stops
        self._working: dict[int, tuple[Call, PublishedEntry]] = {}

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
        found = judge(find(call), call, self._stops())
        if call.server.limit is not None and not call.job and found.verdict.allowed:
            found = self._within_limit(found, call)
        result: Outcome | BaseException
        given = None
        if found.entry is None or not found.verdict.allowed:
            ending, result = "denied", _refusal(found, call)
        else:
            if call.server.recording != NOTHING:
                given = recorder.given(call, found)
            ending, result = await self._run(call, found.entry, found.variables)
            if isinstance(result, RateLimited):  # it was to be a job, and no more may be open
                detail = str(result.retry_after)
                found = found._replace(verdict=Verdict(False, Reason.RATE_LIMITED, detail))
                ending = "denied"
        content = None if given is None else Exchanged(given, result)
        waiting = recorder.record(call, found, ending, started, content)
        if waiting is not None:
            await waiting
        if isinstance(result, BaseException):
            raise result
        return result

    def verdict(self, call: Call) -> Verdict:
        """Return what a call would be told now; nothing comes of it."""
        return judge(find(call), call, self._stops()).verdict

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
        self._working[id(call.exchange)] = call, entry
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
            del self._working[id(call.exchange)]
            if talk is not None and talk.begun:
                talk.close()

    def end_stopped(self) -> None:
        """Stop the calls under way that something stopped is about; on the loop's thread only."""
        stops = self._stops()
        for call, entry in tuple(self._working.values()) if stops else ():
            stop = stop_on(stops, _touched(call, entry))
            if stop is not None:
                call.exchange.stop("admin", stop.reason)

    async def _work(
        self, call: Call, entry: PublishedEntry, variables: dict[str, str] | None
    ) -> Ended:
        """Check the arguments, do the work, check the result."""
        own = call.own.prepared if call.own is not None else None
        prepared = own or self._capability(entry.source_kind).prepare(entry)
        hand = call.hand
        handed = hand is not None and hand.takes(entry)
        seconds = prepared.job_seconds if call.job else prepared.seconds
        if not handed:
            call.exchange.limit(seconds)
        if call.completing is not None:
            return "ok", await prepared.complete(call.completing)
        for_arguments, for_result = entry.defined.validators()
        problem = for_arguments.problem(call.arguments) if for_arguments else None
        if problem:
            return "error", failed(f"Invalid arguments: {problem}")
        if call.talk is not None and call.talk.resumed:
            await call.talk.begin(entry)
        if hand is not None and handed:
            return HANDED, await hand.over(call, entry, prepared)
        arguments = call.arguments if variables is None else variables
        work = Work(
            call.name,
            arguments,
            call.server.slug,
            call.caller,
            call.exchange,
            call.dialogue,
            seconds,
        )
        try:
            outcome = await prepared.call(work)
        except HandedOver:
            if hand is None:
                raise
            return HANDED, await hand.over(call, entry, prepared)
        if call.exchange.stopped:  # the work took no notice, and nobody waits for it any more
            return _stopped(call, entry)
        return _checked(entry, outcome, for_result)


def _ended(call: Call, entry: PublishedEntry, error: BaseException) -> Ended:
    """Return how a run ended that raised."""
    talk = call.talk
    if isinstance(error, ProtocolError):
        return "error", error
    if isinstance(error, CallError):
        return "error", ProtocolError(error.code, clean(str(error)))
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
    if call.own is not None:
        return call.own.found
    access = call.server.access_of(call.caller)
    entry = call.server.find(call.kind, call.name, call.via)
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


def judge(found: Found, call: Call, stops: Stops) -> Found:
    """Return what was found with the final verdict: access first, then stops, then scope.

    The gate's `CALL_STEPS`, of which access was judged when the name was found, and remembered.
    """
    if found.entry is None or not found.verdict.allowed:
        return found
    if stops:
        stop = judge_stop(stop_on(stops, _touched(call, found.entry)))
        if not stop.allowed:
            return found._replace(verdict=stop)
    # Completing an argument is reading, whatever is completed.
    required = found.entry.defined.required_scope if call.completing is None else READ
    scope = judge_scope(call.caller.scopes, required)
    return found if scope.allowed else found._replace(verdict=scope)


def _touched(call: Call, entry: PublishedEntry) -> Touched:
    """Return what a call is about, as stops name it."""
    source, caller = (entry.source_kind, entry.source), call.caller
    server = call.server.public_id
    return Touched(server, source, entry.public_id, caller.user, caller.client)


def _refusal(found: Found, call: Call) -> Exception | Outcome:
    """Return how a denial leaves: like a name that does not exist, but for who may know of it."""
    if found.verdict.reason == Reason.RATE_LIMITED:
        return RateLimited(float(found.verdict.detail))
    if found.entry is not None and found.verdict.reason == Reason.INSUFFICIENT_SCOPE:
        return InsufficientScope(found.verdict.detail, held=call.caller.scopes)
    if found.entry is not None and found.verdict.reason == Reason.STOPPED:
        return _stop_told(found.entry, StoppedByAdmin(found.verdict.detail))
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
    if call.exchange.stopped in UNHEARD:
        return CANCELLED, Stopped()
    if call.exchange.stopped == "admin":
        told = StoppedByAdmin(call.exchange.stop_reason, begun=True)
        return CANCELLED, _stop_told(entry, told)
    if call.exchange.stopped in STOPS:
        return CANCELLED, _told(entry, STOPS[call.exchange.stopped]().message)
    return CANCELLED, _told(entry, f"{entry.exposed_name} was stopped.")


def _crashed(call: Call, entry: PublishedEntry, error: BaseException) -> Ended:
    """Return how a call ended that raised; the text of an unexpected error stays in the log."""
    if isinstance(error, BadArguments):
        return "error", _told(entry, f"Invalid arguments: {error}", invalid=True)
    if isinstance(error, Unavailable):
        passed = call.job and isinstance(error, NotLoaded)
        return PASSED_ON if passed else "error", _told(entry, str(error))
    if isinstance(error, MemoryError):
        what = "the memory a job may use" if call.job else "memory"
        log.error(
            "%s %r on %s ran out of %s", entry.kind, entry.exposed_name, call.server.slug, what
        )
        return "failed", _told(entry, f"{entry.exposed_name} ran out of {what}.")
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


def _stop_told(entry: PublishedEntry, stop: StoppedByAdmin) -> Outcome | ProtocolError:
    """Return a stop in the form its kind of entry has: models read results, not errors."""
    return failed(stop.message) if entry.kind == "tool" else stop


def _told(entry: PublishedEntry, text: str, *, invalid: bool = False) -> Outcome | ProtocolError:
    """Return a failure in the form its kind of entry has: a result for tools, an error for others."""
    if entry.kind == "tool":
        return failed(text)
    return invalid_params(text) if invalid else ProtocolError(INTERNAL_ERROR, text)
