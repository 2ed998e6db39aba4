"""What works, but hardly as its author means it: told as a Python warning when it is declared.

On the newest revision a function that asks is run again with the answer, so what it did before the
question happens twice, unless it is put into `once`.
"""

from __future__ import annotations

import dis
import warnings
from collections.abc import Callable, Iterator
from types import CodeType
from typing import Any

from catalog.authoring.errors import AuthoringWarning

_ASKS = frozenset({"elicit", "elicit_sync", "elicit_url"})
"""Words that nothing else is called by."""
_ASKS_OF_CONTEXT = frozenset({"sample", "roots"})
"""Words that only mean a question on the Context itself: there is also random.sample."""
_ONCE = "once"


def warn_of_asking(
    function: Callable[..., Any], context: str | None, annotations: dict[str, bool]
) -> None:
    """Warn of a tool that asks, changes something, and keeps no step from being done twice.

    `annotations` are its hints as MCP names them. The warning names the tool's file and line.
    """
    harmless = annotations.get("readOnlyHint") or annotations.get("idempotentHint")
    if context is None or harmless or not _asks_without_once(function.__code__, context):
        return
    warnings.warn_explicit(
        f"{function.__name__} asks the client, and is run again with the answer: "
        "put what must happen once into ctx.once, or say read_only=True or idempotent=True",
        AuthoringWarning,
        filename=function.__code__.co_filename,
        lineno=function.__code__.co_firstlineno,
        module=function.__module__,
    )


def _asks_without_once(code: CodeType, context: str) -> bool:
    named = names_in(code)
    if _ONCE in named:
        return False
    return bool(named & _ASKS) or any(_asks_of(one, context) for one in _nested(code))


def names_in(code: CodeType) -> set[str]:
    """Return the names that a function's code uses, with those of the functions in it."""
    return {name for one in _nested(code) for name in one.co_names}


def _nested(code: CodeType) -> Iterator[CodeType]:
    """Yield a function's code and that of the functions in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _nested(constant)


def _asks_of(code: CodeType, context: str) -> bool:
    """Tell whether a word of _ASKS_OF_CONTEXT is taken from the variable of this name."""
    holder: Any = None
    for instruction in dis.get_instructions(code):
        value = instruction.argval
        taken = instruction.opname in ("LOAD_ATTR", "LOAD_METHOD") and holder == context
        if taken and value in _ASKS_OF_CONTEXT:
            return True
        holder = value[-1] if isinstance(value, tuple) and value else value
    return False
