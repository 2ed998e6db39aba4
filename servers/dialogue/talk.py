"""What both ways to talk with a client share: its abilities, what is kept, what is announced."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from accounts.caller import Caller
from catalog.authoring.asking import Drawer, Question
from catalog.authoring.errors import ToolError
from catalog.authoring.sent import SENT
from servers.bell import Change
from servers.dialogue.desk import Desk
from servers.dialogue.drawers import KeptDrawer
from servers.protocol.abilities import has_ability
from servers.published import PublishedServer
from servers.transports.exchange import Exchange

T = TypeVar("T")
Step = Callable[[], Awaitable[Any]]
"""A step that happens once; its value is plain JSON."""
LONGEST_URI = 4_096


class Talk:
    """One call's talk with its client; made for each call, so it does nothing until it is needed."""

    call_id = ""
    """Names the call over all its rounds; empty while it needs no name."""
    resumed = False
    """Whether the request brings a state or answers."""
    engaged = False
    """Whether the end of the call must be settled."""
    paused = False
    """Whether the call ended with questions, or in a refusal."""
    _tasks: set[asyncio.Task[Any]] | None = None

    def __init__(
        self, desk: Desk, exchange: Exchange, server: PublishedServer, caller: Caller
    ) -> None:
        self._desk, self._exchange, self._server, self._caller = desk, exchange, server, caller

    # --- what an author may do ---

    def can(self, capability: str) -> bool:
        """Return whether the client declared an ability and can be asked here."""
        return has_ability(self._exchange.era.abilities, capability)

    async def ask(self, question: Question) -> Any:
        """Return the client's answer."""
        raise NotImplementedError

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Return what a coroutine gives, for a function in a thread."""
        return asyncio.run_coroutine_threadsafe(self._watched(work), self._exchange.loop).result()

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

    def close(self) -> None:
        """End what still waits: nobody will hear it."""
        for task in self._tasks or ():
            task.cancel()

    async def _watched(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine so that the end of the call ends it."""
        task = asyncio.current_task()
        assert task is not None  # a coroutine always runs in one
        if self._tasks is None:
            self._tasks = set()
        self._tasks.add(task)
        try:
            return await work
        finally:
            self._tasks.discard(task)
