"""Work that must not run on the event loop, above all the database's.

One small pool a process. Each piece of work gives its database connection back, so that an idle
thread holds none.
"""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, Protocol, TypeVar

from django.db import close_old_connections

P = ParamSpec("P")
T = TypeVar("T")
THREADS = 4


class Offload(Protocol):
    """Runs a function off the loop and gives what it returns."""

    def __call__(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        """Return an awaitable of the function's result."""
        ...


class Pool:
    """An Offload on threads of its own."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="offload")

    def __call__(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        """Return a future of the function's result."""

        def work() -> T:
            try:
                return function(*args, **kwargs)
            finally:
                close_old_connections()

        return asyncio.get_running_loop().run_in_executor(self._threads, work)

    def close(self) -> None:
        """Let the threads end; work that waits is dropped."""
        self._threads.shutdown(wait=False, cancel_futures=True)


async def within(event: asyncio.Event, seconds: float) -> None:
    """Wait for an event, at most so long."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
