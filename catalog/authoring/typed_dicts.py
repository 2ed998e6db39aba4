"""typing.TypedDict, made fit for pydantic.

Before Python 3.12 pydantic refuses it in favour of `typing_extensions.TypedDict`. Authors write the
one they know; so a hint that holds it is rebuilt with the other, field by field.
"""

from __future__ import annotations

import sys
from types import UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,
    Required,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)
from weakref import WeakKeyDictionary

import typing_extensions

_KNOWN: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()  # old class to new
_make: Any = typing_extensions.TypedDict
_REFUSED = sys.version_info < (3, 12)


def accepted(hint: Any) -> Any:
    """Give the same hint in a form that pydantic takes; most hints come back as they are."""
    if _REFUSED and type(hint).__module__ == "typing" and typing_extensions.is_typeddict(hint):
        return _rebuilt(hint)
    origin, inner = get_origin(hint), get_args(hint)
    if origin is None or origin is Literal or not _needs_rebuilding(hint):
        return hint
    if origin is Annotated:
        return Annotated[(accepted(inner[0]), *inner[1:])]
    taken = tuple(accepted(one) for one in inner)
    return Union[taken] if origin in (Union, UnionType) else origin[taken]  # noqa: UP007 (its members are a tuple)


def typed_dict(name: str, fields: dict[str, Any]) -> Any:
    """Make a TypedDict at run time; type checkers only know those that are written out."""
    return _make(name, fields)


def _needs_rebuilding(hint: Any) -> bool:
    if type(hint).__module__ == "typing" and typing_extensions.is_typeddict(hint):
        return True
    return get_origin(hint) is not Literal and any(map(_needs_rebuilding, get_args(hint)))


def _rebuilt(old: Any) -> Any:
    """Rebuild a class once; it is known before its fields are read, as one of them may name it."""
    if old not in _KNOWN:
        new = _KNOWN[old] = typed_dict(old.__name__, {})
        new.__doc__, new.__module__ = old.__doc__, old.__module__
        hints = get_type_hints(old, include_extras=True)
        new.__annotations__ = {name: _field(old, name, hint) for name, hint in hints.items()}
    return _KNOWN[old]


def _field(old: Any, name: str, hint: Any) -> Any:
    """Say of one field whether it may be missing: written at the field, else for the class."""
    if get_origin(hint) in (Required, NotRequired):
        wrapper, hint = get_origin(hint), get_args(hint)[0]
    else:
        wrapper = Required if name in old.__required_keys__ else NotRequired
    return wrapper[accepted(hint)]
