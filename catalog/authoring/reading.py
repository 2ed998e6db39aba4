"""Find what an imported module declares; what a file declares while it runs is noting.py's."""

from __future__ import annotations

from types import ModuleType

from catalog.authoring.authored import Authored, authored_on
from catalog.authoring.errors import AuthoringError


def authored_in(module: ModuleType) -> list[Authored]:
    """List a module's own declarations in the order they are written.

    Imported ones are left out: they belong to the file that declares them. AuthoringError when two
    share kind and name, because a caller could reach only one of them.
    """
    found: dict[tuple[str, str], Authored] = {}
    for value in vars(module).values():
        authored = authored_on(value)
        if authored is None or authored.function.__module__ != module.__name__:
            continue
        known = found.setdefault((authored.kind, authored.name), authored)
        if known is not authored:
            raise AuthoringError(f"two {authored.kind}s are named {authored.name!r}")
    return list(found.values())
