"""The one place where a value takes the shape a revision knows.

Source: schema/<revision>.json. Nothing that a revision does not know leaves on it.
"""

from collections.abc import Callable
from typing import Any

from servers.protocol.content import shape_block
from servers.protocol.envelope import SERVER_INFO
from servers.protocol.jsonrpc import encode
from servers.protocol.outcome import Contents, Messages, Outcome, ToolOutcome
from servers.protocol.revisions import Revision

# key of a definition -> may the revision have it?
_OPTIONAL: dict[str, Callable[[Revision], bool]] = {
    "title": lambda revision: revision.has_titles,
    "outputSchema": lambda revision: revision.has_structured_content,
    "icons": lambda revision: revision.has_icons,
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


def shape_definition(
    kind: str, definition: dict[str, Any], exposed_name: str, revision: Revision
) -> dict[str, Any]:
    """Return a definition as the revision's lists show it, under the name clients see."""
    shaped = {
        key: value
        for key, value in definition.items()
        if key not in _OPTIONAL or _OPTIONAL[key](revision)
    }
    schema = shaped.get("outputSchema")
    if schema and not revision.has_any_json_output and schema.get("type") != "object":
        del shaped["outputSchema"]
    shaped[_IDENTITY[kind]] = exposed_name
    if not revision.has_titles:
        _keep_title_as_annotation(kind, definition, shaped)
    if kind == "prompt" and not revision.has_titles and "arguments" in shaped:
        shaped["arguments"] = [
            {key: value for key, value in argument.items() if key != "title"}
            for argument in shaped["arguments"]
        ]
    return shaped


def _keep_title_as_annotation(
    kind: str, definition: dict[str, Any], shaped: dict[str, Any]
) -> None:
    """Put a tool's title where 2025-03-26 has it: among the annotations."""
    if kind == "tool" and "title" in definition:
        shaped["annotations"] = {"title": definition["title"], **shaped.get("annotations", {})}


def _knows_value(revision: Revision, value: Any) -> bool:
    """Return whether the revision has a place for a structured value; before 2026-07-28 only objects."""
    if value is None or not revision.has_structured_content:
        return False
    return revision.has_any_json_output or isinstance(value, dict)


class ResultShaper:
    """Encodes results for one server: what every result of a revision carries is encoded once."""

    def __init__(self, server_info: dict[str, str]) -> None:
        info = encode({SERVER_INFO: server_info})
        self._complete = b',"resultType":"complete","_meta":%b}' % info
        self._bare = b'{"resultType":"complete","_meta":%b}' % info

    def outcome(self, outcome: Outcome, revision: Revision) -> bytes:
        """Return the encoded result of a call, a read or a get."""
        if isinstance(outcome, ToolOutcome):
            return self._tool(outcome, revision)
        if isinstance(outcome, Contents):
            body: dict[str, Any] = {"contents": outcome.contents}
            return self.cacheable(encode(body), revision, public=False)
        blocks = [
            {**message, "content": shape_block(message["content"], revision)}
            for message in outcome.messages
        ]
        body = {"messages": blocks}
        if isinstance(outcome, Messages) and outcome.description:
            body["description"] = outcome.description
        return self.plain(encode(body), revision)

    def _tool(self, outcome: ToolOutcome, revision: Revision) -> bytes:
        """Return an encoded CallToolResult."""
        body: dict[str, Any] = {
            "content": [shape_block(block, revision) for block in outcome.content]
        }
        if _knows_value(revision, outcome.structured):
            body["structuredContent"] = outcome.structured
        body["isError"] = outcome.is_error
        return self.plain(encode(body), revision)

    def plain(self, body: bytes, revision: Revision) -> bytes:
        """Complete an encoded, non-empty result object for the revision."""
        return body[:-1] + self._complete if revision.stateless else body

    def cacheable(self, body: bytes, revision: Revision, *, public: bool) -> bytes:
        """Complete a result that 2026-07-28 lets clients cache (server/utilities/caching).

        `ttlMs` is 0: without subscriptions nothing would tell a client that its copy is old.
        """
        if not revision.stateless:
            return body
        scope = b"public" if public else b"private"
        return b'%b,"ttlMs":0,"cacheScope":"%b"%b' % (body[:-1], scope, self._complete)

    def empty(self, revision: Revision) -> bytes:
        """Return an encoded empty result."""
        return self._bare if revision.stateless else b"{}"
