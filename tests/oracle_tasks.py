"""The oracle's part for tasks: the extension of 2026-07-28, and the experiment of 2025-11-25.

The schemas put a task together from parts with `allOf`, which leaves it open: here each is closed to the
members that its status has. `Valid` judges a value by a definition of a schema.

Source: schema/2025-11-25; ext-tasks schema/draft (tests/schema/ext-tasks.json).
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

NEWEST = "2026-07-28"
EXTENSION, EXPERIMENT = "ext-tasks", "2025-11-25"
RELATED = "io.modelcontextprotocol/related-task"
CREATED = "tools/call"
OF_EXTENSION = {
    "tasks/get": "GetTaskResult",
    "tasks/update": "UpdateTaskResult",
    "tasks/cancel": "CancelTaskResult",
}
OF_EXPERIMENT = {
    "tasks/get": "GetTaskResult",
    "tasks/result": "GetTaskPayloadResult",
    "tasks/list": "ListTasksResult",
    "tasks/cancel": "CancelTaskResult",
}
NOTIFICATION, STATUS = "notifications/tasks", "notifications/tasks/status"
_ALWAYS = {"taskId", "status", "createdAt", "lastUpdatedAt"}
_OF_STATUS = {"completed": "result", "failed": "error", "input_required": "inputRequests"}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
Valid = Callable[[Any, str, str], None]


class WrongTask(AssertionError):
    """A task that its system does not know so."""


def is_created(result: Mapping[str, Any], revision: str, method: str | None) -> bool:
    """Return whether a result is a CreateTaskResult."""
    if method != CREATED:
        return False
    return result.get("resultType") == "task" if revision == NEWEST else "task" in result


def check_created(result: dict[str, Any], revision: str, valid: Valid) -> None:
    """Judge a CreateTaskResult."""
    if revision != NEWEST:
        _require(result.keys() <= {"task", "_meta"}, "a created task is nested", result)
        _check_experimental(result["task"], valid)
        return _require(result["task"]["status"] == "working", "a task begins as working", result)
    valid(result, EXTENSION, "CreateTaskResult")
    _check_plain(_without(result, "resultType", "_meta"))


def check_result(result: dict[str, Any], revision: str, method: str, valid: Valid) -> None:
    """Judge what a method of tasks gives."""
    if revision == NEWEST:
        valid(result, EXTENSION, OF_EXTENSION[method])
        rest = _without(result, "resultType", "_meta")
        if method != "tasks/get":
            return _require(not rest, f"{method} says nothing but that it is done", result)
        return _check_detailed(rest, valid)
    if method == "tasks/result":
        meta = result.get("_meta", {})
        _require(isinstance(meta.get(RELATED, {}).get("taskId"), str), "it names its task", result)
        return valid(result, EXPERIMENT, "CallToolResult")
    _require(RELATED not in result.get("_meta", {}), "it need not name its task twice", result)
    if method == "tasks/list":
        for task in result["tasks"]:
            _check_experimental(task, valid)
        return valid(result, EXPERIMENT, "ListTasksResult")
    return _check_experimental(_without(result, "_meta"), valid)


def check_notification(message: dict[str, Any], valid: Valid) -> None:
    """Judge a notification about a task."""
    task = _without(message["params"], "_meta")
    if message["method"] == STATUS:
        return _check_experimental(task, valid)
    valid(message, EXTENSION, "TaskStatusNotification")
    return _check_detailed(task, valid)


def _check_detailed(task: dict[str, Any], valid: Valid) -> None:
    own = _OF_STATUS.get(task["status"])
    _check_plain(_without(task, own or ""))
    _require((own in task) == (own is not None), f"{task['status']} has {own}", task)
    if own == "result":
        valid(task["result"], NEWEST, "CallToolResult")
        _require(RELATED not in task["result"].get("_meta", {}), "it need not name itself", task)
    elif own == "inputRequests":
        valid(task["inputRequests"], NEWEST, "InputRequests")
        _require(bool(task["inputRequests"]), "it asks something", task)


def _check_plain(task: dict[str, Any]) -> None:
    """Judge what every task of the extension says."""
    known = _ALWAYS | {"statusMessage", "ttlMs", "pollIntervalMs"}
    _require(task.keys() <= known, f"a task has {sorted(known)}", task)
    for name in ("ttlMs", "pollIntervalMs"):
        value = task.get(name, 1)
        _require(value is None or value > 0, f"{name} is more than nothing", task)
    _check_moments(task)


def _check_experimental(task: dict[str, Any], valid: Valid) -> None:
    valid(task, EXPERIMENT, "Task")
    _check_moments(task)


def _check_moments(task: dict[str, Any]) -> None:
    created, updated = task["createdAt"], task["lastUpdatedAt"]
    well = _MOMENT.fullmatch(created) and _MOMENT.fullmatch(updated)
    _require(bool(well), "moments are of ISO 8601", task)
    _require(created <= updated, "it is created before it changes", task)


def _without(value: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {key: part for key, part in value.items() if key not in names}


def _require(condition: bool, rule: str, value: Any) -> None:
    if not condition:
        raise WrongTask(f"{rule}: {str(value)[:600]}")
