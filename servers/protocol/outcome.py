"""What a call came to, before any revision shapes it."""

from typing import Any, NamedTuple

from servers.protocol.tasks import TaskFacts


class ToolOutcome(NamedTuple):
    """The result of a tool: content blocks in the newest shape, and the structured value if any."""

    content: list[dict[str, Any]]
    structured: Any = None
    is_error: bool = False


class Contents(NamedTuple):
    """The result of reading a resource: ResourceContents objects."""

    contents: list[dict[str, Any]]


class Messages(NamedTuple):
    """The result of fetching a prompt: PromptMessage objects."""

    messages: list[dict[str, Any]]
    description: str = ""


class InputRequired(NamedTuple):
    """A call that needs answers first: the questions by key, and the sealed state to come back with.

    Each question is a request object, `method` and `params` (2026-07-28 basic/patterns/mrtr).
    """

    requests: dict[str, dict[str, Any]]
    state: str


class Completions(NamedTuple):
    """What an argument may become, all of it; the protocol tells the first hundred."""

    values: list[str]


class TaskMade(NamedTuple):
    """A call that goes on as a task."""

    task: TaskFacts


Outcome = TaskMade | ToolOutcome | Contents | Messages | InputRequired | Completions


def failed(text: str) -> ToolOutcome:
    """Return the result of a tool that failed: told to the model, which may try otherwise."""
    return ToolOutcome([{"type": "text", "text": text}], None, True)
