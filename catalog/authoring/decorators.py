"""The decorators of tool authors: `@tool`, `@resource(uri)` and `@prompt`.

They return the function unchanged, so that authors can still call and test it, and leave an
`Authored` on it. Whatever cannot work is refused at import, with AuthoringError.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, Unpack, overload

from catalog.authoring.declaring import (
    Completions,
    Said,
    declare_prompt,
    declare_resource,
    declare_template,
    declare_tool,
)
from catalog.authoring.errors import AuthoringError
from catalog.authoring.executing import Job, execution_said

Function = TypeVar("Function", bound=Callable[..., Any])


@overload
def tool(function: Function, /) -> Function: ...
@overload
def tool(
    *,
    read_only: bool | None = None,
    destructive: bool | None = None,
    idempotent: bool | None = None,
    open_world: bool | None = None,
    input_schema: Mapping[str, Any] | None = None,
    job: Job = False,
    retries: int = 0,
    heavy: bool = False,
    **said: Unpack[Said],
) -> Callable[[Function], Function]: ...
def tool(
    function: Function | None = None,
    /,
    *,
    read_only: bool | None = None,
    destructive: bool | None = None,
    idempotent: bool | None = None,
    open_world: bool | None = None,
    input_schema: Mapping[str, Any] | None = None,
    job: Job = False,
    retries: int = 0,
    heavy: bool = False,
    **said: Unpack[Said],
) -> Function | Callable[[Function], Function]:
    """Declare a tool: a function that models may call, described by its hints and docstring.

    The hints about its effects are told to clients and decide which scope a call needs; a tool
    that says nothing needs the scope for writing. `timeout` is in seconds. `input_schema` goes out
    as it is written: the function then takes the arguments as one dict.

    `job=True` runs it as a job, which outlives its call; "auto" answers at once if it ends soon;
    "required" is for clients that hold tasks alone. `retries` begins one that failed again, with pauses
    that grow, if it is read-only or idempotent; `heavy` keeps it out of the way of others.
    """
    hints = {
        "readOnlyHint": read_only,
        "destructiveHint": destructive,
        "idempotentHint": idempotent,
        "openWorldHint": open_world,
    }

    def declare(function: Function) -> Function:
        if read_only and destructive:
            raise AuthoringError(
                f"{function.__name__}: read-only and destructive exclude each other"
            )
        given = {key: hint for key, hint in hints.items() if hint is not None}
        execution = execution_said(function, job, retries, heavy, given)
        declare_tool(function, said, given, input_schema, execution)
        return function

    return declare if function is None else declare(function)


def resource(
    uri: str,
    *,
    mime_type: str | None = None,
    complete: Completions | None = None,
    **said: Unpack[Said],
) -> Callable[[Function], Function]:
    """Declare a resource, or with `{variables}` in its URI a template for many.

    A resource's function takes nothing (but a Context); a template's takes each variable, as the
    type it hints. `complete` gives for a variable a function of (value) or (value, others) that
    returns what a person may mean. Further options: name, title, description, timeout, blocking, tags.
    """
    if callable(uri):
        raise AuthoringError('@resource needs a URI: @resource("weather://cities")')

    def declare(function: Function) -> Function:
        mime = {"mimeType": mime_type} if mime_type else {}
        declare_it = declare_template if "{" in uri or "}" in uri else declare_resource
        declare_it(function, said, uri, mime, complete)
        return function

    return declare


@overload
def prompt(function: Function, /) -> Function: ...
@overload
def prompt(
    *, complete: Completions | None = None, **said: Unpack[Said]
) -> Callable[[Function], Function]: ...
def prompt(
    function: Function | None = None,
    /,
    *,
    complete: Completions | None = None,
    **said: Unpack[Said],
) -> Function | Callable[[Function], Function]:
    """Declare a prompt: a text that people pick in their client, filled in with arguments.

    `complete` gives for an argument a function of (value) or (value, others) that returns what a
    person may mean; hints that list their values need none.
    """

    def declare(function: Function) -> Function:
        declare_prompt(function, said, complete)
        return function

    return declare if function is None else declare(function)
