"""What curators put over a definition: their words, and how a tool runs. The source's stays as it came."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from catalog.runs import Runs, switched


class Words(NamedTuple):
    """A curator's title and description, and how the tool runs; empty where the source's own stands."""

    title: str = ""
    description: str = ""
    runs: str = ""


def overlaid(body: Mapping[str, Any], words: Words) -> dict[str, Any]:
    """Return the definition with these words in place of its own."""
    texts = {"title": words.title, "description": words.description}
    over: dict[str, Any] = {name: text for name, text in texts.items() if text}
    if not words.runs:
        return {**body, **over}
    execution = switched(body.get("execution", {}), Runs(words.runs))
    kept = {name: part for name, part in body.items() if name != "execution"}
    return {**kept, **over, **({"execution": execution} if execution else {})}


def key(sha256: str, words: Words) -> str:
    """Return what names a definition as clients see it: its hash, and that of words put over it."""
    if not any(words):
        return sha256
    return f"{sha256}+{hashlib.sha256(json.dumps(words).encode()).hexdigest()[:16]}"
