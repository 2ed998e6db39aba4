"""A function and what its author said about it -> an `Authored` left on the function.

Each kind has one `declare_*`: it builds the MCP definition and refuses, with AuthoringError, what
could never be called.
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from catalog.authoring.authored import Authored, Kind, leave_on
from catalog.authoring.cautions import warn_of_asking
from catalog.authoring.completing import Completer, completers
from catalog.authoring.docstrings import Documentation, documentation_of
from catalog.authoring.errors import AuthoringError
from catalog.authoring.headers import check_headers
from catalog.authoring.noting import note
from catalog.authoring.plain_schema import Schema
from catalog.authoring.raw_arguments import raw_arguments
from catalog.authoring.schemas import Arguments, Returns, arguments_of, returns_of
from catalog.authoring.signature import Signature, read_signature
from catalog.authoring.uri_template import UriTemplate, check_uri

NAME = re.compile(r"[A-Za-z0-9_.-]{1,128}")
"""What every client takes for the name of a tool or prompt."""
Completions = Mapping[str, Callable[..., Any]]
"""Argument -> a function of (value) or (value, others) that returns texts."""
_TEXTUAL = frozenset({"string", "integer", "number", "boolean", "null"})


class Said(TypedDict, total=False):
    """What an author may say in the brackets of every decorator; `timeout` is in seconds."""

    name: str | None
    title: str | None
    description: str | None
    timeout: float | None
    blocking: bool | None
    durable: bool
    tags: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Options:
    """The same, with what holds when nothing is said."""

    name: str | None = None
    title: str | None = None
    description: str | None = None
    timeout: float | None = None
    blocking: bool | None = None
    durable: bool = False
    tags: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class _Reading:
    """A function as read once: what every kind builds its definition from."""

    function: Callable[..., Any]
    name: str
    signature: Signature
    docs: Documentation
    arguments: Arguments
    options: _Options

    def basics(self, **more: Any) -> dict[str, Any]:
        """Start a definition: its name, what follows, and title and description where said."""
        summary = self.options.description or self.docs.summary
        texts = {"title": self.options.title, "description": summary}
        return {"name": self.name, **more, **{key: text for key, text in texts.items() if text}}

    def finished(
        self,
        kind: Kind,
        definition: dict[str, Any],
        returns: Returns | None = None,
        template: UriTemplate | None = None,
        completions: Mapping[str, Completer] | None = None,
    ) -> None:
        """Leave the complete value on the function, and note it for the file that runs."""
        is_async = inspect.iscoroutinefunction(self.function)
        authored = Authored(
            kind=kind,
            name=self.name,
            definition=definition,
            function=self.function,
            is_async=is_async,
            blocking=not is_async and self.options.blocking is not False,
            timeout=self.options.timeout,
            durable=self.options.durable,
            tags=tuple(self.options.tags),
            context_parameter=self.signature.context_parameter,
            arguments=self.arguments,
            returns=returns or Returns(),
            template=template,
            completions=completions or {},
        )
        leave_on(self.function, authored)
        note(authored)


def _options(said: Said) -> _Options:
    if unknown := said.keys() - Said.__annotations__.keys():
        raise AuthoringError(f"the decorator has no option {min(unknown)!r}")
    return _Options(**said)


def _read(
    function: Callable[..., Any], said: Said, schema: Mapping[str, Any] | None = None
) -> _Reading:
    options = _options(said)
    signature = read_signature(function)
    _check(options, options.name or signature.name, inspect.iscoroutinefunction(function))
    docs = documentation_of(function)
    arguments = (
        arguments_of(signature, docs) if schema is None else raw_arguments(signature, schema)
    )
    return _Reading(function, options.name or signature.name, signature, docs, arguments, options)


def _check(options: _Options, name: str, is_async: bool) -> None:
    if not NAME.fullmatch(name):
        raise AuthoringError(f"name {name!r} must be 1 to 128 of A-Z a-z 0-9 _ . -")
    if options.timeout is not None and not 0 < options.timeout < math.inf:
        raise AuthoringError(f"{name}: timeout must be a positive number of seconds")
    if isinstance(options.tags, str):
        raise AuthoringError(f"{name}: tags is a list of words, not one string")
    if is_async and options.blocking:
        raise AuthoringError(f"{name}: an async def cannot be blocking; make it a plain def")


def declare_tool(
    function: Callable[..., Any],
    said: Said,
    annotations: dict[str, bool],
    schema: Mapping[str, Any] | None = None,
    execution: Mapping[str, Any] | None = None,
) -> None:
    """Declare a tool; `annotations` are its MCP hints, only those that were said.

    `schema` is what an author wrote in place of parameters, `execution` how it runs (catalog.runs).
    AuthoringWarning: see cautions.
    """
    reading = _read(function, said, schema)
    check_headers(reading.name, reading.arguments.schema)
    returns = returns_of(reading.signature)
    definition = reading.basics()
    definition["inputSchema"] = reading.arguments.schema
    if returns.schema is not None:
        definition["outputSchema"] = returns.schema
    if annotations:
        definition["annotations"] = annotations
    if execution:
        definition["execution"] = dict(execution)
    warn_of_asking(function, reading.signature.context_parameter, annotations)
    reading.finished("tool", definition, returns)


def declare_resource(
    function: Callable[..., Any],
    said: Said,
    uri: str,
    mime: dict[str, str],
    complete: Completions | None = None,
) -> None:
    """Declare a resource: one URI, and a function that needs no argument."""
    reading = _read(function, said)
    check_uri(uri)
    completers(reading.name, (), reading.arguments.schema, complete)  # refuses any
    if unfilled := reading.arguments.schema.get("required"):
        raise AuthoringError(f"{reading.name}: {uri} has no variable for {unfilled[0]!r}")
    reading.finished("resource", reading.basics(uri=uri) | mime)


def declare_template(
    function: Callable[..., Any],
    said: Said,
    uri: str,
    mime: dict[str, str],
    complete: Completions | None = None,
) -> None:
    """Declare a template: variables and required parameters must be the same names."""
    reading = _read(function, said)
    template = UriTemplate.parse(uri)
    schema = reading.arguments.schema
    for variable in template.variables:
        if variable not in schema["properties"]:
            raise AuthoringError(f"{reading.name}: {{{variable}}} in {uri} has no parameter")
    for name in schema.get("required", ()):
        if name not in template.variables:
            raise AuthoringError(f"{reading.name}: {uri} has no variable for {name!r}")
    _check_textual(reading, template.variables)
    definition = reading.basics(uriTemplate=uri) | mime
    completions = completers(reading.name, template.variables, schema, complete)
    reading.finished("template", definition, template=template, completions=completions)


def declare_prompt(
    function: Callable[..., Any], said: Said, complete: Completions | None = None
) -> None:
    """Declare a prompt: its arguments are listed one by one, MCP knows no schema for them."""
    reading = _read(function, said)
    schema = reading.arguments.schema
    _check_textual(reading, tuple(schema["properties"]))
    required = schema.get("required", ())
    arguments = [
        {
            "name": name,
            **{key: part[key] for key in ("title", "description") if key in part},
            "required": name in required,
        }
        for name, part in schema["properties"].items()
    ]
    completions = completers(reading.name, schema["properties"], schema, complete)
    reading.finished("prompt", reading.basics(arguments=arguments), completions=completions)


def _check_textual(reading: _Reading, names: tuple[str, ...]) -> None:
    """Refuse parameters that no text can fill: URIs and prompt arguments carry only text."""
    schema = reading.arguments.schema
    for name in names:
        if not _is_textual(schema["properties"][name], schema.get("$defs", {})):
            raise AuthoringError(
                f"{reading.name}: parameter {name!r} arrives as text; use a scalar"
            )


def _is_textual(part: Schema, definitions: dict[str, Schema]) -> bool:
    if "$ref" in part:
        return _is_textual(definitions[part["$ref"].removeprefix("#/$defs/")], {})
    if "anyOf" in part:
        return all(_is_textual(one, definitions) for one in part["anyOf"])
    return part.get("type") in _TEXTUAL
