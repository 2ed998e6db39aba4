"""What both ways to talk with a client share: its abilities, steps, what is kept, what is announced."""

import asyncio
import concurrent.futures
import json
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextvars import ContextVar
from typing import Any, NamedTuple, TypeVar

from accounts.caller import Caller
from catalog.authoring.asking import (
    AnswerError,
    ClientCannot,
    Drawer,
    HandedOver,
    Paused,
    Question,
)
from catalog.authoring.contents import clean
from catalog.authoring.errors import AuthoringError, ToolError
from catalog.authoring.sent import SENT
from servers.bell import Change
from servers.dialogue.desk import Desk
from servers.dialogue.drawers import KeptDrawer
from servers.dialogue.questions import Answers
from servers.kept import steps
from servers.protocol.abilities import has_ability
from servers.protocol.errors import ProtocolError
from servers.protocol.jsonrpc import encode
from servers.published import PublishedServer
from servers.transports.exchange import Exchange

T = TypeVar("T")
Step = Callable[[], Awaitable[Any]]
"""A step that happens once; its value is plain JSON."""
LONGEST_URI = 4_096
_inside: ContextVar[frozenset[str]] = ContextVar("inside", default=frozenset())
"""The steps that the running code is part of."""


class Carried(NamedTuple):
    """What a call leaves to the job it becomes: its id if it has one, its answers, its steps as JSON."""

    call: str
    answers: Answers
    steps: Mapping[str, str]


class Talk:
    """One call's talk with its client; made for each call, so it does nothing until it is needed."""

    begun = False
    """Whether anything was said at all; otherwise there is nothing to settle."""
    call_id = ""
    """Names the call over all its rounds; empty while it needs no name."""
    resumed = False
    """Whether the request brings a state or answers."""
    engaged = False
    """Whether the request continues a call that has begun: its end must be settled."""
    claimed = False
    """Whether this run has claimed the call it continues."""
    paused = False
    """Whether the run ended with questions, or in a refusal."""
    hands_over = False
    """Whether the call may become a job."""
    _closed = False
    _tasks: set[asyncio.Task[Any]] | None = None
    _locks: dict[str, asyncio.Lock] | None = None

    def __init__(
        self, desk: Desk, exchange: Exchange, server: PublishedServer, caller: Caller
    ) -> None:
        self._desk, self._exchange, self._server, self._caller = desk, exchange, server, caller

    # --- what each way does in its own manner ---

    def dialogue(self) -> "Talk":
        """Return what the work talks to; begun when something is said for the first time."""
        raise NotImplementedError

    async def _ask(self, question: Question) -> Any:
        """Return the answer of a client that can be asked."""
        raise NotImplementedError

    def refusal(self, error: ClientCannot | AnswerError) -> ProtocolError | None:
        """Return the protocol's error for a client's fault, None where it is the call's result."""
        raise NotImplementedError

    async def _begin_step(self, key: str) -> steps.Step:
        """Claim a step, or return what became of it."""
        raise NotImplementedError

    async def _end_step(self, key: str, state: str, value: str) -> None:
        """Keep how a step ended."""
        raise NotImplementedError

    async def _repeated(self, key: str) -> BaseException:
        """Return what ends a call that comes to a step which began and never ended."""
        raise NotImplementedError

    # --- what an author may do ---

    def can(self, capability: str) -> bool:
        """Return whether the client declared an ability and can be asked here."""
        return has_ability(self._exchange.era.abilities, capability)

    async def ask(self, question: Question) -> Any:
        """Return the client's answer; raises ClientCannot, AnswerError or Paused."""
        if _inside.get():
            raise AuthoringError("a step of ctx.once cannot ask: ask first, act after")
        self._check_open()
        return await self._watched(self._ask(question))

    async def once(self, key: str, function: Step) -> Any:
        """Return a step's value, run by the first who comes to it; never begun twice."""
        self._check_open()
        if key in _inside.get():
            raise AuthoringError(f"the step {key!r} of ctx.once waits for itself")
        if self._locks is None:
            self._locks = defaultdict(asyncio.Lock)
        async with self._locks[key]:
            self._check_open()
            return await self._step(key, function)

    async def _step(self, key: str, function: Step) -> Any:
        """Do a step, or return what became of it."""
        step = await self._begin_step(key)
        if step.mine:
            return await self._do(key, function)
        if step.state == steps.DONE:
            return json.loads(step.value)
        if step.state == steps.FAILED:
            raise ToolError(json.loads(step.value))
        raise await self._repeated(key)

    async def _do(self, key: str, function: Step) -> Any:
        """Run a step, and keep what came of it before anybody hears of it."""
        token = _inside.set(_inside.get() | {key})
        try:
            value = await function()
        except ToolError as error:
            text = encode(clean(str(error))).decode()
            await asyncio.shield(self._end_step(key, steps.FAILED, text))
            raise
        finally:
            _inside.reset(token)
        await asyncio.shield(self._end_step(key, steps.DONE, encode(value).decode()))
        return value

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Return what a coroutine gives, for a function in a thread; raises Paused at the call's end."""
        future = asyncio.run_coroutine_threadsafe(self._watched(work), self._exchange.loop)
        try:
            return future.result()
        except concurrent.futures.CancelledError:
            if self._closed:
                raise Paused from None
            raise

    async def as_job(self) -> None:
        """End this run: its call goes on as a job, if an admin has not said that it stays."""
        self._check_open()
        if self.hands_over:
            raise HandedOver

    def store(self, handle: str | None, ttl: float) -> Drawer:
        """Return what is kept under a handle; a new one if none is given.

        Without a user to keep things apart, only handles made here open anything.
        """
        server, user = self._server.public_id, self._caller.user_public_id
        if handle is None:
            handle = self._desk.new_handle(server)
        elif user is None and not self._desk.is_ours(server, handle):
            raise ToolError("This handle is unknown.")
        return KeptDrawer(self._desk, (server, str(user or ""), handle), ttl)

    def announce(self, what: str, uri: str = "") -> Awaitable[None]:
        """Tell listening clients that a list or a resource has changed; from any thread."""
        change = Change(self._server.public_id, what, uri[:LONGEST_URI])
        self._exchange.loop.call_soon_threadsafe(self._desk.bell.ring, change)
        return SENT

    def close_stream(self) -> Awaitable[None]:
        """End the connection early where the client can come back for the rest."""
        self._exchange.close_stream()
        return SENT

    # --- how a call ends ---

    def carried(self) -> Carried:
        """Return what the call leaves to the job it becomes."""
        return Carried(self.call_id, {}, {})

    def close(self) -> None:
        """End what still waits, and let nothing begin any more: nobody will hear of it."""
        self._closed = True
        for task in self._tasks or ():
            task.cancel()

    def _check_open(self) -> None:
        """Raise Paused if this run is over: what its author's code still does must come to nothing."""
        if self.paused or self._closed:
            raise Paused

    async def _watched(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine so that the end of the call ends it."""
        task = asyncio.current_task()
        assert task is not None  # a coroutine always runs in one
        if self._closed:
            work.close()
            raise Paused
        if self._tasks is None:
            self._tasks = set()
        if task in self._tasks:
            return await work
        self._tasks.add(task)
        try:
            return await work
        finally:
            self._tasks.discard(task)
