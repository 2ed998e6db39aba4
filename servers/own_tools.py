"""What `search_tools`, `describe_tool` and `call_tool` say of themselves: listing mode "search".

Pure. Their definitions are the same on every server and at any time, so that clients need not hear of
changes, and models pay for them once.
"""

from typing import Any

SEARCH, DESCRIBE, CALL = "search_tools", "describe_tool", "call_tool"
USUAL, MOST = 10, 50
"""How many tools one search finds where it does not say, and at most."""
LONGEST_QUERY = 500
LONGEST_NAME = 128
_NAME = {
    "type": "string",
    "description": "The tool's name, as search_tools gives it.",
    "minLength": 1,
    "maxLength": LONGEST_NAME,
}
_LOOKS = {"readOnlyHint": True, "idempotentHint": True, "openWorldHint": False}
BODIES: tuple[dict[str, Any], ...] = (
    {
        "name": SEARCH,
        "title": "Search tools",
        "description": "Find tools of this server by what they do. It has more tools than it lists:"
        " search before you conclude that something cannot be done. Returns names with a line of"
        " description, the best first; describe_tool then tells what a tool takes, call_tool calls it.",
        "inputSchema": {
            "type": "object",
            "properties": {
                "query": {
                    "type": "string",
                    "description": "A few words for the task, such as 'create invoice', or a name."
                    " Empty: the first tools there are.",
                    "maxLength": LONGEST_QUERY,
                },
                "limit": {
                    "type": "integer",
                    "description": "How many tools to return at most.",
                    "minimum": 1,
                    "maximum": MOST,
                    "default": USUAL,
                },
            },
            "required": ["query"],
            "additionalProperties": False,
        },
        "annotations": _LOOKS,
    },
    {
        "name": DESCRIBE,
        "title": "Describe a tool",
        "description": "Read the full definition of one tool that search_tools found: its description,"
        " and the JSON schema that the arguments of call_tool must fit.",
        "inputSchema": {
            "type": "object",
            "properties": {"name": _NAME},
            "required": ["name"],
            "additionalProperties": False,
        },
        "annotations": _LOOKS,
    },
    {
        "name": CALL,
        "title": "Call a tool",
        "description": "Call one tool by its name, and return what it returns. Read its inputSchema"
        " with describe_tool first.",
        "inputSchema": {
            "type": "object",
            "properties": {
                "name": _NAME,
                "arguments": {
                    "type": "object",
                    "description": "What the tool takes, by its own inputSchema.",
                    "default": {},
                },
            },
            "required": ["name"],
            "additionalProperties": False,
        },
    },
)
