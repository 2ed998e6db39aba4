"""The half of a Context that asks the client and keeps what must not be lost between rounds.

On the newest revision a question ends the call, and the function runs again with the answer. So: ask
first, act after, and put what must happen once into `once`.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from typing import Any, Literal, TypeVar, get_args, overload

from catalog.authoring.asking import CAPABILITIES, Capability, Dialogue, Drawer, check_key
from catalog.authoring.contents import sendable
from catalog.authoring.eliciting import Elicited, form_question, url_question
from catalog.authoring.errors import AuthoringError, ToolError
from catalog.authoring.roots import Root, roots_question
from catalog.authoring.sampled import Sampled
from catalog.authoring.sampling import Wishes, sampling_question

Value = TypeVar("Value")
Changed = Literal["tools", "prompts", "resources"]
DAY = 86_400.0
LONGEST_KEPT = 30 * DAY
HANDLE_LIMIT = 128
URI_LIMIT = 4_096


class ClientView:
    """The client that called, as far as an author needs it."""

    __slots__ = ("_dialogue",)

    def __init__(self, dialogue: Dialogue) -> None:
        self._dialogue = dialogue

    def can(self, capability: Capability) -> bool:
        """Tell whether the client can be asked so; a question that it cannot raises ClientCannot."""
        if capability not in CAPABILITIES:
            known = ", ".join(get_args(Capability))
            raise AuthoringError(f"capability {capability!r} is not one of {known}")
        return self._dialogue.can(capability)


class Asker:
    """What a Context can ask and keep."""

    __slots__ = ("_dialogue",)

    def __init__(self, dialogue: Dialogue) -> None:
        self._dialogue = dialogue

    @property
    def client(self) -> ClientView:
        """What the client is able to, before it is asked."""
        return ClientView(self._dialogue)

    @overload
    async def elicit(
        self, message: str, schema: Mapping[str, Any] | None = None, *, key: str | None = None
    ) -> Elicited[dict[str, Any]]: ...
    @overload
    async def elicit(
        self, message: str, schema: type[Value], *, key: str | None = None
    ) -> Elicited[Value]: ...
    async def elicit(self, message: str, schema: Any = None, *, key: str | None = None) -> Any:
        """Ask the person at the client to fill in a form; declined and cancelled are values.

        `schema` is a flat dataclass, TypedDict or pydantic model, or a JSON Schema as a dict; None
        asks for a plain yes. Never ask for secrets: see `elicit_url`. ClientCannot, AnswerError.
        """
        return await self._dialogue.ask(form_question(message, schema, _known(key)))

    async def elicit_url(
        self, message: str, url: str, *, key: str | None = None
    ) -> Elicited[dict[str, Any]]:
        """Ask the person to open a page, for what must not pass through the client.

        Accepted means that they agreed, not that they finished there: look that up yourself.
        """
        found: Elicited[dict[str, Any]] = await self._dialogue.ask(
            url_question(message, url, _known(key))
        )
        return found

    async def sample(
        self,
        messages: Any,
        *,
        max_tokens: int = 1000,
        system: str | None = None,
        temperature: float | None = None,
        stop: Iterable[str] | None = None,
        preferences: str | Mapping[str, Any] | None = None,
        tools: Iterable[Mapping[str, Any]] | None = None,
        tool_choice: str | None = None,
        key: str | None = None,
    ) -> Sampled:
        """Ask the client's model; messages are a text, or a list of texts, media or role and content.

        `preferences` is a hint at a model's name, or MCP's ModelPreferences; `tools` are MCP's tool
        definitions, `tool_choice` is auto, required or none. ClientCannot, AnswerError.
        """
        wishes = Wishes(
            max_tokens=max_tokens,
            system=system,
            temperature=temperature,
            stop=stop,
            preferences=preferences,
            tools=tools,
            tool_choice=tool_choice,
        )
        question = sampling_question(messages, wishes, _known(key))
        found: Sampled = await self._dialogue.ask(question)
        return found

    async def roots(self, *, key: str | None = None) -> list[Root]:
        """Ask for the folders and files that the client lets servers work on."""
        found: list[Root] = await self._dialogue.ask(roots_question(_known(key)))
        return found

    def once(self, key: str, function: Callable[[], Any]) -> Coroutine[Any, Any, Any]:
        """Run a step once in a call, however often the call is run again, and give its value.

        The function is `def` or `async def`; its value must have a JSON form, and is given in that
        form also the first time. If the process dies inside it, the call fails and never repeats it.
        """
        return self._dialogue.once(check_key(key), _step(function))

    async def as_job(self) -> None:
        """Go on as a job, which outlives the call: a worker runs the function again from its beginning.

        Ask before it, act after it: answers are kept, and steps of `once` are not repeated. In the job
        itself it does nothing.
        """
        await self._dialogue.as_job()

    def store(self, handle: str | None = None, *, ttl: float = DAY) -> Drawer:
        """Open what is kept across calls for this user and server, for `ttl` seconds (30 days at most).

        None makes a new handle, to be given to the model and to come back as an argument. ToolError
        when a handle cannot be one.
        """
        if not 0 < ttl <= LONGEST_KEPT:
            raise AuthoringError(f"ttl is a number of seconds up to {LONGEST_KEPT:.0f}")
        if handle is not None and not _is_handle(handle):
            raise ToolError(f"A handle has 1 to {HANDLE_LIMIT} visible characters.")
        return self._dialogue.store(handle, ttl)

    @overload
    def elicit_sync(
        self, message: str, schema: Mapping[str, Any] | None = None, *, key: str | None = None
    ) -> Elicited[dict[str, Any]]: ...
    @overload
    def elicit_sync(
        self, message: str, schema: type[Value], *, key: str | None = None
    ) -> Elicited[Value]: ...
    def elicit_sync(self, message: str, schema: Any = None, *, key: str | None = None) -> Any:
        """Ask like `elicit`, from a plain `def`."""
        return self.sync(self.elicit(message, schema, key=key))

    def sync(self, work: Coroutine[Any, Any, Value]) -> Value:
        """Wait for anything else from a plain `def`: `ctx.sync(ctx.sample("..."))`.

        AuthoringError where that would stand still the loop: in `async def`, and in a `def` with
        `blocking=False`.
        """
        if _on_loop():
            work.close()
            raise AuthoringError("only a def in its own thread can wait so; in async def, await it")
        return self._dialogue.wait(work)

    def changed(self, what: Changed) -> Awaitable[None]:
        """Tell clients that listen that the list of tools, prompts or resources has changed."""
        if what not in get_args(Changed):
            raise AuthoringError(f"{what!r} is not one of {', '.join(get_args(Changed))}")
        return self._dialogue.announce(what)

    def updated(self, uri: str) -> Awaitable[None]:
        """Tell clients that subscribed to this resource that its content has changed."""
        if not isinstance(uri, str) or not 0 < len(uri) <= URI_LIMIT or not uri.isprintable():
            raise AuthoringError(f"a URI has 1 to {URI_LIMIT} visible characters")
        return self._dialogue.announce("resource", uri)

    def close_stream(self) -> Awaitable[None]:
        """Let the client go and fetch the answer later, where its revision can (2025-11-25)."""
        return self._dialogue.close_stream()


def _known(key: str | None) -> str | None:
    return None if key is None else check_key(key)


def _is_handle(handle: Any) -> bool:
    return (
        isinstance(handle, str)
        and 0 < len(handle) <= HANDLE_LIMIT
        and handle.isprintable()
        and " " not in handle
    )


def _step(function: Callable[[], Any]) -> Callable[[], Coroutine[Any, Any, Any]]:
    """Wrap a step so that it may be awaited, blocks no loop, and gives its value's JSON form.

    A step of a plain `def` was written to block: it runs in a thread, as its function does.
    """
    in_thread = not _on_loop() and not inspect.iscoroutinefunction(function)

    async def run() -> Any:
        value = await asyncio.to_thread(function) if in_thread else function()
        return sendable(await value if inspect.isawaitable(value) else value)

    return run


def _on_loop() -> bool:
    """Tell whether an event loop runs in this thread."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
