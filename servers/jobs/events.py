"""What workers say of jobs while they run, on its way to whoever watches them here.

An event is a bell: its `state` says to look at the row, progress and log messages travel in it. Lost ones
are made up for by looking from time to time; progress that was not read gives way to newer progress.
"""

import asyncio
import contextlib
import json
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

from django.conf import settings

from monitoring import bus
from servers.jobs.facts import Progress
from servers.offload import within

TOPIC = bus.chatter("jobs")
MOST_LOGS = 100
"""Log messages that wait for one watcher; the newest stay."""
A_PAYLOAD = 7_000
"""Bytes of one announcement; the bus takes 7,900."""
LONGEST_TEXT = 2_000
SHORT = 200
"""Characters that are left of a text that no announcement carries: one may take fourteen bytes."""
UNTOLD = "(a log message that is too large for a job's)"
Told = tuple[str, str, Any]
"""Job, what it is (state, progress, log), and what is said."""


class Log(NamedTuple):
    """A log message of a job."""

    level: str
    data: Any
    logger: str | None


class Watch:
    """What one watcher has not looked at yet; used from one event loop."""

    def __init__(self) -> None:
        self._bell = asyncio.Event()
        self._progress: Progress | None = None
        self._logs: deque[Log] = deque(maxlen=MOST_LOGS)
        self._look = False

    def tell(self, what: str, said: Any) -> None:
        """Take an event."""
        if what == "progress":
            self._progress = Progress(*said)
        elif what == "log":
            self._logs.append(Log(*said))
        else:
            self._look = True
        self._bell.set()

    async def wait(self, seconds: float) -> None:
        """Wait until something is said, at most so long."""
        await within(self._bell, seconds)

    def take(self) -> tuple[Progress | None, Sequence[Log], bool]:
        """Return the newest progress, the log messages, and whether the row is to be looked at."""
        self._bell.clear()
        taken = self._progress, tuple(self._logs), self._look
        self._progress, self._look = None, False
        self._logs.clear()
        return taken


Watching = Callable[[str, str, Any], None]


class Watcher(Protocol):
    """Who hears of some jobs."""

    def tell(self, what: str, said: Any) -> None:
        """Take an event of one of them."""
        ...


class Watches:
    """The watchers of this process; used from one event loop."""

    def __init__(self) -> None:
        self._by_job: defaultdict[str, set[Watcher]] = defaultdict(set)
        self._by_session: dict[str, Watching] = {}
        self.others: list[Watching] = []
        """Who hears of every job: the worker of this process."""

    @contextlib.contextmanager
    def opened(self, job: str) -> Iterator[Watch]:
        """Let a watcher hear of a job."""
        watch = Watch()
        self.begin((job,), watch)
        try:
            yield watch
        finally:
            self.end((job,), watch)

    def begin(self, jobs: Iterable[str], watcher: Watcher) -> None:
        """Let a watcher hear of some jobs."""
        for job in jobs:
            self._by_job[job].add(watcher)

    def end(self, jobs: Iterable[str], watcher: Watcher) -> None:
        """Let a watcher hear of these jobs no more."""
        for job in jobs:
            watching = self._by_job[job]
            watching.discard(watcher)
            if not watching:
                del self._by_job[job]

    def begin_session(self, session: str, watching: Watching) -> None:
        """Let somebody hear how the jobs of a session stand, instead of who did before."""
        self._by_session[session] = watching

    def end_session(self, session: str, watching: Watching) -> None:
        """Let somebody hear of a session no more, if nobody has taken their place."""
        if self._by_session.get(session) == watching:
            del self._by_session[session]

    def heard(self, payload: str) -> None:
        """Tell watchers what was announced."""
        for job, what, said in json.loads(payload):
            for watch in tuple(self._by_job.get(job, ())):
                watch.tell(what, said)
            of_session = self._by_session.get(said) if what == "state" and said else None
            for other in (*self.others, *((of_session,) if of_session else ())):
                other(job, what, said)


def announce(told: Sequence[Told]) -> None:
    """Announce events, to this process and, where there are any, to the others."""
    publish = bus.publish_here if settings.JOBS_EMBEDDED and settings.EMBEDDED else bus.publish
    for payload in _payloads(told):
        publish(TOPIC, payload)


def announce_state(job: str, session: str = "") -> None:
    """Announce that a job's row is to be looked at; `session` is the one that holds it as a task."""
    announce([(job, "state", session or None)])


def _payloads(told: Sequence[Told]) -> Iterator[str]:
    """Yield events as announcements, as many in one as it carries."""
    parts: list[str] = []
    size = 0
    for each in told:
        part = json.dumps(each)
        if _weight(part) > A_PAYLOAD:
            part = json.dumps(_shortened(each))
        weight = _weight(part)
        if parts and size + weight > A_PAYLOAD:
            yield f"[{','.join(parts)}]"
            parts, size = [], 0
        if weight <= A_PAYLOAD:
            parts.append(part)
            size += weight
    if parts:
        yield f"[{','.join(parts)}]"


def _weight(part: str) -> int:
    """Return what an event takes of a payload, which the bus encodes once more: marks count twice."""
    return len(json.dumps(part)) + 1


def _shortened(told: Told) -> Told:
    """Return an event that is too large for an announcement, in fewer words."""
    job, what, said = told
    if what == "progress":
        value, total, message = said
        return job, what, (value, total, message and message[:SHORT])
    if what == "log":
        level, data, logger = said
        text = data[:SHORT] if isinstance(data, str) else UNTOLD
        return job, what, (level, text, logger and logger[:SHORT])
    return told
