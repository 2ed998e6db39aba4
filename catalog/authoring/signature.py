"""A function's parameters and return hint, checked: what callers can fill, and the Context.

Callers send named values, so parameters that have no name on the wire are refused at import.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_args, get_type_hints

from pydantic.fields import FieldInfo

from catalog.authoring.context import Context
from catalog.authoring.errors import AuthoringError
from catalog.authoring.typed_dicts import accepted

MISSING: Any = inspect.Parameter.empty
_UNNAMED = {
    inspect.Parameter.POSITIONAL_ONLY: "is positional-only",
    inspect.Parameter.VAR_POSITIONAL: "takes any number of values",
    inspect.Parameter.VAR_KEYWORD: "takes any names",
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter that callers fill; `default` is MISSING, or a value, or a pydantic Field."""

    name: str
    hint: Any
    default: Any = MISSING

    @property
    def described(self) -> bool:
        """Whether a `Field` describes it already; that wins over the docstring."""
        extras = (self.default, *_metadata(self.hint))
        return any(isinstance(one, FieldInfo) and one.description for one in extras)


@dataclass(frozen=True, slots=True)
class Signature:
    """What the declaration of one function says; `returns` is MISSING without a hint."""

    name: str
    parameters: tuple[Parameter, ...]
    context_parameter: str | None
    returns: Any


def read_signature(function: Callable[..., Any]) -> Signature:
    """Read a function once, at import; AuthoringError names the parameter that cannot work."""
    _check_kind(function)
    hints = _resolved(function)
    found = list(inspect.signature(function).parameters.values())
    contexts = [one.name for one in found if _is_context(hints.get(one.name))]
    if len(contexts) > 1:
        raise AuthoringError(f"{function.__name__}: only one parameter can be the Context")
    return Signature(
        name=function.__name__,
        parameters=tuple(
            _parameter(function, one, hints) for one in found if one.name not in contexts
        ),
        context_parameter=contexts[0] if contexts else None,
        returns=accepted(hints.get("return", MISSING)),
    )


def _check_kind(function: Callable[..., Any]) -> None:
    if not inspect.isfunction(function):
        raise AuthoringError(f"{function!r} is not a function: put the decorator on a def")
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise AuthoringError(f"{function.__name__}: a generator cannot be called; return a list")


def _resolved(function: Callable[..., Any]) -> dict[str, Any]:
    try:
        return get_type_hints(function, include_extras=True)
    except (NameError, TypeError, SyntaxError) as error:
        raise AuthoringError(f"{function.__name__}: a type hint is unreadable: {error}") from error


def _parameter(
    function: Callable[..., Any], found: inspect.Parameter, hints: dict[str, Any]
) -> Parameter:
    where = f"{function.__name__}: parameter {found.name!r}"
    if found.kind in _UNNAMED:
        raise AuthoringError(f"{where} {_UNNAMED[found.kind]}; give every parameter one name")
    if found.name not in hints:
        raise AuthoringError(f"{where} has no type hint; callers must know what to send")
    return Parameter(found.name, accepted(hints[found.name]), found.default)


def _is_context(hint: Any) -> bool:
    return hint is Context or Context in get_args(hint)


def _metadata(hint: Any) -> tuple[Any, ...]:
    return getattr(hint, "__metadata__", ())
