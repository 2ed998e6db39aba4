"""The Dialogue of a call that has none: an author's unit test, or a place that cannot ask."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, NoReturn, TypeVar

from catalog.authoring.asking import Question
from catalog.authoring.errors import ClientCannot, NoDialogue
from catalog.authoring.sent import SENT

Value = TypeVar("Value")


class Alone:
    """Can ask nothing, runs each step as often as it is asked, and tells nobody."""

    __slots__ = ()

    def can(self, capability: str) -> bool:
        """Return that there is no client that could."""
        return False

    async def ask(self, question: Question) -> Any:
        """Refuse: nobody is there."""
        raise ClientCannot(question.needs)

    async def once(self, key: str, function: Callable[[], Any]) -> Any:
        """Run the function: a call that is never run again needs no memory."""
        value = function()
        return await value if inspect.isawaitable(value) else value

    async def as_job(self) -> None:
        """Go on: there is no worker that could."""

    def wait(self, work: Coroutine[Any, Any, Value]) -> Value:
        """Run a coroutine on a loop of its own."""
        return asyncio.run(work)

    def store(self, handle: str | None, ttl: float) -> NoReturn:
        """Refuse: what is kept belongs to a user and a server."""
        raise NoDialogue("there is no store here: the call does not come through the hub")

    def announce(self, what: str, uri: str = "") -> Awaitable[None]:
        """Tell nobody."""
        return SENT

    def close_stream(self) -> Awaitable[None]:
        """Close nothing."""
        return SENT


ALONE = Alone()
