"""Calls authors' Python functions: coroutines inline, blocking ones in one bounded thread pool."""

import asyncio
import contextvars
import functools
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.conf import settings

from catalog.authoring.authored import Authored
from catalog.authoring.context import CallerView, Context
from catalog.authoring.errors import ArgumentError, ResultError, ToolError
from catalog.importers.python.registry import functions
from servers.capabilities.base import DEFAULT_SECONDS, BadArguments, Unavailable, Work
from servers.protocol.outcome import Contents, Messages, Outcome, ToolOutcome, failed


class Functions:
    """Entries of Python sources."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(settings.TOOL_THREADS, thread_name_prefix="tool")

    def seconds(self, source: str, kind: str, name: str) -> float:
        """Return how long the function may take."""
        authored = functions.get(source, kind, name)
        return (authored and authored.timeout) or DEFAULT_SECONDS

    async def call(self, work: Work) -> Outcome:
        """Call the function and return what it gave; a ToolError is a failed outcome."""
        authored = functions.get(work.source, work.kind, work.name)
        if authored is None:
            raise Unavailable(f"{work.name} is not loaded here at the moment.")
        try:
            keywords = authored.bind(work.arguments)
        except ArgumentError as error:
            raise BadArguments(str(error)) from error
        if authored.context_parameter:
            keywords[authored.context_parameter] = _context(work)
        try:
            return _outcome(authored, await self._value(authored, keywords), work)
        except (ToolError, ResultError) as error:
            return failed(str(error))

    async def _value(self, authored: Authored, keywords: dict[str, Any]) -> Any:
        """Return what the function returns, wherever it has to run."""
        if authored.is_async:
            return await authored.function(**keywords)
        if not authored.blocking:
            return authored.function(**keywords)
        call = functools.partial(authored.function, **keywords)
        return await _in_thread(self._pool, call)


def _in_thread(pool: ThreadPoolExecutor, call: Callable[[], Any]) -> "asyncio.Future[Any]":
    """Run a call in the pool with this task's context variables."""
    run = contextvars.copy_context().run
    return asyncio.get_running_loop().run_in_executor(pool, run, call)


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
    return Context(view, work.exchange, time.monotonic() + work.seconds)


def _outcome(authored: Authored, value: Any, work: Work) -> Outcome:
    """Return a function's value as the outcome its kind of entry has."""
    if authored.kind == "tool":
        made = authored.convert(value)
        return ToolOutcome(made.content, made.structured, made.is_error)
    if authored.kind == "prompt":
        description = authored.definition.get("description", "")
        return Messages(authored.convert_prompt(value), description)
    return Contents(authored.convert_resource(value, work.uri))
