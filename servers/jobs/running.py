"""A worker's half: take a job, walk the corridor with its caller as they are now, keep what came of it."""

import asyncio
import contextlib
import logging
import time
import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any, Protocol, TypeVar

from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from accounts.caller import Caller
from accounts.principals import recalled
from accounts.tokens import Principals
from servers.calls import PASSED_ON, Call, NotFound
from servers.corridor import Corridor
from servers.dialogue.desk import Desk
from servers.jobs.boxes import Unreadable, opened
from servers.jobs.desk import JobDesk
from servers.jobs.ending import Ending, begin_again, finish, hand_back, pass_on, pause
from servers.jobs.exchange import JobExchange
from servers.jobs.states import RENEW_SECONDS, SENTENCES, Reason
from servers.jobs.talk import JobTalk
from servers.jobs.telling import Teller
from servers.jobs.working import Taken, held, note_progress, renew, take
from servers.live import LiveSnapshot
from servers.models import Job
from servers.offload import Offload
from servers.protocol.errors import INTERNAL_ERROR, ProtocolError, Stopped
from servers.protocol.outcome import InputRequired, Outcome, ToolOutcome, failed
from servers.published import PublishedEntry, PublishedServer
from servers.running import RunningRequests

log = logging.getLogger(__name__)
T = TypeVar("T")
MOST_ATTEMPTS = 32
"""How often a job is begun that asks again and again: 16 rounds, and some that failed."""
TOO_MANY = "This job asked in too many rounds."
NOTE_SECONDS = 1.0
"""How often the row is told how far its job is."""
KEEP_TRYING_SECONDS = 60.0
"""How long a result is tried to be kept while the database is away."""
TRY_AGAIN_SECONDS = 0.25
"""Soon: the next look for lost jobs is not to be quicker than whoever has one."""
FENCED = "fenced"
"""Why an attempt is stopped whose job is no longer its own."""
# why an exchange was stopped -> why its job ended
REASONS: dict[str, Reason] = {
    "timeout": Reason.TIMEOUT,
    "admin": Reason.STOPPED,
    "revoked": Reason.ACCESS,
    Reason.ACCESS: Reason.ACCESS,
    Reason.GONE: Reason.GONE,
}
LET_GO = frozenset({Reason.ACCESS, Reason.GONE})
"""Why an attempt is stopped that may not go on."""


class House(Protocol):
    """What a process has that a worker needs."""

    live: LiveSnapshot
    principals: Principals
    running: RunningRequests
    corridor: Corridor
    desk: Desk
    jobs: JobDesk


class Runner:
    """Works on the jobs of one process; used from one event loop. `name` is the worker's."""

    def __init__(self, house: House, offload: Offload, name: str) -> None:
        self._house, self._offload, self.name = house, offload, name
        self._teller = Teller()
        self._running: dict[str, JobExchange] = {}
        self._missed: set[uuid.UUID] = set()
        house.jobs.watches.others.append(self._heard)

    def __len__(self) -> int:
        """How many jobs it works on."""
        return len(self._running)

    async def run(self, public_id: str) -> None:
        """Work on a job if it is due and nobody else does; a database that is away keeps it queued."""
        try:
            taken = await self._offload(take, public_id, self.name)
        except DatabaseError as error:
            log.warning("a job could not be begun: %s", error)
            return
        if taken is not None:
            await self._work(taken)

    def hold(self, public_id: str) -> None:
        """Renew the lease of a job in the loop's place, which a tool keeps to itself; not for ever."""
        exchange, now = self._running.get(public_id), time.monotonic()
        if exchange is None or now - exchange.renewed_at < 2 * RENEW_SECONDS:
            return
        if now < exchange.hold_until:
            with contextlib.suppress(DatabaseError):
                renew(public_id, exchange.attempt)
            close_old_connections()

    def _heard(self, public_id: str, what: str, said: Any) -> None:
        """Look whether a job that runs here is still to run."""
        exchange = self._running.get(public_id)
        if exchange is not None and what == "state" and not exchange.over:
            asyncio.get_running_loop().create_task(self._check(exchange))

    async def _check(self, exchange: JobExchange) -> None:
        with contextlib.suppress(DatabaseError):
            if not await self._offload(_is_held, exchange.job, exchange.attempt):
                exchange.stop(FENCED)

    # --- one attempt ---

    async def _work(self, taken: Taken) -> None:
        """Run one attempt, and keep how it ended."""
        job = taken.job
        exchange = JobExchange(job, self._teller)
        self._running[job.public_id] = exchange
        try:
            await self._keep(job, exchange, await self._held(taken, exchange))
        finally:
            del self._running[job.public_id]

    async def _held(self, taken: Taken, exchange: JobExchange) -> Ending | None:
        """Return what came of an attempt, as `_attempt` does, also if it was stopped."""
        self._house.running.begin(exchange, None)
        try:
            async with self._leased(taken, exchange):
                ending = await self._attempt(taken, exchange)
                exchange.over = True  # whoever would stop it now comes too late
                return ending
        except asyncio.CancelledError:
            if not exchange.stopped:
                raise
            return Ending(reason=REASONS.get(exchange.stopped, Reason.NONE))
        except DatabaseError as error:  # its lease ends, and it is set right from its row
            log.warning("a job could not be worked on: %s", error)
            return None
        finally:
            exchange.over = True
            self._house.running.end(exchange, None)

    async def _attempt(self, taken: Taken, exchange: JobExchange) -> Ending | None:
        """Return what came of an attempt; None where nothing is to be kept of it any more."""
        job, caller = taken.job, taken.caller
        await self._catch_up(taken.number)
        server = self._house.live.current.servers.get(taken.slug)
        reason = _hindrance(taken, server, caller) or _change(job, server)
        if reason or server is None or caller is None:
            return Ending(reason=reason or Reason.GONE)
        exchange.caller = caller
        try:
            arguments = opened(job.arguments, job.public_id)
        except Unreadable:
            return Ending(reason=Reason.UNREADABLE)
        talk = JobTalk(self._house.desk, exchange, server, caller, job)
        call = Call(
            "tool",
            job.name,
            arguments,
            server,
            caller,
            exchange,
            talk.dialogue,
            talk,
            via=job.via,
            job=job.public_id,
        )
        try:
            outcome = await self._house.corridor.walk(call)
        except NotFound:
            return Ending(reason=Reason.ACCESS)
        except ProtocolError as error:
            return Ending(error=error, reason=Reason.REFUSED)
        except Stopped:
            return None
        if isinstance(outcome, InputRequired):
            self._teller.flush()
            if job.attempt - job.times_lost > MOST_ATTEMPTS:
                return Ending(error=ProtocolError(INTERNAL_ERROR, TOO_MANY), reason=Reason.REFUSED)
            await self._surely(pause, job.public_id, job.attempt, talk.asked, talk.answers)
            return None  # its slot is free meanwhile
        if talk.ending == PASSED_ON:
            return await self._pass_on(taken)
        if talk.ending == "failed" and await self._begins_again(job):
            return None
        return _ending(job, exchange, talk, outcome)

    async def _catch_up(self, number: int) -> None:
        """Serve from what the catalog says now: a change may not have been heard yet.

        Also if the database comes back only now, as nothing has been run yet.
        """
        live, tries = self._house.live, KEEP_TRYING_SECONDS
        while number != live.current.number:
            try:
                return await live.refresh()
            except DatabaseError as error:
                log.warning("what a job needs could not be read: %s", error)
                tries -= TRY_AGAIN_SECONDS
                if tries <= 0:
                    raise
                await asyncio.sleep(TRY_AGAIN_SECONDS)

    async def _begins_again(self, job: Job) -> bool:
        """Return whether a job that failed goes back into the queue."""
        if not job.retries_left:
            return False
        again = await self._surely(begin_again, job.public_id, job.attempt)
        if again is None:
            return False
        self._ring_when_due(again)
        return True

    async def _pass_on(self, taken: Taken) -> Ending | None:
        """Pass a job on to a worker that has its tool; return its end if none had it for long."""
        job = taken.job
        if taken.entry not in self._missed:
            self._missed.add(taken.entry)
            log.warning("jobs of %s on %s are passed on: not loaded here", job.name, taken.slug)
        passed = await self._surely(pass_on, job.public_id, job.attempt)
        if passed is None:
            return Ending(reason=Reason.NOT_LOADED)
        self._ring_when_due(passed)
        return None

    def _ring_when_due(self, job: Job) -> None:
        seconds = max(0.0, (job.due_at - timezone.now()).total_seconds())
        asyncio.get_running_loop().call_later(seconds, self._house.jobs.ringer.ring, job)

    async def _surely(self, act: Callable[..., T], *given: Any) -> T:
        """Write something of a job, also if the database comes back only now; raises its error at last."""
        tries = KEEP_TRYING_SECONDS
        while True:
            try:
                return await self._offload(act, *given)
            except DatabaseError as error:
                log.warning("what became of a job could not be written: %s", error)
                tries -= TRY_AGAIN_SECONDS
                if tries <= 0:
                    raise
                await asyncio.sleep(TRY_AGAIN_SECONDS)

    async def _keep(self, job: Job, exchange: JobExchange, ending: Ending | None) -> None:
        """Write how an attempt ended, also if the database comes back only now."""
        self._teller.flush()  # its last words come before its end
        if exchange.stopped == FENCED:
            return
        with contextlib.suppress(DatabaseError):  # its lease ends, and it is set right from its row
            if exchange.stopped == "shutdown":
                if await self._surely(hand_back, job.public_id, job.attempt):
                    self._house.jobs.ringer.ring(job)
            elif ending is not None:
                ending = ending._replace(progress=exchange.newest)
                await self._surely(finish, job.public_id, job.attempt, ending)

    # --- the lease ---

    @contextlib.asynccontextmanager
    async def _leased(self, taken: Taken, exchange: JobExchange) -> AsyncIterator[None]:
        """Say again and again that the job is worked on, and how far it is."""
        renewing = asyncio.get_running_loop().create_task(self._renew(taken, exchange))
        try:
            yield
        finally:
            renewing.cancel()
            with contextlib.suppress(asyncio.CancelledError, DatabaseError):
                await renewing

    async def _renew(self, taken: Taken, exchange: JobExchange) -> None:
        since = 0.0
        while True:
            await asyncio.sleep(NOTE_SECONDS)
            since += NOTE_SECONDS
            with contextlib.suppress(DatabaseError):
                await self._note(exchange)
                await self._look_again(taken, exchange)
                if since >= RENEW_SECONDS:
                    if not await self._offload(renew, exchange.job, exchange.attempt):
                        return exchange.stop(FENCED)
                    exchange.renewed_at = time.monotonic()
                    since = 0.0  # one that failed is tried again a second later

    # --- whether it may go on ---

    def _now(self) -> tuple[object, int]:
        """Return what changes when the catalog or a caller does."""
        return self._house.live.current, self._house.principals.generation

    async def _look_again(self, taken: Taken, exchange: JobExchange) -> None:
        """Stop an attempt whose tool is gone, or not its caller's any more, since it was looked last.

        One whose definition changed goes on: it began under the one it was accepted under.
        """
        now = self._now()
        if exchange.caller is None or exchange.seen == now:
            return
        caller = await self._offload(recalled, exchange.caller)
        server = self._house.live.current.servers.get(taken.slug)
        reason = _hindrance(taken, server, caller)
        if reason:
            exchange.stop(reason)
        exchange.seen = now

    async def _note(self, exchange: JobExchange) -> None:
        """Tell the row how far the job is, if that is news."""
        newest = exchange.newest
        if newest is not None:
            await self._offload(note_progress, exchange.job, exchange.attempt, newest)
            if exchange.newest is newest:
                exchange.newest = None


def _hindrance(taken: Taken, server: PublishedServer | None, caller: Caller | None) -> Reason:
    """Return why a job may not be done, empty if it may: its tool is gone, or not its caller's."""
    if server is None or server.public_id != taken.server:
        return Reason.GONE
    if caller is None:
        return Reason.ACCESS
    entry = _tool(taken.job, server)
    if entry is None or entry.public_id != taken.entry or not entry.served:
        return Reason.GONE
    return Reason.NONE if server.access_of(caller).verdict(entry).allowed else Reason.ACCESS


def _change(job: Job, server: PublishedServer | None) -> Reason:
    """Return whether a job's tool is another than it was accepted for."""
    entry = None if server is None else _tool(job, server)
    same = entry is not None and entry.defined.sha256 == job.sha256
    return Reason.NONE if same else Reason.CHANGED


def _tool(job: Job, server: PublishedServer) -> PublishedEntry | None:
    return server.find("tool", job.name, job.via)


def _ending(job: Job, exchange: JobExchange, talk: JobTalk, outcome: Outcome) -> Ending:
    """Return how an attempt ended whose call came to something."""
    assert isinstance(outcome, ToolOutcome)  # a tool has no other
    if exchange.stopped in LET_GO:
        text = f"{job.name}: {SENTENCES[Reason(exchange.stopped)]} What it began may have happened."
        return Ending(failed(text), reason=Reason(exchange.stopped))
    if exchange.stopped:
        return Ending(outcome, reason=REASONS.get(exchange.stopped, Reason.NONE))
    if talk.ending == "failed":
        return Ending(outcome, reason=Reason.CRASHED)
    # A call that was not run, and has a result all the same, was stopped before it began.
    return Ending(outcome, reason=Reason.NONE if talk.ending else Reason.STOPPED)


def _is_held(public_id: str, attempt: int) -> bool:
    """Return whether a job is this attempt's."""
    return held(public_id, attempt).exists()
