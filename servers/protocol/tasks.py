"""Tasks as both of their systems tell them: the extension of 2026-07-28, and 2025-11-25's experiment.

Source: ext-tasks specification/draft/tasks; 2025-11-25 basic/utilities/tasks. They differ in more than
names: `failed` is for errors of the protocol there, and for results that say isError too here.
"""

from typing import Any, NamedTuple

RELATED = "io.modelcontextprotocol/related-task"
POLL_MS = 1_000
"""How often a client is told to look."""
LEAST_TTL_MS, MOST_TTL_MS = 60_000, 7 * 86_400_000
TTL_MS = 86_400_000
"""How long a task is kept from its creation, where its client does not say."""
Given = tuple[list[dict[str, Any]], Any, bool]
"""Content, structured value and isError of a tool's result."""


class TaskFacts(NamedTuple):
    """A task as it stands; times in ISO 8601, `status` in the specification's words.

    `result` is what the call gave, `error` a JSON-RPC error, `requests` the open questions by key.
    """

    id: str
    status: str
    message: str
    created_at: str
    updated_at: str
    ttl_ms: int
    result: Given | None = None
    error: dict[str, Any] | None = None
    requests: dict[str, Any] | None = None


def plain_task(task: TaskFacts) -> dict[str, Any]:
    """Return a Task of the extension."""
    told: dict[str, Any] = {
        "taskId": task.id,
        "status": task.status,
        "createdAt": task.created_at,
        "lastUpdatedAt": task.updated_at,
        "ttlMs": task.ttl_ms,
        "pollIntervalMs": POLL_MS,
    }
    return {**told, "statusMessage": task.message} if task.message else told


def experimental_task(task: TaskFacts) -> dict[str, Any]:
    """Return a Task of 2025-11-25, where a result that says isError makes it failed."""
    went_wrong = task.status == "completed" and task.result is not None and task.result[2]
    told: dict[str, Any] = {
        "taskId": task.id,
        "status": "failed" if went_wrong else task.status,
        "createdAt": task.created_at,
        "lastUpdatedAt": task.updated_at,
        "ttl": task.ttl_ms,
        "pollInterval": POLL_MS,
    }
    return {**told, "statusMessage": task.message} if task.message else told


def related(task_id: str) -> dict[str, Any]:
    """Return the `_meta` that ties a message to a task (2025-11-25)."""
    return {RELATED: {"taskId": task_id}}


def granted_ttl(asked: object) -> int:
    """Return how many milliseconds a task is kept whose client asked for so many."""
    if not isinstance(asked, int | float) or isinstance(asked, bool):
        return TTL_MS
    return int(min(max(asked, LEAST_TTL_MS), MOST_TTL_MS))
