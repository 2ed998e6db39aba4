"""The asking half of a job: a call is accepted as one, and becomes a task, or is watched to its end.

A `Hand` is made for a request whose tool may run as a job. A client that holds tasks gets one; any other
waits on its stream, with progress and questions as if the tool ran here.
"""

import asyncio
import json
import math
from collections.abc import Callable
from typing import Any

from catalog.authoring.asking import AnswerError, ClientCannot
from catalog.runs import Runs
from servers.calls import Call
from servers.capabilities.base import Prepared
from servers.dialogue.talk import Talk
from servers.jobs.accepting import Wanted, accept, new_name
from servers.jobs.asked import pass_on, question_of
from servers.jobs.boxes import closed
from servers.jobs.desk import JobDesk
from servers.jobs.ending import cancel
from servers.jobs.errors import TooManyJobs
from servers.jobs.events import Log, Watch
from servers.jobs.facts import Progress, Seen, task_facts
from servers.jobs.states import SOON_SECONDS, Reason
from servers.jobs.watching import Follower, gone
from servers.limits import network
from servers.models import Job
from servers.protocol.abilities import has_ability, required_for
from servers.protocol.errors import (
    METHOD_NOT_FOUND,
    ProtocolError,
    RateLimited,
    invalid_params,
    missing_capability,
)
from servers.protocol.outcome import Outcome, TaskMade, failed
from servers.protocol.tasks import granted_ttl
from servers.published import PublishedEntry
from servers.transports.exchange import Exchange, progress_token

AS_JOB = "job\n"
"""The step in which a call becomes a job; no author's key has a line break."""
FULL_SECONDS = 5.0
"""When one who has too many open jobs is told to come again."""
UNHELD_MS = 3_600_000
"""How much longer than its work a job is kept that no client holds as a task."""
WAITS = frozenset({Runs.AUTO, Runs.JOB, Runs.TASK})
"""Ways to run that are a job from the beginning."""
GOES_ON = (
    "The hub is restarting. This goes on as job {}, and may do all it was asked for:"
    " look what became of it before you ask for it again."
)
STAYS = frozenset({"shutdown", "left"})
"""Why a call is stopped whose job goes on."""
# why a call was stopped -> why its job is; any other is the client's wish
STOPPED: dict[str, Reason] = {"admin": Reason.STOPPED, "revoked": Reason.ACCESS}


class Hand:
    """Takes over the call of one request."""

    def __init__(self, desk: JobDesk, exchange: Exchange, params: dict[str, Any]) -> None:
        self._desk, self._exchange, self._params = desk, exchange, params
        revision = exchange.era.revision
        self._wish = _wish(params) if revision.has_tasks else None
        """What a client of 2025-11-25 wants of its task."""
        declared = revision.stateless and has_ability(exchange.era.abilities, "tasks")
        self._holds_tasks = declared or self._wish is not None

    def takes(self, entry: PublishedEntry) -> bool:
        """Return whether the call is a job from its beginning; raises ProtocolError if its client cannot."""
        runs = entry.defined.runs
        if entry.defined.needs_task and not self._holds_tasks:
            raise self._cannot(entry)
        if runs is Runs.INLINE and self._wish is not None:
            text = f"{entry.exposed_name} does not run as a task."
            raise ProtocolError(METHOD_NOT_FOUND, text)
        return runs in WAITS or self._wish is not None

    def _cannot(self, entry: PublishedEntry) -> ProtocolError:
        """Return the error of a client that holds no task, for a tool that needs one."""
        text = f"{entry.exposed_name} runs as a task only."
        if self._exchange.era.revision.stateless:
            return missing_capability(text, required_for("tasks"))
        return ProtocolError(METHOD_NOT_FOUND, text)

    async def over(
        self, call: Call, entry: PublishedEntry, prepared: Prepared
    ) -> Outcome | ProtocolError:
        """Have the call done as a job; return what came of it, or the task that it now is."""
        assert isinstance(call.talk, Talk)  # whoever gives a hand gives one
        self._exchange.limit(math.inf)
        handed = Handed(self._desk, self._exchange, call, call.talk)
        wanted = self._wanted(call, entry, prepared, call.talk)
        at_once = self._holds_tasks and (
            entry.defined.runs is not Runs.AUTO or self._wish is not None
        )
        with self._desk.watches.opened(wanted.name) as watch:
            job = await handed.begin(wanted)
            if at_once and job is not None:
                return TaskMade(task_facts(job))
            seconds = SOON_SECONDS if self._holds_tasks else math.inf
            if job is not None:
                return await handed.watch(job.public_id, watch, seconds, new=True)
        with self._desk.watches.opened(handed.name) as watch:
            return await handed.watch(handed.name, watch, seconds)

    def _wanted(self, call: Call, entry: PublishedEntry, prepared: Prepared, talk: Talk) -> Wanted:
        """Return the call as a job to be accepted."""
        caller, exchange, name = call.caller, self._exchange, new_name()
        carried, session = talk.carried(), exchange.era.session
        said, seconds = entry.defined.body.get("execution", {}), prepared.job_seconds
        retries = said.get("retries", 0) if entry.repeatable else 0
        token = progress_token(self._params)
        asks = exchange.streams or exchange.era.revision.stateless
        stream, request_id = ("", b"") if self._holds_tasks else exchange.way_back
        held_ms = granted_ttl((self._wish or {}).get("ttl"))
        unheld_ms = round(seconds * 1000 * (1 + retries)) + UNHELD_MS
        return Wanted(
            name=name,
            server=call.server.public_id,
            entry=entry.public_id,
            caller=caller,
            owner=str(caller.user) if caller.user is not None else _place(call, exchange.address),
            ttl_ms=held_ms if self._holds_tasks else min(unheld_ms, held_ms),
            row={
                "name": call.name,
                "via": call.via,
                "sha256": entry.defined.sha256,
                "scope": entry.defined.required_scope,
                "runs": entry.defined.runs.value,
                "queue": Job.Queue.HEAVY if said.get("heavy") else Job.Queue.JOBS,
                "revision": exchange.era.revision.date,
                "abilities": exchange.era.abilities if asks else 0,
                "session": session.nonce if session else "",
                "stream": stream,
                "request_id": request_id.decode(),
                "progress_token": "" if token is None else json.dumps(token),
                "log_level": exchange.era.log_level or "",
                "trace_id": exchange.trace_id,
                "call": carried.call,
                "arguments": closed(call.arguments, name),
                "answers": json.dumps(carried.answers) if carried.answers else "",
                "is_task": self._holds_tasks,
                "is_repeatable": entry.repeatable,
                "retries_left": retries,
                "seconds": seconds,
            },
            steps=carried.steps,
        )


class Handed:
    """A call that a job does: begun, and watched for a client that waits."""

    name = ""

    def __init__(self, desk: JobDesk, exchange: Exchange, call: Call, talk: Talk) -> None:
        self._desk, self._exchange, self._call, self._talk = desk, exchange, call, talk
        self._bound = talk.engaged

    async def begin(self, wanted: Wanted) -> Job | None:
        """Return the new job; None where the call is one since an earlier round: `name` tells which."""
        made: list[Job] = []

        async def start() -> str:
            made.append(await self._accept(wanted))
            return wanted.name

        # A call that continues an earlier round may be a job since then.
        once = self._talk.dialogue().once(AS_JOB, start) if self._bound else start()
        self.name = await once
        return made[0] if made else None

    async def _accept(self, wanted: Wanted) -> Job:
        accepting = asyncio.ensure_future(self._desk.offload(accept, wanted))
        try:
            job = await asyncio.shield(accepting)
        except TooManyJobs as error:
            raise RateLimited(FULL_SECONDS, str(error)) from error
        except asyncio.CancelledError:  # nobody was told of it, and nobody waits for it
            accepting.add_done_callback(lambda _done: self._give_up(wanted.name))
            raise
        self._desk.ringer.ring(job)
        return job

    def _give_up(self, name: str) -> None:
        """Cancel the job for whoever stopped the call, soon: the call is over."""
        self._desk.soon(cancel, name, STOPPED.get(self._exchange.stopped, Reason.CLIENT))

    async def watch(
        self, name: str, watch: Watch, seconds: float, *, new: bool = False
    ) -> Outcome | ProtocolError:
        """Return what came of the job, or, where it takes longer, the task that it is."""
        follower = Follower(self._desk, name, watch, self, whole=True)
        try:
            while True:
                seen = await follower.until_it_rests(seconds, new=new)
                new = False
                if seen is None or (seen.asked and seconds < math.inf):
                    job = await self._desk.offload(_row, name)
                    return TaskMade(task_facts(job)) if job is not None else gone()
                if seen.ended:
                    return seen.outcome or seen.error or failed("This job gave nothing.")
                said = await follower.while_it_waits(self._ask(seen))
                if isinstance(said, str):
                    await self._desk.offload(cancel, name, Reason.UNANSWERED)
                    return failed(said)
                if said is not None:
                    await pass_on(self._desk, name, said)
        except asyncio.CancelledError:
            if self._exchange.stopped in STAYS:
                _go_on()
                return failed(GOES_ON.format(name[:8]))
            self._give_up(name)
            raise

    async def _ask(self, seen: Seen) -> dict[str, Any] | str:
        """Ask the client what the job asks; return its answers, or why there are none."""
        dialogue = self._talk.dialogue()
        if not self._bound:  # the next round is to find this job again
            await dialogue.once(AS_JOB, _give(seen.id))
            self._bound = True
        try:
            answers = await asyncio.gather(
                *(dialogue.ask(question_of(key, asked)) for key, asked in seen.asked.items())
            )
        except (AnswerError, ClientCannot) as error:
            if self._talk.engaged and self._talk.refusal(error) is not None:
                raise  # the client may come back with this round, and mend it
            return str(error)
        return dict(zip(seen.asked, answers, strict=True))

    async def progress(self, progress: Progress) -> None:
        """Tell the client how far the job is."""
        await self._exchange.progress(*progress)

    async def log(self, log: Log) -> None:
        """Tell the client what the job logs."""
        await self._exchange.log(*log)


def _wish(params: dict[str, Any]) -> dict[str, Any] | None:
    """Return what a client of 2025-11-25 wants of its task, None where it wants none."""
    wish = params.get("task")
    if wish is not None and not isinstance(wish, dict):
        raise invalid_params('"task" is not an object.')
    return wish


def _give(value: str) -> Callable[[], Any]:
    """Return a step that gives a value."""

    async def given() -> str:
        return value

    return given


def _go_on() -> None:
    """Let this task go on that was cancelled: it has something to tell."""
    task = asyncio.current_task()
    if task is not None:
        task.uncancel()


def _row(name: str) -> Job | None:
    return Job.objects.filter(public_id=name).first()


def _place(call: Call, address: str) -> str:
    """Return what stands for a caller who is nobody in particular."""
    return f"client:{call.caller.client}" if call.caller.client else f"address:{network(address)}"
