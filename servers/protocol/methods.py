"""Which methods each revision has, as a table.

Source: schema/<revision>.json, ClientRequest and ClientNotification.
"""

from servers.protocol.revisions import Revision

EVERY_REVISION = frozenset(
    {
        "tools/list",
        "tools/call",
        "resources/list",
        "resources/templates/list",
        "resources/read",
        "prompts/list",
        "prompts/get",
        "completion/complete",
    }
)
HANDSHAKE_ONLY = frozenset(
    {
        "initialize",
        "ping",
        "logging/setLevel",
        "resources/subscribe",
        "resources/unsubscribe",
    }
)
LISTEN = "subscriptions/listen"
TASKS_EXTENSION = frozenset({"tasks/get", "tasks/update", "tasks/cancel"})
"""Of the extension io.modelcontextprotocol/tasks (ext-tasks)."""
STATELESS_ONLY = frozenset({"server/discover", LISTEN}) | TASKS_EXTENSION
EXPERIMENTAL_TASKS = frozenset({"tasks/get", "tasks/result", "tasks/list", "tasks/cancel"})
"""Of 2025-11-25 alone (basic/utilities/tasks)."""
METHODS = EVERY_REVISION | HANDSHAKE_ONLY | STATELESS_ONLY | EXPERIMENTAL_TASKS

# Methods whose object is named again in the Mcp-Name header (2026-07-28 streamable-http).
NAMED_BY: dict[str, str] = {
    "tools/call": "name",
    "prompts/get": "name",
    "resources/read": "uri",
    **dict.fromkeys(TASKS_EXTENSION, "taskId"),
}

INITIALIZED = "notifications/initialized"
CANCELLED = "notifications/cancelled"
NOTIFICATIONS = frozenset(
    {INITIALIZED, CANCELLED, "notifications/progress", "notifications/roots/list_changed"}
)
RESPONSE = "response"
"""The label of a client's answer to a request of the hub's."""


def has_method(revision: Revision, method: str) -> bool:
    """Return whether the revision has the method and the hub serves it."""
    if method in EVERY_REVISION:
        return True
    if method in EXPERIMENTAL_TASKS and revision.has_tasks:
        return True
    return method in (STATELESS_ONLY if revision.stateless else HANDSHAKE_ONLY)


def label(method: str) -> str:
    """Return the method as a metric's label: names that clients invent are no labels."""
    known = method in METHODS or method in NOTIFICATIONS or method == RESPONSE
    return method if known else "other"
