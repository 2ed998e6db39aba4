"""Which scope an entry needs. Held against the caller's expanded scopes."""

from collections.abc import Mapping
from typing import Any

from accounts.scopes import DESTRUCTIVE, PROMPTS, READ, WRITE

BY_KIND = {"resource": READ, "template": READ, "prompt": PROMPTS}


def required_scope(kind: str, annotations: Mapping[str, Any]) -> str:
    """Return the scope that an entry of this kind with these tool annotations needs.

    A tool that says nothing needs write: an author who forgot must not have opened a door. Only
    `true` counts, not what is truthy: annotations may come from elsewhere.
    """
    if kind in BY_KIND:
        return BY_KIND[kind]
    if annotations.get("readOnlyHint") is True:
        return READ
    return DESTRUCTIVE if annotations.get("destructiveHint") is True else WRITE
