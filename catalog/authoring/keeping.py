"""What a value must be to be kept across calls, and how it is written down."""

from __future__ import annotations

from typing import Any

from catalog.authoring.contents import compact, sendable
from catalog.authoring.errors import ResultError

KEPT_LIMIT = 64 * 1024
"""Bytes of one value as JSON."""


def kept(value: Any) -> str:
    """Return a value as the JSON text that is kept; ResultError when it has none or is too large."""
    text = compact(sendable(value))
    if (size := len(text.encode())) > KEPT_LIMIT:
        raise ResultError(f"a value to be kept has {size} bytes; {KEPT_LIMIT} are allowed")
    return text
