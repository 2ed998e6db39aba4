"""Authored: one declared tool, resource, template or prompt, ready to be published and called."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import ValidationError

from catalog.authoring.completing import Completer
from catalog.authoring.contents import prompt_messages, resource_contents
from catalog.authoring.errors import ArgumentError, AuthoringError
from catalog.authoring.results import Produced, produced
from catalog.authoring.schemas import Arguments, Returns
from catalog.authoring.uri_template import UriTemplate

Kind = Literal["tool", "resource", "template", "prompt"]
MARK = "__mcphub__"  # the attribute of a decorated function that holds its Authored


@dataclass(frozen=True, slots=True, eq=False)  # one of a kind: equal only to itself
class Authored:
    """What a decorator leaves on a function.

    `definition` is the complete MCP definition of the newest revision, as plain JSON types.
    `blocking` functions belong in a thread. `timeout` is in seconds. `durable` asks for the audit
    event to be committed before the answer leaves.
    """

    kind: Kind
    name: str
    definition: dict[str, Any]
    function: Callable[..., Any]
    is_async: bool
    blocking: bool
    timeout: float | None
    durable: bool
    tags: tuple[str, ...]
    context_parameter: str | None
    arguments: Arguments = field(repr=False)
    returns: Returns = field(repr=False)
    template: UriTemplate | None = None
    completions: Mapping[str, Completer] = field(default_factory=dict, repr=False)

    def bind(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Turn arguments from the wire into keyword arguments, defaults filled in.

        Lenient where text stands for a value ("3", an ISO date), because templates and prompts
        carry only text. ArgumentError tells the first misfit. The Context is the caller's to add.
        """
        try:
            return self.arguments.validate(arguments)
        except ValidationError as error:
            raise ArgumentError.first_of(error) from None

    def convert(self, value: Any) -> Produced:
        """Turn what the tool returned into its result; ResultError when it cannot be sent."""
        return produced(value, self.returns)

    def convert_resource(self, value: Any, uri: str) -> list[dict[str, Any]]:
        """Turn what a resource or template returned into MCP contents for that URI."""
        return resource_contents(value, uri, self.definition.get("mimeType"))

    def convert_prompt(self, value: Any) -> list[dict[str, Any]]:
        """Turn what a prompt returned into MCP messages."""
        return prompt_messages(value)

    def match(self, uri: str) -> dict[str, str] | None:
        """Give a template's variables out of a URI, or None when the URI is not one of its own."""
        return self.template.match(uri) if self.template else None

    async def complete(self, argument: str, value: str, others: Mapping[str, str]) -> list[str]:
        """List what may be meant by what is typed so far, all of it; LookupError for no argument.

        Only prompts and templates have arguments that a person types. `others` are those that are
        filled in already. Raises whatever an author's function for completion raises.
        """
        if argument not in self._typed():
            raise LookupError(f"{self.name} has no argument {argument[:100]!r}")
        completer = self.completions.get(argument)
        return [] if completer is None else await completer.suggest(value, others)

    def _typed(self) -> Iterable[str]:
        """Return the names of the arguments that a person types."""
        if self.kind == "prompt":
            return tuple(self.arguments.schema["properties"])
        return self.template.variables if self.template else ()


def authored_on(function: object) -> Authored | None:
    """Give what a decorator left on this function, or None."""
    found = getattr(function, MARK, None)
    return found if isinstance(found, Authored) else None


def leave_on(function: Callable[..., Any], authored: Authored) -> None:
    """Mark a function as declared; AuthoringError when it is already something else."""
    if MARK in vars(function):
        raise AuthoringError(f"{authored.name}: a function can be declared only once")
    setattr(function, MARK, authored)
