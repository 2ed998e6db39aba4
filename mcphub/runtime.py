"""What lives as long as a process that serves: memory that follows the database, and its orderly end.

The launchers call start, drain and stop on the server's event loop. Nothing here knows which server
that is.
"""

import asyncio
import contextlib
import gc
import json
import logging
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from functools import partial
from typing import Any, NamedTuple

from django.conf import settings
from django.db import DatabaseError

from accounts.oauth import steps
from accounts.oauth.metadata import Offered
from accounts.oauth.offering import offered
from accounts.principals import read_principal
from accounts.services import expire_clients, sweep_attempts, write_noted
from accounts.services.announcing import TOPIC as PRINCIPALS
from accounts.services.expiring import sweep_tokens
from accounts.tokens import EVERYBODY, Principal, Principals
from catalog.services.announcing import TOPIC as CATALOG
from mcphub import authors
from mcphub.version import VERSION
from monitoring import audit, bus, health, metrics
from monitoring.errors import MonitoringError
from monitoring.tally import Tally
from servers.bell import TOPIC as CHANGED
from servers.bell import Bell
from servers.capabilities.registry import capability
from servers.corridor import Corridor
from servers.dialogue.desk import Desk
from servers.dialogue.replies import TOPIC as ANSWER
from servers.host import Hub
from servers.kept.expiry import sweep
from servers.limits import SHARE_SECONDS, Limits
from servers.limits import TOPIC as LIMITS
from servers.live import LiveSnapshot
from servers.methods.subscriptions import TAKEN
from servers.offload import Offload, Pool
from servers.recording import CallRecorder
from servers.replaying import BACK, KEPT, RENEW_SECONDS
from servers.running import TOPIC as CANCEL
from servers.running import from_payload
from servers.sessions import TOPIC as SESSIONS
from servers.sessions import Sessions
from servers.snapshot import Snapshot
from servers.transports.discovery import Discovery
from servers.transports.guards import LOOPBACK, Guards
from servers.transports.streamable_http import StreamableHTTP

log = logging.getLogger(__name__)

CHECK_SECONDS = 5.0
"""How long a change may go unnoticed when its announcement was lost."""
WATCH_SECONDS = 0.5
COUNT_SECONDS = 0.25
SWEEP_SECONDS = 60.0
STEPS_SECONDS = 1.0
"""How soon a step of connecting can be seen."""
DRAIN_SECONDS = 5.0
"""How long running requests may go on once the process was told to stop."""


class Ways(NamedTuple):
    """What kinds of process do in different ways: a web process, or one for a single client.

    How callers are `read` by name, what is `load`ed at the start, what makes a new snapshot ready
    (`arriving`), and what `follow`s authors' files on an embedded hub. Not on the event loop, all of it.
    """

    read: Callable[[str], Principal | None] = read_principal
    load: Callable[[], None] = authors.load
    arriving: Callable[[], Callable[[Snapshot], None]] = authors.Arriving
    follow: Callable[[], Callable[[], None]] = authors.Following


class Runtime:
    """One process's memory."""

    _drained_by = 0.0
    _unheard = False
    """Whether sessions may have ended without this process knowing."""
    _unread = False
    """Whether leave may have been taken back that requests still run by."""

    def __init__(self, ways: Ways = Ways()) -> None:  # noqa: B008  (a constant)
        self._ways = ways
        self._started = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._subscriptions: list[Callable[[], None]] = []
        self._pool: Pool | None = None
        self._offload: Offload
        self.hub: Hub
        self.limits: Limits
        self._serve: StreamableHTTP
        self._discovery: Discovery

    async def start(self, offload: Offload | None = None) -> None:
        """Read what is served and begin to follow it; raises the database's error."""
        if offload is None:
            offload = self._pool = Pool()
        self._offload, tally = offload, Tally()
        self.limits = Limits(time.monotonic, shared=not settings.EMBEDDED)
        self.hub = make_hub(offload, tally, self.limits, self._ways)
        self._serve = StreamableHTTP(self.hub, guards(), tally)
        self._discovery = Discovery(self.hub, guards(), partial(_offered, offload))
        self._count_on(asyncio.get_running_loop(), tally)
        self._subscribe(asyncio.get_running_loop())
        bus.start()
        audit.start()
        await offload(self._ways.load)
        await self.hub.live.refresh()
        await self.hub.learn_ended()
        self._every(CHECK_SECONDS, self.hub.live.check)
        self._every(CHECK_SECONDS, self._learn_ended)
        self._every(CHECK_SECONDS, self.hub.listeners.recheck)
        self._every(CHECK_SECONDS, self._take_back_unheard)
        self._every(RENEW_SECONDS, self.hub.streams.renew)
        self._every(SWEEP_SECONDS, lambda: offload(_sweep))
        self._every(STEPS_SECONDS, lambda: _write_steps(offload))
        if settings.EMBEDDED:
            following = await offload(self._ways.follow)
            self._every(WATCH_SECONDS, lambda: offload(following))
        else:
            self._every(SHARE_SECONDS, lambda: _soon(self._share_limits))
        health.set_draining(False)
        if self._pool is not None:
            _settle_memory()
        self._started.set()

    def serve_mcp(self, scope: dict[str, Any], receive: Any, send: Any) -> Awaitable[None]:
        """Serve a request to /mcp/<slug>; one that comes during the start waits for its end."""
        if self._started.is_set():
            return self._serve(scope, receive, send)
        return self._serve_once_started(scope, receive, send)

    async def _serve_once_started(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Serve when the start is over."""
        await self._started.wait()
        await self._serve(scope, receive, send)

    async def serve_discovery(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Serve a request for a server's metadata, or to where clients look for it in vain."""
        await self._started.wait()
        await self._discovery(scope, receive, send)

    async def drain(self, seconds: float | None = None) -> None:
        """Let running requests end, then end the rest with a final message."""
        health.set_draining(True)
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
        until = now() + 1
        while running and running.all and now() < until:
            await asyncio.sleep(0.02)

    def hurry(self) -> None:
        """Let a drain that is under way wait no longer."""
        self._drained_by = 0.0

    async def stop(self) -> None:
        """Write what is not yet written and let go of everything."""
        for hand_over in tuple(metrics.before_render):
            hand_over()
        for task in self._tasks:
            task.cancel()
        for unsubscribe in self._subscriptions:
            unsubscribe()
        if self._started.is_set():
            await _write_steps(self._offload)
        await asyncio.get_running_loop().run_in_executor(None, _stop_threads)
        if self._pool is not None:
            self._pool.close()
        self._started.clear()

    def _subscribe(self, loop: asyncio.AbstractEventLoop) -> None:
        """Hear what other processes, and this one's other threads, announce."""
        hub = self.hub
        listeners: dict[str, Callable[[str], Any]] = {
            CATALOG: lambda _number: hub.live.stale(),
            PRINCIPALS: lambda keys: self._forget(keys.split()),
            SESSIONS: hub.session_ended,
            TAKEN: lambda payload: _taken(hub, payload),
            CHANGED: hub.listeners.heard,
            ANSWER: hub.desk.replies.heard,
            KEPT: hub.streams.kept,
            BACK: hub.streams.client_is_back,
            LIMITS: self.limits.heard,
            CANCEL: lambda payload: hub.running.stop(from_payload(payload)),
            bus.CONNECTED: lambda _none: self._distrust(),
        }
        for topic, listener in listeners.items():
            self._subscriptions.append(bus.subscribe(topic, _on(loop, listener)))

    def _forget(self, keys: list[str]) -> None:
        """Take changed principals into account, for those who listen too, and for what runs."""
        self.hub.principals.forget(keys)
        if self.hub.running.all:
            self._begin(self._take_back(keys))
        if len(self.hub.listeners):
            self._begin(self.hub.listeners.recheck())

    async def _take_back(self, keys: Iterable[str]) -> None:
        """Stop what runs by a leave that was taken back; if the database is away, with the next check."""
        if not await self.hub.take_back(keys):
            self._unread = True

    async def _take_back_unheard(self) -> None:
        """Look at all that runs where announcements do not come, or one could not be followed."""
        if self._unread or not bus.alive():
            self._unread = False
            await self._take_back((EVERYBODY,))

    def _distrust(self) -> None:
        """Read everything again: what was announced lately is unknown."""
        self.hub.principals.forget_all()
        self.hub.live.stale()
        self._unheard = True
        self._begin(self._learn_ended())
        self._begin(self._take_back((EVERYBODY,)))

    async def _learn_ended(self) -> None:
        """Learn which sessions ended unheard; if the database is away, with the next check."""
        if not self._unheard:
            return
        self._unheard = False
        try:
            await self.hub.learn_ended()
        except DatabaseError as error:
            self._unheard = True
            log.warning("the sessions that ended could not be read: %s", error)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something beside, while the process lives."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _share_limits(self) -> None:
        """Tell the other processes what callers were let through here.

        Not while the bus is away: told late, it would be taken from what callers may use then.
        """
        announcements = self.limits.spent()
        if bus.alive():
            for each in announcements:
                bus.publish(LIMITS, each)

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
        self._subscriptions.append(lambda: metrics.before_render.remove(now))

    def _every(self, seconds: float, act: Callable[[], Awaitable[None]]) -> None:
        """Do something again and again while the process lives."""
        self._begin(_repeat(seconds, act))


def make_hub(offload: Offload, tally: Tally, limits: Limits, ways: Ways) -> Hub:
    """Return a hub with an empty memory."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    hub = Hub(
        live=LiveSnapshot(offload, VERSION, ways.arriving()),
        principals=Principals(ways.read, offload, bus.alive),
        sessions=Sessions(keys),
        corridor=Corridor(capability, CallRecorder(offload, tally), limits),
        offload=offload,
        desk=Desk(keys, offload, Bell(offload)),
        shared=not settings.EMBEDDED,
    )
    hub.live.on_change = hub.listeners.follow
    return hub


def guards() -> Guards:
    """Return what the settings say of the hub's names."""
    return Guards(
        names=frozenset(name.strip("[]").lower() for name in settings.ALLOWED_HOSTS),
        own=settings.PUBLIC_URL,
        own_is_given=settings.PUBLIC_URL_GIVEN,
        loopback=settings.HOST.strip("[]").lower() in LOOPBACK,
        proxies=tuple(settings.TRUSTED_PROXIES),
    )


def _on(loop: asyncio.AbstractEventLoop, listener: Callable[[str], Any]) -> Callable[[str], None]:
    """Return a listener for any thread that acts on the loop."""

    def heard(payload: str) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended: nobody needs to know
            loop.call_soon_threadsafe(listener, payload)

    return heard


def _settle_memory() -> None:
    """Let the collector look at what requests leave behind, seldom, and not at what stays for good.

    Requests leave next to no cycles, and a full collection walks everything that was ever imported.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _taken(hub: Hub, payload: str) -> None:
    """End the streams of a session that are older than one that was just opened."""
    session, at, process = json.loads(payload)
    hub.listeners.end_session(session, (at, process))


def _sweep() -> None:
    """Delete what was kept for long enough; a database that is away keeps it until the next time."""
    with contextlib.suppress(DatabaseError):
        sweep()
        sweep_attempts()
        sweep_tokens()
    with contextlib.suppress(DatabaseError, MonitoringError):
        expire_clients()


async def _write_steps(offload: Offload) -> None:
    """Write the steps of connecting that were noted; most seconds there are none."""
    if len(steps.notebook):
        await offload(write_noted)


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
