"""Completion: what a person may mean while typing an argument of a prompt or template.

A parameter whose hint lists its values completes by itself; for any other its author gives a
function of what is typed so far, and if it wants of the arguments that are filled in already.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

from catalog.authoring.contents import text_of
from catalog.authoring.errors import AuthoringError, ResultError
from catalog.authoring.plain_schema import Schema

MOST = 10_000
"""Values taken from one function, which might never end; clients get a hundred of them."""


class Completer(Protocol):
    """Completes one argument."""

    async def suggest(self, value: str, others: Mapping[str, str]) -> list[str]:
        """Return what could be meant by `value`; `others` are arguments that are filled in."""
        ...


@dataclass(frozen=True, slots=True)
class Choices:
    """Completes from a list: what begins like the value, whatever the case."""

    texts: tuple[str, ...]

    async def suggest(self, value: str, others: Mapping[str, str]) -> list[str]:
        """Return the texts that begin like the value."""
        start = value.casefold()
        return [text for text in self.texts if text.casefold().startswith(start)]


@dataclass(frozen=True, slots=True)
class Written:
    """Completes by an author's function; a plain `def` runs in a thread, as it may block."""

    function: Callable[..., Any]
    takes_others: bool

    async def suggest(self, value: str, others: Mapping[str, str]) -> list[str]:
        """Return what the function gives, as texts."""
        given = (value, dict(others)) if self.takes_others else (value,)
        if inspect.iscoroutinefunction(self.function):
            return _texts(await self.function(*given))
        return await asyncio.to_thread(lambda: _texts(self.function(*given)))


def _texts(found: Iterable[Any]) -> list[str]:
    if isinstance(found, str | bytes | Mapping) or not isinstance(found, Iterable):
        raise ResultError("a function for completion returned no list of texts")
    return [text_of(one) for one in islice(found, MOST)]


def completers(
    where: str,
    names: Iterable[str],
    schema: Schema,
    written: Mapping[str, Callable[..., Any]] | None,
) -> dict[str, Completer]:
    """Return a completer for each argument that has one; what an author wrote wins.

    AuthoringError for a name that is no argument, and for a function that cannot be called so.
    """
    known = list(names)
    for name in written or {}:
        if name not in known:
            raise AuthoringError(f"{where}: complete names {name!r}, which is no argument of it")
    found: dict[str, Completer] = {}
    for name in known:
        if written and name in written:
            found[name] = _written(where, name, written[name])
        elif texts := _listed(schema["properties"][name], schema.get("$defs", {})):
            found[name] = Choices(texts)
    return found


def _written(where: str, name: str, function: Callable[..., Any]) -> Written:
    wrong = AuthoringError(
        f"{where}: complete for {name!r} is a function of (value) or (value, others)"
    )
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # it is nothing to call, or hides what it takes
        raise wrong from None
    for given in (1, 2):
        try:
            signature.bind(*range(given))
        except TypeError:
            continue
        return Written(function, takes_others=given == 2)
    raise wrong


def _listed(part: Schema, shelf: Schema) -> tuple[str, ...]:
    """Return the values that a parameter's schema lists, as they are typed; none if it does not."""
    if "$ref" in part:
        return _listed(shelf[part["$ref"].removeprefix("#/$defs/")], shelf)
    if "anyOf" in part:
        return tuple(text for one in part["anyOf"] for text in _listed(one, shelf))
    if part.get("type") == "boolean":
        return ("true", "false")
    values = part.get("enum", [part["const"]] if "const" in part else [])
    return tuple(text_of(value) for value in values)
