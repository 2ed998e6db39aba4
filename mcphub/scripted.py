"""A client from a script, for authors' tests: it answers what a function asks, and keeps what it says.

It is the Dialogue of one call. `once` and `store` work in memory; what is in the store stays for the
life of the process, whatever its ttl, as an author's test may look at it in a second call.
"""

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from catalog.authoring.asking import CAPABILITIES, Question, check_key
from catalog.authoring.errors import ClientCannot
from catalog.authoring.keeping import kept
from catalog.authoring.sent import SENT

Answers = Mapping[str, Any] | Sequence[Any]
"""By the key of each question, or in order."""
Value = TypeVar("Value")
_drawers: dict[str, dict[str, str]] = {}


@dataclass
class Script:
    """What a client answers and can, and what it was asked and told.

    `steps` are the values of `once` by key; `announced` what changed, as (what, uri).
    """

    answers: Answers = ()
    can: Collection[str] = CAPABILITIES
    asked: list[Question] = field(default_factory=list)
    steps: dict[str, Any] = field(default_factory=dict)
    announced: list[tuple[str, str]] = field(default_factory=list)
    stream_closed: bool = False
    unanswered: LookupError | None = None

    def __post_init__(self) -> None:
        """Refuse a capability that no question needs: a test would believe in it."""
        if unknown := set(self.can) - CAPABILITIES:
            known = ", ".join(sorted(CAPABILITIES))
            raise ValueError(f"no client can {min(unknown)!r}; known are {known}")

    def answer(self, question: Question) -> Any:
        """Return the client's result for a question; LookupError where the script has none."""
        self.asked.append(question)
        try:
            found = self._found(question)
        except (LookupError, TypeError):
            called = question.key or question.params.get("message") or question.method
            self.unanswered = LookupError(f"no answer is scripted to {called!r}")
            raise self.unanswered from None
        return AS_RESULT[question.method](found)

    def _found(self, question: Question) -> Any:
        if isinstance(self.answers, Mapping):
            return self.answers[question.key or ""]
        return self.answers[len(self.asked) - 1]


def _person(answer: Any) -> Any:
    """Take "decline", a form's content, or the result as it travels."""
    if isinstance(answer, str):
        return {"action": answer}
    if isinstance(answer, Mapping) and "action" not in answer:
        return {"action": "accept", "content": dict(answer)}
    return answer


def _model(answer: Any) -> Any:
    """Take a text, or the result as it travels."""
    if not isinstance(answer, str):
        return answer
    content = {"type": "text", "text": answer}
    return {"role": "assistant", "content": content, "model": "script", "stopReason": "endTurn"}


def _roots(answer: Any) -> Any:
    """Take a list of addresses, or the result as it travels."""
    if not isinstance(answer, list):
        return answer
    return {"roots": [{"uri": one} if isinstance(one, str) else one for one in answer]}


AS_RESULT: dict[str, Callable[[Any], Any]] = {
    "elicitation/create": _person,
    "sampling/createMessage": _model,
    "roots/list": _roots,
}
"""What an author may write for a client's result, by the method that asks for it."""


class Scripted:
    """The client's end of one call."""

    def __init__(self, script: Script) -> None:
        self._script, self._loop = script, asyncio.get_running_loop()

    def can(self, capability: str) -> bool:
        """Return what the script says."""
        return capability in self._script.can

    async def ask(self, question: Question) -> Any:
        """Return the scripted answer, read as a client's would be."""
        if not self.can(question.needs):
            raise ClientCannot(question.needs)
        return question.read(self._script.answer(question))

    async def once(self, key: str, function: Callable[[], Awaitable[Any]]) -> Any:
        """Run a step and keep its value for the rest of the call."""
        steps = self._script.steps
        if key not in steps:
            steps[key] = await function()
        return steps[key]

    async def as_job(self) -> None:
        """Go on: a test sees the whole function run, as a worker would run it."""

    def wait(self, work: Coroutine[Any, Any, Value]) -> Value:
        """Run a coroutine on the call's loop, from the thread of a `def` function."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def store(self, handle: str | None, ttl: float) -> "Memory":
        """Open a drawer that stays open until the process ends."""
        return Memory(handle or secrets.token_urlsafe(16))

    def announce(self, what: str, uri: str = "") -> Awaitable[None]:
        """Keep what was announced."""
        self._script.announced.append((what, uri))
        return SENT

    def close_stream(self) -> Awaitable[None]:
        """Keep that the stream was closed."""
        self._script.stream_closed = True
        return SENT


class Memory:
    """A drawer in memory."""

    def __init__(self, handle: str) -> None:
        self.handle = handle
        self._values = _drawers.setdefault(handle, {})

    async def get(self, key: str, default: Any = None) -> Any:
        """Return a copy of what was kept, or the default."""
        text = self._values.get(check_key(key))
        return default if text is None else json.loads(text)

    async def set(self, key: str, value: Any) -> None:
        """Keep a value."""
        self._values[check_key(key)] = kept(value)

    async def delete(self, key: str) -> None:
        """Forget a value."""
        self._values.pop(check_key(key), None)
