"""What a running function may ask of its client: the question, and who gets it answered.

A question is a value: its method and parameters in the shape of the newest revision, and the reader
that makes the client's answer fit. How it travels is the business of the Dialogue, which the hub
fills in per revision and `mcphub.testing` fills in from a script.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar, get_args

from catalog.authoring.contents import clean
from catalog.authoring.errors import (
    AnswerError,
    AuthoringError,
    ClientCannot,
    HandedOver,
    NoDialogue,
    Paused,
)

__all__ = [
    "CAPABILITIES",
    "KEY_LIMIT",
    "AnswerError",
    "Capability",
    "ClientCannot",
    "Dialogue",
    "Drawer",
    "HandedOver",
    "Method",
    "NoDialogue",
    "Paused",
    "Question",
    "check_key",
    "worded",
]

Method = Literal["elicitation/create", "sampling/createMessage", "roots/list"]
Capability = Literal["elicitation", "elicitation.url", "sampling", "sampling.tools", "roots"]
"""What a client may be able to do; "elicitation" is by form, "elicitation.url" by a page to open."""
CAPABILITIES: frozenset[str] = frozenset(get_args(Capability))
KEY_LIMIT = 128
"""Characters of a key; it travels with every round of its call."""
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Question:
    """One question to a client.

    `params` are JSON in the newest shape. `read` takes the client's result object, which may be any
    JSON and hostile, and gives the author's value or raises AnswerError. `key` is the author's.
    """

    method: Method
    params: dict[str, Any]
    needs: Capability
    read: Callable[[Any], Any]
    key: str | None = None


class Drawer(Protocol):
    """State that an author keeps across calls, for one user and server, under one handle."""

    handle: str

    async def get(self, key: str, default: Any = None) -> Any:
        """Return what was kept, or the default when there is nothing or its time is over."""
        ...

    async def set(self, key: str, value: Any) -> None:
        """Keep any JSON value of at most 64 KiB."""
        ...

    async def delete(self, key: str) -> None:
        """Forget it; nothing happens when there is nothing."""
        ...


class Dialogue(Protocol):
    """The client's end of one call, as far as it can be asked and told."""

    def can(self, capability: str) -> bool:
        """Tell whether client and revision have one of CAPABILITIES."""
        ...

    async def ask(self, question: Question) -> Any:
        """Return what `question.read` gave; raises ClientCannot, AnswerError or Paused."""
        ...

    async def once(self, key: str, function: Callable[[], Any]) -> Any:
        """Return what the function gave the first time; it may be `async def`."""
        ...

    async def as_job(self) -> None:
        """Return in a job; elsewhere raise HandedOver, so that the call becomes one."""
        ...

    def wait(self, work: Coroutine[Any, Any, Value]) -> Value:
        """Run a coroutine for a `def` function, from its thread, and wait for the end."""
        ...

    def store(self, handle: str | None, ttl: float) -> Drawer:
        """Open a drawer, None for a new one with an unguessable handle; `ttl` in seconds."""
        ...

    def announce(self, what: str, uri: str = "") -> Awaitable[None]:
        """Tell listeners that "tools", "prompts", "resources" or the "resource" at `uri` changed.

        Sends when called, like a Context's Outbox, so that a `def` function need not await it.
        """
        ...

    def close_stream(self) -> Awaitable[None]:
        """End the answer's stream early where the client can fetch the rest later (2025-11-25)."""
        ...


def check_key(key: str, what: str = "key") -> str:
    """Return the key; AuthoringError unless it has 1 to 128 printable characters."""
    if not isinstance(key, str) or not 0 < len(key) <= KEY_LIMIT or not key.isprintable():
        raise AuthoringError(f"a {what} has 1 to {KEY_LIMIT} printable characters")
    return key


def worded(text: str, limit: int, what: str) -> str:
    """Return an author's text fit to be sent; AuthoringError when it is empty or too long."""
    if not isinstance(text, str) or not text.strip():
        raise AuthoringError(f"{what} must be a text with something in it")
    if len(text) > limit:
        raise AuthoringError(f"{what} has {len(text)} characters; {limit} are allowed")
    return clean(text)
