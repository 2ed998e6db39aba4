"""What a file declares while it runs, also what it keeps under no name of its own.

Whoever runs a file opens a list for it; each declaration made meanwhile is noted there. Context-local:
files that run in other threads or tasks have lists of their own.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from catalog.authoring.authored import Authored
from catalog.authoring.errors import AuthoringError


@dataclass(slots=True)
class Noted:
    """What the module of this name has declared so far, in order."""

    module: str
    found: dict[tuple[str, str], Authored] = field(default_factory=dict)


_open: ContextVar[Noted | None] = ContextVar("noted", default=None)


@contextmanager
def noting(module: str) -> Iterator[Noted]:
    """Note what the module of this name declares while its file runs."""
    noted = Noted(module)
    token = _open.set(noted)
    try:
        yield noted
    finally:
        _open.reset(token)


def note(authored: Authored) -> None:
    """Note a declaration if its file is listened to; AuthoringError when its name is taken there.

    Raised at the second declaration, so that the traceback names its line. What a file that is
    imported meanwhile declares is that file's own.
    """
    noted = _open.get()
    if noted is None or _running_module() != noted.module:
        return
    if noted.found.setdefault((authored.kind, authored.name), authored) is not authored:
        raise AuthoringError(f"two {authored.kind}s are named {authored.name!r}")


def _running_module() -> str | None:
    """Return the module whose top level is running: where a declaration was asked for.

    Not the module of the function: a helper may have made it, or a library.
    """
    frame = inspect.currentframe()
    while frame is not None and frame.f_code.co_name != "<module>":
        frame = frame.f_back
    return None if frame is None else frame.f_globals.get("__name__")
