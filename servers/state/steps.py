"""What an apply is going to do, one value a step."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Action = Literal["create", "update", "remove"]


@dataclass(frozen=True, slots=True)
class Step:
    """One change; `verb` names what carries it out, `line` the place in the file it follows from.

    `what` is told to people. `args` may hold a password and is never shown.
    """

    action: Action
    what: str
    line: int
    verb: str
    args: Mapping[str, Any] = field(repr=False)

    def facts(self) -> dict[str, object]:
        """Return the step as --json prints it."""
        return {"action": self.action, "what": self.what, "line": self.line}
