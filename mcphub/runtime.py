"""What lives as long as a process that serves: memory that follows the database, and its orderly end.

The launchers call start, drain and stop on the server's event loop. Nothing here knows which server
that is.
"""

import asyncio
import contextlib
import gc
import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any, NamedTuple

from django.conf import settings
from django.db import DatabaseError

from accounts.oauth import steps
from accounts.oauth.metadata import Offered
from accounts.oauth.offering import offered
from accounts.services import write_noted
from mcphub import chores
from mcphub.celery import app as celery
from mcphub.embedded import EmbeddedWorker
from mcphub.hearing import Hearing
from mcphub.making import Ways, guards, make_hub
from monitoring import audit, bus, health, metrics, usage
from monitoring.recorded import names as masked_names
from monitoring.tally import Tally
from monitoring.usage import Minutes
from servers import sse_clients
from servers.host import Hub
from servers.jobs import crews, depth
from servers.jobs.crews import Crew
from servers.jobs.running import Runner
from servers.jobs.workplace import workplace
from servers.limits import SHARE_SECONDS, Limits
from servers.offload import Offload, Pool
from servers.posting import RENEW_SECONDS as POSTING_SECONDS
from servers.recording import CallRecorder
from servers.replaying import RENEW_SECONDS
from servers.transports.discovery import Discovery
from servers.transports.http_sse import HttpSSE
from servers.transports.streamable_http import StreamableHTTP

log = logging.getLogger(__name__)

CHECK_SECONDS = 5.0
"""How long a change may go unnoticed when its announcement was lost."""
WATCH_SECONDS = 0.5
COUNT_SECONDS = 0.25
CHORE_SECONDS = 2.5
USAGE_SECONDS = 5.0
"""How soon calls are counted on the pages."""
STEPS_SECONDS = 1.0
"""How soon a step of connecting, and a client on HTTP+SSE, can be seen."""
DRAIN_SECONDS = 5.0
"""How long running requests may go on once the process was told to stop."""
LET_GO_SECONDS = 2.0
"""How long what was stopped may take to end, and jobs to be handed back."""


class Act(NamedTuple):
    """What a process does again and again, and after how many seconds."""

    seconds: float
    do: Callable[[], Awaitable[None]]


class Runtime:
    """One process's memory."""

    _drained_by = 0.0
    _speaks = False
    """Whether it said last for its worker that it is alive: then it does for all what nobody else did."""

    def __init__(self, ways: Ways = Ways()) -> None:  # noqa: B008  (a constant)
        self._ways = ways
        self._started = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._ends: list[Callable[[], None]] = []
        self._pool: Pool | None = None
        self._offload: Offload
        self._minutes = Minutes(metrics.open_streams)
        self._process = secrets.token_hex(8)
        self._crew = ways.crew
        self._runner: Runner | None = None
        self._embedded: EmbeddedWorker | None = None
        self.hub: Hub
        self.hearing: Hearing
        self.limits: Limits
        self._serve: StreamableHTTP
        self._serve_old: HttpSSE
        self._discovery: Discovery

    async def start(self, offload: Offload | None = None) -> None:
        """Read what is served and begin to follow it; raises the database's error."""
        if offload is None:
            offload = self._pool = Pool()
        self._offload, tally = offload, Tally()
        self.limits = Limits(time.monotonic, shared=not settings.EMBEDDED)
        recorder = CallRecorder(offload, tally, self._minutes)
        self.hub = make_hub(offload, recorder, self.limits, self._ways)
        self._serve = StreamableHTTP(self.hub, guards(), tally)
        self._serve_old = HttpSSE(self.hub, guards(), tally)
        self._discovery = Discovery(self.hub, guards(), partial(_offered, offload))
        self._count_on(asyncio.get_running_loop(), tally)
        self.hearing = Hearing(self.hub, self.limits, offload, self._begin)
        self._ends.append(self.hearing.stop)
        self.hearing.start(clients=self._crew is None)
        bus.start()
        audit.start()
        await offload(self._ways.load)
        await self.hub.live.refresh()
        if self._crew is None:
            await self.hub.learn_ended()
        await offload(masked_names.refresh)
        following = await offload(self._ways.follow) if settings.EMBEDDED else None
        if following is not None:
            self._every(WATCH_SECONDS, lambda: offload(following))
        for act in [*self._acts(), *(self._acts_for_clients() if self._crew is None else ())]:
            self._every(*act)
        health.set_draining(False)
        if self._pool is not None:
            _settle_memory()
        self._started.set()
        if self._crew is not None or settings.JOBS_EMBEDDED:
            await self._work(self._crew or _own_crew())

    def _acts(self) -> list[Act]:
        """Return what each process does again and again."""
        others = [Act(CHORE_SECONDS, self._do_overdue)]
        return [
            Act(CHECK_SECONDS, self._look),
            Act(USAGE_SECONDS, self._write_usage),
            *(others if self._ways.chores else ()),
        ]

    async def _do_overdue(self) -> None:
        """Do the chores that nobody did, in one of the processes of a worker."""
        if self._runner is None or self._speaks:
            await self._offload(chores.do_overdue)

    async def _look(self) -> None:
        """Look for what may not have been heard: one after the other, so that one connection is enough."""
        await self.hub.live.check()
        await self.hearing.learn_masked_names()
        await self.hearing.take_back_unheard()
        if self._runner is not None:
            await self._beat()

    def _acts_for_clients(self) -> list[Act]:
        """Return what a process that answers clients does besides."""
        offload, said = self._offload, (self.hearing.share_limits, self.hearing.share_places)
        shared = (
            [] if settings.EMBEDDED else [Act(SHARE_SECONDS, partial(_soon, act)) for act in said]
        )
        metrics.measures.append(depth.measure)
        self._ends.append(lambda: metrics.measures.remove(depth.measure))
        return [
            Act(CHECK_SECONDS, self.hearing.learn_ended),
            Act(CHECK_SECONDS, self.hub.listeners.recheck),
            Act(RENEW_SECONDS, self.hub.streams.renew),
            Act(POSTING_SECONDS, self.hub.posting.renew),
            Act(STEPS_SECONDS, lambda: _write_noted(offload)),
            *shared,
        ]

    async def _work(self, crew: Crew) -> None:
        """Begin to work on jobs, with an own worker if there is no other."""
        self._crew = crew
        self._runner = Runner(self.hub, self._offload, crew.works_as)
        await self._beat()
        workplace.open(asyncio.get_running_loop(), self._runner)
        if self._ways.chores:
            await self._offload(chores.ring_due)
        if settings.JOBS_EMBEDDED:
            self._embedded = EmbeddedWorker(celery, beats=self._ways.chores)
            self._embedded.start()

    async def _beat(self) -> None:
        """Say that this worker is alive; whether it could be said is whether it is able to work."""
        assert self._crew is not None  # set before the first beat
        try:
            self._speaks = await self._offload(crews.beat, self._crew)
        except DatabaseError as error:
            metrics.workers_able.set(0)
            log.warning("the worker could not say that it is alive: %s", error)
        else:
            metrics.workers_able.set(1)

    def serve_mcp(self, scope: dict[str, Any], receive: Any, send: Any) -> Awaitable[None]:
        """Serve a request to /mcp/<slug>; one that comes during the start waits for its end."""
        if self._started.is_set():
            return self._serve(scope, receive, send)
        return self._serve_once_started(scope, receive, send)

    async def _serve_once_started(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Serve when the start is over."""
        await self._started.wait()
        await self._serve(scope, receive, send)

    async def serve_sse(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Serve a request to the addresses of HTTP+SSE."""
        await self._started.wait()
        await self._serve_old(scope, receive, send)

    async def serve_discovery(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Serve a request for a server's metadata, or to where clients look for it in vain."""
        await self._started.wait()
        await self._discovery(scope, receive, send)

    async def drain(self, seconds: float | None = None) -> None:
        """Let running requests end, then end the rest with a final message."""
        health.set_draining(True)
        workplace.close()  # what is handed back is not for this process to take again
        running = self.hub.running if self._started.is_set() else None
        now = asyncio.get_running_loop().time
        self._drained_by = now() + (DRAIN_SECONDS if seconds is None else seconds)
        if running:
            self.hub.streams.end_all()
        while running and running.all and now() < self._drained_by:
            self.hub.listeners.end_all()  # those too that have only just begun to listen
            await asyncio.sleep(0.05)
        for exchange in tuple(running.all) if running else ():
            exchange.stop("shutdown")
        until = now() + LET_GO_SECONDS
        while running and (running.all or self._runner) and now() < until:
            await asyncio.sleep(0.02)

    def hurry(self) -> None:
        """Let a drain that is under way wait no longer."""
        self._drained_by = 0.0

    async def stop(self) -> None:
        """Write what is not yet written and let go of everything."""
        workplace.close()
        if self._embedded is not None:
            await asyncio.get_running_loop().run_in_executor(None, self._embedded.stop)
        for hand_over in tuple(metrics.before_render):
            hand_over()
        for task in self._tasks:
            task.cancel()
        for end in self._ends:
            end()
        if self._started.is_set():
            await _write_noted(self._offload)
            await self._write_usage(everything=True)
            await self._leave()
            self.hearing.share_places()  # none any more, but for those that could not be ended
        await asyncio.get_running_loop().run_in_executor(None, _stop_threads)
        if self._pool is not None:
            self._pool.close()
        self._started.clear()

    async def _leave(self) -> None:
        """Say that this worker has ended, if no other process is part of it."""
        metrics.workers_able.set(0)
        if self._crew is not None and not self._crew.member:
            with contextlib.suppress(DatabaseError):
                await self._offload(crews.leave, self._crew)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something beside, while the process lives."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _count_on(self, loop: asyncio.AbstractEventLoop, tally: Tally) -> None:
        """Hand what the loop counted over to the metrics: now and then, and before they are shown."""
        home = threading.get_ident()

        def now() -> None:
            if threading.get_ident() == home:
                return tally.hand_over()
            with contextlib.suppress(RuntimeError, TimeoutError):  # the loop ends, or is busy
                asyncio.run_coroutine_threadsafe(_soon(tally.hand_over), loop).result(1)

        self._every(COUNT_SECONDS, lambda: _soon(tally.hand_over))
        metrics.before_render.append(now)
        self._ends.append(lambda: metrics.before_render.remove(now))

    async def _write_usage(self, *, everything: bool = False) -> None:
        """Write what was used since the last time; a database that is away gets it later."""
        self._minutes.look()
        taken = self._minutes.take(everything=everything)
        if not taken:
            return
        try:
            await self._offload(lambda: usage.write(self._process, taken))
        except DatabaseError as error:
            self._minutes.give_back(taken)
            log.warning("what was used could not be written: %s", error)

    def _every(self, seconds: float, act: Callable[[], Awaitable[None]]) -> None:
        """Do something again and again while the process lives."""
        self._begin(_repeat(seconds, act))


def _own_crew() -> Crew:
    """Return what a process is that works on its jobs itself."""
    return Crew(f"{socket.gethostname()}:{os.getpid()}", "embedded", settings.JOB_SLOTS)


def _settle_memory() -> None:
    """Let the collector look at what requests leave behind, seldom, and not at what stays for good.

    Requests leave next to no cycles, and a full collection walks everything that was ever imported.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


async def _write_noted(offload: Offload) -> None:
    """Write what was noted of clients that connect; most seconds there is nothing."""
    if len(steps.notebook):
        await offload(write_noted)
    if len(sse_clients.notebook):
        await offload(sse_clients.write_noted)


async def _offered(offload: Offload) -> Offered:
    """Return what the authorization server offers, from memory as a rule."""
    known = offered.known()
    if known is not None:
        return known
    read: Offered = await offload(offered.get)
    return read


async def _soon(act: Callable[[], None]) -> None:
    """Act on the loop."""
    act()


async def _repeat(seconds: float, act: Callable[[], Awaitable[None]]) -> None:
    """Act every so many seconds; an act that fails is logged by whoever does it."""
    while True:
        await asyncio.sleep(seconds)
        await act()


def _stop_threads() -> None:
    """Write the last audit events and leave the bus."""
    audit.stop()
    bus.stop()


runtime = Runtime()
