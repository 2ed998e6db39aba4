"""Every error of this room, as one tree.

AuthoringFault
├── AuthoringError   a declaration is wrong: told to the author, at import
├── ArgumentError    the caller's arguments do not fit the declaration
├── ResultError      what the function returned cannot be sent
└── ToolError        raised by the author on purpose: told to the model
"""

from __future__ import annotations

from pydantic import ValidationError

_LONGEST_RULE = 400  # characters; a rule may quote what an author's own validator says
_LONGEST_PATH = 200  # characters of a path shown: an unknown argument's name is the caller's text


class AuthoringFault(Exception):
    """Anything this room raises on purpose: one root, so that a door can catch it whole."""


class AuthoringError(AuthoringFault):
    """A declaration that cannot work, raised when the author's file is imported.

    Early, because the author reads the traceback then; a caller would only see a broken tool.
    """


class ResultError(AuthoringFault):
    """A returned value that has no place in an answer: named by its type, never by its content."""


class ToolError(AuthoringFault):
    """A failure that the model may read and act on.

    Raise it with a sentence for the caller; every other exception is told as "internal error",
    because its text may hold secrets.
    """


class ArgumentError(AuthoringFault):
    """Arguments that do not fit, with the path of the first misfit and the rule it broke.

    The offending value is left out: it may be a secret, and errors end in logs.
    """

    def __init__(self, path: str, rule: str) -> None:
        """Keep the path (`city.name`, empty for the whole) and the rule apart, for the audit."""
        super().__init__(f"{path}: {rule}" if path else rule)
        self.path = path
        self.rule = rule

    @classmethod
    def first_of(cls, error: ValidationError) -> ArgumentError:
        """Pick the first misfit of a pydantic error, because one clear sentence is acted upon."""
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        path = ".".join(str(part) for part in first["loc"])
        return cls(path[:_LONGEST_PATH], first["msg"][:_LONGEST_RULE])
