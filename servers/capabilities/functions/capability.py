"""Calls authors' Python functions: coroutines inline, blocking ones in one bounded thread pool."""

import asyncio
import contextvars
import functools
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.conf import settings

from catalog.authoring.authored import Authored
from catalog.authoring.contents import clean
from catalog.authoring.context import CallerView, Context
from catalog.authoring.errors import (
    AnswerError,
    ArgumentError,
    CallError,
    ClientCannot,
    HandedOver,
    Paused,
    ResultError,
    ToolError,
)
from catalog.importers.python.registry import functions
from servers.capabilities.base import (
    DEFAULT_JOB_SECONDS,
    DEFAULT_SECONDS,
    BadArguments,
    Completing,
    Entry,
    NotLoaded,
    Unavailable,
    Work,
)
from servers.capabilities.functions.threads import Threads
from servers.protocol.outcome import Completions, Contents, Messages, Outcome, ToolOutcome, failed

MOST_PREPARED = 20_000
ENDS = (HandedOver, Paused)
"""What ends a run of a function, and is no fault of it."""
MEANT = (ToolError, CallError, ResultError, ClientCannot, AnswerError, *ENDS)
"""What a function raises, or lets through, on purpose."""


class Escaped(Exception):
    """An author's function raised what must not reach the loop: SystemExit would end the hub."""


class Functions:
    """Entries of Python sources."""

    def __init__(self) -> None:
        self._pool = Threads(settings.TOOL_THREADS)
        self._prepared: dict[Authored, Function] = {}

    def prepare(self, entry: Entry) -> "Function":
        """Return the function behind an entry; raises NotLoaded if no file loaded here has it."""
        authored = functions.get(entry.source, entry.kind, entry.name)
        if authored is None:
            raise NotLoaded(f"{entry.name} is not loaded here at the moment.")
        prepared = self._prepared.get(authored)
        if prepared is None:
            if len(self._prepared) >= MOST_PREPARED:
                self._prepared.clear()  # functions of files that were saved again since
            prepared = self._prepared[authored] = Function(authored, self._pool)
        return prepared


class Function:
    """One author's function."""

    __slots__ = ("_authored", "_function", "_pool", "job_seconds", "seconds")

    def __init__(self, authored: Authored, pool: Threads) -> None:
        self.seconds = authored.timeout or DEFAULT_SECONDS
        self.job_seconds = authored.timeout or DEFAULT_JOB_SECONDS
        self._authored, self._pool, self._function = authored, pool, authored.function

    @property
    def takes(self) -> Mapping[str, Any]:
        """The schema of the function's parameters."""
        return self._authored.arguments.schema

    async def call(self, work: Work) -> Outcome:
        """Call the function and return what it gave; a ToolError is a failed outcome."""
        authored = self._authored
        try:
            keywords = authored.bind(work.arguments)
        except ArgumentError as error:
            raise BadArguments(str(error)) from error
        if authored.context_parameter:
            keywords[authored.context_parameter] = _context(work)
        try:
            if authored.is_async:
                value = await self._function(**keywords)
            elif authored.blocking:
                value = await _in_thread(self._pool, self._function, keywords)
            else:
                value = self._function(**keywords)
            return _outcome(authored, value, work)
        except (ToolError, ResultError) as error:
            return _told(authored, error)
        except BaseExceptionGroup as group:
            meant = _meant(group)
            if isinstance(meant, ToolError | ResultError):
                return _told(authored, meant)
            raise meant or Escaped(type(group).__name__) from group
        except BaseException as error:
            _contain(error)
            raise

    async def complete(self, completing: Completing) -> Completions:
        """Return what the author's completer, or a parameter's own choices, offer."""
        authored, (argument, value, others) = self._authored, completing
        if argument not in authored.typed():
            raise BadArguments(f"no argument {argument[:64]!r}")
        try:
            values = await authored.complete(argument, value, others, self._apart)
        except (ToolError, ResultError) as error:
            raise Unavailable(clean(str(error))) from error
        except BaseException as error:
            _contain(error)
            raise
        return Completions([clean(value) for value in values])

    async def _apart(self, function: Callable[[], list[str]]) -> list[str]:
        """Run a function that may block in the pool."""
        found: list[str] = await _in_thread(self._pool, function, {})
        return found


def _meant(group: BaseExceptionGroup[BaseException]) -> BaseException | None:
    """Return the one error that a group of the author's tasks stands for, None if there is none.

    A fault goes before what was meant: it would be there again when the call is run again.
    """
    found, faults = group.split(MEANT)
    if faults is not None or found is None:
        return faults if isinstance(faults, Exception) else None
    leaves = list(_leaves(found))
    return next((one for one in leaves if not isinstance(one, ENDS)), leaves[0])


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for one in group.exceptions:
        if isinstance(one, BaseExceptionGroup):
            yield from _leaves(one)
        else:
            yield one


async def _in_thread(pool: Threads, function: Callable[..., Any], keywords: dict[str, Any]) -> Any:
    """Run a function in the pool with this task's context variables."""
    call = functools.partial(contextvars.copy_context().run, _contained, function, keywords)
    return await pool.run(call)


def _contained(function: Callable[..., Any], keywords: dict[str, Any]) -> Any:
    """Call a function in its thread: no future takes a StopIteration, no coroutine a GeneratorExit."""
    try:
        return function(**keywords)
    except (StopIteration, GeneratorExit) as error:
        raise Escaped(type(error).__name__) from error
    except MemoryError as error:
        _free(error)
        raise


def _free(error: MemoryError) -> None:
    """Let go of what the function held when it ran out, so that the rest of the process has some."""
    traceback.clear_frames(error.__traceback__)


def _contain(error: BaseException) -> None:
    """Raise Escaped in the place of what would end more than this call."""
    if isinstance(error, MemoryError):
        _free(error)
    if not isinstance(error, (Exception, *ENDS)) and not _is_ours(error):
        raise Escaped(type(error).__name__) from error


def _is_ours(error: BaseException) -> bool:
    """Return whether the hub is ending this call, rather than the author's function raising it."""
    if isinstance(error, asyncio.CancelledError):
        task = asyncio.current_task()
        return task is not None and task.cancelling() > 0
    return isinstance(error, GeneratorExit)


def _told(authored: Authored, error: ToolError | ResultError) -> Outcome:
    """Return a failure meant for the client as a tool's result; resources and prompts have errors."""
    text = clean(str(error))
    if isinstance(error, ResultError):
        text = f"{authored.name}: {text}"
    if authored.kind == "tool":
        return failed(text)
    raise Unavailable(text) from error


def _context(work: Work) -> Context:
    """Return what the function may know of its call."""
    caller = work.caller
    view = CallerView(
        server=work.server,
        user=caller.username or None,
        user_id=str(caller.user_public_id) if caller.user_public_id else None,
        client=caller.client_name or None,
        scopes=caller.scopes,
    )
    dialogue = work.dialogue() if work.dialogue else None
    return Context(view, work.exchange, time.monotonic() + work.seconds, dialogue=dialogue)


def _outcome(authored: Authored, value: Any, work: Work) -> Outcome:
    """Return a function's value as the outcome its kind of entry has."""
    if authored.kind == "tool":
        made = authored.convert(value)
        return ToolOutcome(made.content, made.structured, made.is_error)
    if authored.kind == "prompt":
        description = authored.definition.get("description", "")
        return Messages(authored.convert_prompt(value), description)
    return Contents(authored.convert_resource(value, work.name))
