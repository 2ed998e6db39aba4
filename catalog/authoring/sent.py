"""An awaitable for what is sent already."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any


class Sent:
    """An awaitable that is already done: unlike a coroutine it may be dropped without a warning."""

    __slots__ = ()

    def __await__(self) -> Generator[Any, None, None]:
        return
        yield  # makes this a generator that ends at once


SENT = Sent()
