"""What a list shows of a tool where its server is to cost a model less: `slim`."""

from typing import Any

SLIM = frozenset({"name", "title", "description", "inputSchema", "annotations"})
"""What is kept: enough to choose a tool and to call it."""


def slim(definition: dict[str, Any]) -> dict[str, Any]:
    """Return a tool's definition with the first line of its description, and without what it returns."""
    kept = {key: part for key, part in definition.items() if key in SLIM}
    if "description" in kept:
        kept["description"] = first_line(kept["description"])
    return kept


def first_line(text: str) -> str:
    """Return the first line that says something."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")
