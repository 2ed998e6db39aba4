from typing import Any

import pytest

from catalog.policy import required_scope


@pytest.mark.behaviour("H17")
@pytest.mark.parametrize(
    ("kind", "annotations", "scope"),
    [
        ("tool", {}, "mcp:write"),
        ("tool", {"readOnlyHint": True}, "mcp:read"),
        ("tool", {"readOnlyHint": False}, "mcp:write"),
        ("tool", {"readOnlyHint": "yes"}, "mcp:write"),
        ("tool", {"destructiveHint": True}, "mcp:destructive"),
        ("tool", {"destructiveHint": False}, "mcp:write"),
        ("tool", {"readOnlyHint": False, "destructiveHint": True}, "mcp:destructive"),
        ("resource", {"destructiveHint": True}, "mcp:read"),
        ("template", {}, "mcp:read"),
        ("prompt", {"readOnlyHint": True}, "mcp:prompts"),
    ],
)
def test_scope_follows_kind_and_annotations(
    kind: str, annotations: dict[str, Any], scope: str
) -> None:
    assert required_scope(kind, annotations) == scope
