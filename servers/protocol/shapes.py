"""The one place where a value takes the shape a revision knows.

Source: schema/<revision>.json. Nothing that a revision does not know leaves on it.
"""

from typing import Any

from servers.protocol.content import known_keys, shape_block
from servers.protocol.envelope import SERVER_INFO
from servers.protocol.jsonrpc import encode
from servers.protocol.outcome import (
    Completions,
    Contents,
    InputRequired,
    Outcome,
    TaskMade,
    ToolOutcome,
)
from servers.protocol.revisions import (
    V2024_11_05,
    V2025_03_26,
    V2025_06_18,
    V2025_11_25,
    Revision,
)
from servers.protocol.tasks import TaskFacts, experimental_task, plain_task, related

# kind of definition -> its keys, each with the revision that brought it
KEYS: dict[str, dict[str, Revision]] = {
    "tool": {
        "name": V2024_11_05,
        "description": V2024_11_05,
        "inputSchema": V2024_11_05,
        "annotations": V2025_03_26,
        "title": V2025_06_18,
        "outputSchema": V2025_06_18,
        "_meta": V2025_06_18,
        "icons": V2025_11_25,
    },
    "prompt": {
        "name": V2024_11_05,
        "description": V2024_11_05,
        "arguments": V2024_11_05,
        "title": V2025_06_18,
        "_meta": V2025_06_18,
        "icons": V2025_11_25,
    },
    "resource": {
        "uri": V2024_11_05,
        "name": V2024_11_05,
        "description": V2024_11_05,
        "mimeType": V2024_11_05,
        "size": V2024_11_05,
        "annotations": V2024_11_05,
        "title": V2025_06_18,
        "_meta": V2025_06_18,
        "icons": V2025_11_25,
    },
    "template": {
        "uriTemplate": V2024_11_05,
        "name": V2024_11_05,
        "description": V2024_11_05,
        "mimeType": V2024_11_05,
        "annotations": V2024_11_05,
        "title": V2025_06_18,
        "_meta": V2025_06_18,
        "icons": V2025_11_25,
    },
    "argument": {
        "name": V2024_11_05,
        "description": V2024_11_05,
        "required": V2024_11_05,
        "title": V2025_06_18,
    },
    "implementation": {
        "name": V2024_11_05,
        "version": V2024_11_05,
        "title": V2025_06_18,
        "description": V2025_11_25,
        "icons": V2025_11_25,
        "websiteUrl": V2025_11_25,
    },
}
_IDENTITY: dict[str, str] = {
    "tool": "name",
    "prompt": "name",
    "resource": "uri",
    "template": "uriTemplate",
}
LIST_KEY: dict[str, str] = {
    "tool": "tools",
    "prompt": "prompts",
    "resource": "resources",
    "template": "resourceTemplates",
}


MOST_COMPLETIONS = 100


def known(kind: str, value: dict[str, Any], revision: Revision) -> dict[str, Any]:
    """Return an object with only the keys that the revision has for its kind."""
    keys = KEYS[kind]
    return {k: part for k, part in value.items() if k in keys and revision.since(keys[k])}


def shape_definition(
    kind: str, definition: dict[str, Any], exposed_name: str, revision: Revision
) -> dict[str, Any]:
    """Return a definition as the revision's lists show it, under the name clients see."""
    shaped = known(kind, definition, revision)
    shaped[_IDENTITY[kind]] = exposed_name
    schema = shaped.get("outputSchema")
    if schema and not revision.has_any_json_output and schema.get("type") != "object":
        del shaped["outputSchema"]
    if kind == "prompt" and "arguments" in shaped:
        shaped["arguments"] = [known("argument", one, revision) for one in shaped["arguments"]]
    if kind == "tool" and revision == V2025_03_26 and "title" in definition:
        # Where this revision has a tool's title.
        shaped["annotations"] = {"title": definition["title"], **shaped.get("annotations", {})}
    if "execution" in definition and revision == V2025_11_25:
        shaped["execution"] = {"taskSupport": definition["execution"]["taskSupport"]}
    if "annotations" in shaped:
        shaped["annotations"] = known_keys(shaped["annotations"], revision)
    return shaped


def _knows_value(revision: Revision, value: Any) -> bool:
    """Return whether the revision has a place for a structured value; before 2026-07-28 only objects."""
    if value is None or not revision.has_structured_content:
        return False
    return revision.has_any_json_output or isinstance(value, dict)


def tool_result(outcome: ToolOutcome, revision: Revision) -> dict[str, Any]:
    """Return a CallToolResult, but for what every result of the revision carries."""
    body: dict[str, Any] = {"content": [shape_block(block, revision) for block in outcome.content]}
    if _knows_value(revision, outcome.structured):
        body["structuredContent"] = outcome.structured
    body["isError"] = outcome.is_error
    return body


def detailed_task(task: TaskFacts, revision: Revision) -> dict[str, Any]:
    """Return a task as the extension tells it whole: with its questions, its result or its error."""
    told = plain_task(task)
    if task.status == "input_required":
        told["inputRequests"] = task.requests
    elif task.status == "completed" and task.result is not None:
        content, structured, is_error = task.result
        outcome = ToolOutcome(content, structured, is_error)
        told["result"] = {**tool_result(outcome, revision), "resultType": "complete"}
    elif task.status == "failed":
        told["error"] = task.error
    return told


class ResultShaper:
    """Encodes results for one server: what every result of a revision carries is encoded once."""

    def __init__(self, server_info: dict[str, str]) -> None:
        self._info = {SERVER_INFO: server_info}
        info = encode(self._info)
        self._asking = b',"resultType":"input_required","_meta":%b}' % info
        self._complete = b',"resultType":"complete","_meta":%b}' % info
        self._bare = b'{"resultType":"complete","_meta":%b}' % info

    def outcome(self, outcome: Outcome, revision: Revision) -> bytes:
        """Return the encoded result of a call, a read or a get."""
        if isinstance(outcome, ToolOutcome):
            return self._tool(outcome, revision)
        if isinstance(outcome, TaskMade):
            return self.created(outcome.task, revision)
        if isinstance(outcome, InputRequired):
            return self._input_required(outcome)
        if isinstance(outcome, Completions):
            return self._completions(outcome, revision)
        if isinstance(outcome, Contents):
            contents = [known_keys(one, revision) for one in outcome.contents]
            return self.cacheable(encode({"contents": contents}), revision, public=False)
        blocks = [
            {**message, "content": shape_block(message["content"], revision)}
            for message in outcome.messages
        ]
        body: dict[str, Any] = {"messages": blocks}
        if outcome.description:
            body["description"] = outcome.description
        return self.plain(encode(body), revision)

    def _tool(self, outcome: ToolOutcome, revision: Revision) -> bytes:
        """Return an encoded CallToolResult."""
        return self.plain(encode(tool_result(outcome, revision)), revision)

    def created(self, task: TaskFacts, revision: Revision) -> bytes:
        """Return an encoded CreateTaskResult."""
        if not revision.stateless:
            return encode({"task": experimental_task(task)})
        return encode({"resultType": "task", **plain_task(task), "_meta": self._info})

    def task(self, task: TaskFacts, revision: Revision) -> bytes:
        """Return an encoded GetTaskResult."""
        if not revision.stateless:
            return encode(experimental_task(task))
        return self.plain(encode(detailed_task(task, revision)), revision)

    def of_task(self, outcome: ToolOutcome, task: str, revision: Revision) -> bytes:
        """Return an encoded result of the call that a task was made for (2025-11-25)."""
        return encode({**tool_result(outcome, revision), "_meta": related(task)})

    def _input_required(self, outcome: InputRequired) -> bytes:
        """Return an encoded InputRequiredResult (2026-07-28 basic/patterns/mrtr)."""
        body = {"inputRequests": outcome.requests, "requestState": outcome.state}
        return encode(body)[:-1] + self._asking

    def _completions(self, outcome: Completions, revision: Revision) -> bytes:
        """Return an encoded CompleteResult: a hundred values at most (server/utilities/completion)."""
        values = outcome.values
        told = {
            "values": values[:MOST_COMPLETIONS],
            "total": len(values),
            "hasMore": len(values) > MOST_COMPLETIONS,
        }
        return self.plain(encode({"completion": told}), revision)

    def plain(self, body: bytes, revision: Revision) -> bytes:
        """Complete an encoded, non-empty result object for the revision."""
        return body[:-1] + self._complete if revision.stateless else body

    def cacheable(self, body: bytes, revision: Revision, *, public: bool) -> bytes:
        """Complete a result that 2026-07-28 lets clients cache (server/utilities/caching).

        `ttlMs` is 0: a copy is as good as its subscription, which clients may not have.
        """
        if not revision.stateless:
            return body
        scope = b"public" if public else b"private"
        return b'%b,"ttlMs":0,"cacheScope":"%b"%b' % (body[:-1], scope, self._complete)

    def ended_subscription(self, tag: dict[str, Any]) -> bytes:
        """Return the encoded result that ends a subscription (2026-07-28 basic/patterns)."""
        return encode({"resultType": "complete", "_meta": {**self._info, **tag}})

    def empty(self, revision: Revision) -> bytes:
        """Return an encoded empty result."""
        return self._bare if revision.stateless else b"{}"
