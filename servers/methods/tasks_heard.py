"""What becomes of tasks, told to a client that listens.

notifications/tasks goes to who named the tasks (ext-tasks specification/draft/tasks, Task Status
Notifications): each is the whole task, as tasks/get would tell it then. notifications/tasks/status goes to
the stream of the session that made them (2025-11-25 basic/utilities/tasks), which may not rely on it.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import DatabaseError

from servers.jobs.facts import Held
from servers.jobs.reading import tasks_named
from servers.methods.request import Request, object_param
from servers.methods.tasks_judged import require_tasks, sees
from servers.offload import within
from servers.protocol.errors import invalid_params
from servers.protocol.shapes import detailed_task
from servers.protocol.tasks import experimental_task

log = logging.getLogger(__name__)
NOTIFICATION = "notifications/tasks"
STATUS = "notifications/tasks/status"
MOST_TASKS = 100
"""Tasks that one stream may listen to."""
LOOK_SECONDS = 5.0
"""How long a change may go untold whose announcement was lost."""
Tell = Callable[[str, dict[str, Any]], object]
Now = Callable[[], Request | None]
"""Gives the request with its server and its caller as they are now, None if it may hear no more."""


class TaskListener:
    """The tasks that one stream listens to."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = tuple(names)
        self._told = dict.fromkeys(names, "working")
        self._bell: asyncio.Event | None = None
        self._task: asyncio.Task[None] | None = None

    @classmethod
    async def of(cls, request: Request) -> "TaskListener":
        """Return the listener a request asks for; what its caller may not have is left out."""
        names = object_param(request, "notifications").get("taskIds")
        if names is None:
            return cls(())
        require_tasks(request)
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise invalid_params('"taskIds" is not a list of strings.')
        if len(names) > MOST_TASKS:
            raise invalid_params(f"At most {MOST_TASKS} tasks can be listened to at once.")
        known = {task.facts.id for task in await _found(request, names)}
        return cls([name for name in dict.fromkeys(names) if name in known])

    @property
    def agreed(self) -> dict[str, Any]:
        """What is agreed to."""
        return {"taskIds": list(self._names)} if self._names else {}

    def begin(self, request: Request, now: Now, tell: Tell) -> None:
        """Tell what becomes of the tasks from now on."""
        if self._names:
            self._bell = bell = asyncio.Event()
            request.jobs.watches.begin(self._told, self)
            self._task = asyncio.get_running_loop().create_task(self._tell(now, tell, bell))

    def end(self, request: Request) -> None:
        """Tell nothing more."""
        if self._task is not None:
            self._task.cancel()
            request.jobs.watches.end(self._told, self)

    def tell(self, what: str, _said: Any) -> None:
        """Take an event of one of the tasks."""
        if what == "state" and self._bell is not None:
            self._bell.set()

    async def _tell(self, now: Now, tell: Tell, bell: asyncio.Event) -> None:
        while self._names and (request := now()) is not None:
            bell.clear()
            try:
                for task in await _found(request, self._names):
                    self._tell_one(request, tell, task)
                    if task.ended:  # it changes no more
                        self._names = tuple(name for name in self._names if name != task.facts.id)
            except DatabaseError as error:
                log.warning("tasks that are listened to could not be read: %s", error)
            await within(bell, LOOK_SECONDS)

    def _tell_one(self, request: Request, tell: Tell, task: Held) -> None:
        """Tell of a task that stands otherwise than it was told last."""
        facts = task.facts
        standing = f"{facts.status} {sorted(facts.requests)}" if facts.requests else facts.status
        if self._told[facts.id] != standing:
            self._told[facts.id] = standing
            tell(NOTIFICATION, detailed_task(facts, request.revision))


class SessionTasks:
    """The tasks that one session made; used by the stream on which it hears what changes.

    There may be thousands of them, and most hear nothing: what it takes to tell is made when there is
    something.
    """

    def __init__(self, session: str) -> None:
        self._session = session
        self._told: dict[str, str] = {}
        """Status of tasks that have not ended, as it was told last."""
        self._changed: dict[str, None] = {}
        self._task: asyncio.Task[None] | None = None
        self._now: Now
        self._say: Tell

    def begin(self, request: Request, now: Now, tell: Tell) -> None:
        """Tell what becomes of the tasks from now on, in the revision that has this."""
        self._now, self._say = now, tell
        if request.revision.has_tasks and self._session:
            request.jobs.watches.begin_session(self._session, self._heard)

    def end(self, request: Request) -> None:
        """Tell nothing more."""
        request.jobs.watches.end_session(self._session, self._heard)
        if self._task is not None:
            self._task.cancel()

    def _heard(self, job: str, _what: str, _said: Any) -> None:
        self._changed[job] = None
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._tell())

    async def _tell(self) -> None:
        """Tell until nothing has changed meanwhile."""
        while self._changed and (request := self._now()) is not None:
            names, self._changed = tuple(self._changed), {}
            try:
                found = await _found(request, names)
            except DatabaseError as error:
                log.warning("the tasks of a session could not be read: %s", error)
                continue
            for task in found:
                self._tell_one(task)
        self._task = None

    def _tell_one(self, task: Held) -> None:
        """Tell of a task whose status is another than it was told last."""
        told = experimental_task(task.facts)
        name, status = task.facts.id, told["status"]
        if self._told.get(name, "working") != status:
            self._say(STATUS, told)
        self._told[name] = status
        if task.ended:
            del self._told[name]


async def _found(request: Request, names: Iterable[str]) -> list[Held]:
    """Return those of these tasks that the caller may have."""
    found = await request.desk.offload(
        tasks_named, request.server.public_id, request.caller.user, names
    )
    return [task for task in found if sees(request, task)]
