"""What a curator should look at twice, and why. Each caution is a sentence."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from catalog.differences.texts import hides
from catalog.policy.scopes import required_scope


class Caution(NamedTuple):
    """Why a difference wants a second look; a grave one opens something or breaks callers."""

    grave: bool
    sentence: str


READS_NO_MORE = Caution(True, "It no longer says that it only reads.")
DESTROYS = Caution(True, "It now says that it may destroy.")
REPEATS = Caution(False, "It no longer says that doing it again changes nothing more.")
OPENS = Caution(False, "It now says that it reaches beyond the hub.")
STEERS = Caution(
    True, "Models follow this text. Look for instructions that have no place in a description."
)
HIDDEN = Caution(True, "It holds characters that are not seen; they are shown here by their codes.")
REMOVED = Caution(True, "Calls that send it no longer fit.")
REQUIRED = Caution(True, "Calls that leave it out no longer fit.")
RESULT_REMOVED = Caution(False, "Who reads it from the result finds it no more.")
OF_CHANGES = frozenset({STEERS, REQUIRED})
"""What is said of changes alone: what is new as a whole is read as a whole, and nobody calls it yet."""

HINTS: dict[tuple[str, bool], Caution] = {
    ("readOnlyHint", False): READS_NO_MORE,
    ("destructiveHint", True): DESTROYS,
    ("idempotentHint", False): REPEATS,
    ("openWorldHint", True): OPENS,
}
"""Hint and what it is now, to what that means; told where it was not so before."""


def of_hint(name: str, before: object, after: object) -> tuple[Caution, ...]:
    """Return what a changed hint means; only `true` counts as said."""
    was, now = before is True, after is True
    found = HINTS.get((name, now)) if was != now else None
    return (found,) if found else ()


def of_text(name: str, after: object) -> tuple[Caution, ...]:
    """Return what a text that is new or changed should be looked at for."""
    if not isinstance(after, str):
        return ()
    steers = (STEERS,) if name == "description" and after else ()
    return (*steers, HIDDEN) if hides(after) else steers


def of_scope(kind: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Return the sentence that says which other scope calls need now; empty if none."""
    was, now = (required_scope(kind, _hints(body)) for body in (before, after))
    return f"It needs the scope {now} now, where {was} did before." if was != now else ""


def _hints(body: Mapping[str, Any]) -> Mapping[str, Any]:
    hints = body.get("annotations")
    return hints if isinstance(hints, Mapping) else {}
