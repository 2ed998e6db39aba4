"""Every error of this room, as one tree.

AuthoringFault
├── AuthoringError   a declaration is wrong: told to the author, at import
├── ArgumentError    the caller's arguments do not fit the declaration
├── ResultError      what the function returned cannot be sent
├── ClientCannot     the client lacks what a question needs
├── AnswerError      the client's answer does not fit the question
├── NoDialogue       there is no client to keep something for
├── CallError        raised by the author on purpose: told to the client, as an error of the protocol
└── ToolError        raised by the author on purpose: told to the model

Paused and HandedOver stand apart: they are no faults, and no `except Exception` may swallow them.
AuthoringWarning is what Python's own warnings are told by.
"""

from __future__ import annotations

from pydantic import ValidationError

_LONGEST_RULE = 400  # characters; a rule may quote what an author's own validator says
_LONGEST_PATH = 200  # characters of a path shown: an unknown argument's name is the caller's text

INTERNAL, INVALID = -32603, -32602
"""Codes of JSON-RPC 2.0 section 5.1 that an author may use."""
_CAPABILITIES = {
    "elicitation.url": "elicitation by URL",
    "sampling.tools": "sampling with tools",
}


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


class CallError(AuthoringFault):
    """A failure that the client is to know of rather than the model: a JSON-RPC error, no result.

    `code` is JSON-RPC's: -32603 if nothing is said, -32602 for arguments, or one of one's own outside the
    range that the protocol keeps (-32768 to -32000).
    """

    def __init__(self, message: str, code: int = INTERNAL) -> None:
        """Keep the code beside the sentence; AuthoringError for a code that is the protocol's own."""
        super().__init__(message)
        if code not in {INTERNAL, INVALID} and -32768 <= code <= -32000:
            raise AuthoringError(f"{code} is a code of the protocol's own")
        self.code = code


class ClientCannot(AuthoringFault):
    """The client, or its revision, lacks what a question needs; `capability` says what."""

    def __init__(self, capability: str) -> None:
        """Name the capability as `ctx.client.can` takes it, such as "sampling"."""
        super().__init__(f"This client cannot do {_CAPABILITIES.get(capability, capability)}.")
        self.capability = capability


class AnswerError(AuthoringFault):
    """An answer that does not fit its question; the text is for the client.

    It never quotes what was answered: that is a person's, and errors end in logs.
    """


class NoDialogue(AuthoringFault):
    """Something was to be kept for a client where there is none, such as in a plain unit test."""


class Paused(BaseException):
    """A question waits for its answer: the call ends here, and is run again with it.

    Not an Exception, so that an author's `except Exception` lets it through and every `finally` runs.
    """


class HandedOver(BaseException):
    """The call goes on as a job: this run ends here, and a worker begins it again.

    Not an Exception, for the same reason as Paused.
    """


class AuthoringWarning(UserWarning):
    """A declaration that works, but hardly as its author means it."""


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
