"""Pydantic AI against the fixture server: ADDRESS MODE [TOKEN]; MODE is always "auto".

Does what this client can, the calls as an agent with a scripted model, and prints what it saw as one
JSON object.
"""

import asyncio
import json
import sys
import warnings
from typing import Any

from hearing import questions
from pydantic_ai import Agent
from pydantic_ai.mcp import MCPToolset
from pydantic_ai.messages import (
    ModelMessage,
    ModelResponse,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
)
from pydantic_ai.models.function import AgentInfo, FunctionModel

CALLS = {
    "text": ("test_simple_text", {}),
    "failed": ("test_error_handling", {}),
    "progressed": ("test_tool_with_progress", {}),
    "elicited": ("test_input_required_result_elicitation", {}),
    "sampled": ("test_sampling", {"prompt": "olleh"}),
    "roots": ("test_input_required_result_list_roots", {}),
}
progress: list[tuple[float, float | None]] = []


def backwards(messages: list[ModelMessage], _info: AgentInfo) -> ModelResponse:
    """Answer as a model would: with the prompt, backwards."""
    return ModelResponse(parts=[TextPart(str(messages[0].parts[0].content)[::-1])])


def script(messages: list[ModelMessage], _info: AgentInfo) -> ModelResponse:
    """Call every tool of the script at once, then say that it is done."""
    if len(messages) > 1:
        return ModelResponse(parts=[TextPart("done")])
    parts = [ToolCallPart(name, arguments, key) for key, (name, arguments) in CALLS.items()]
    return ModelResponse(parts=parts)


async def answer(message: str, form: Any, _asked: Any, _context: Any) -> Any:
    """Fill the form that the server asks for."""
    questions.append(message)
    return form(name="Ada")


async def follow(value: float, total: float | None, _message: str | None) -> None:
    """Note the progress of a call."""
    progress.append((value, total))


async def main(address: str, _mode: str, token: str = "") -> None:
    """Connect, do everything once, and print."""
    toolset = MCPToolset(
        address,
        auth=token or None,
        tool_error_behavior="failed",
        elicitation_handler=answer,
        progress_handler=follow,
        sampling_model=FunctionModel(backwards),
        roots=["file:///project"],
    )
    async with toolset:
        run = await Agent(FunctionModel(script), toolsets=[toolset]).run("Go.")
        returned = {part.tool_call_id: part for part in returns(run.all_messages())}
        seen = {
            "revision": toolset.client.protocol_version,
            "tools": [tool.name for tool in await toolset.list_tools()],
            "resources": [one.uri for one in await toolset.list_resources()],
            "templates": [one.uri_template for one in await toolset.list_resource_templates()],
            "prompts": [prompt.name for prompt in await toolset.list_prompts()],
            "text": returned["text"].content,
            "failed": [returned["failed"].outcome == "failed", returned["failed"].content],
            "progress": progress,
            "resource": await toolset.read_resource("test://static-text"),
            "questions": questions,
            **{key: returned[key].content for key in ("elicited", "sampled", "roots")},
        }
    print(json.dumps(seen))


def returns(messages: list[ModelMessage]) -> list[ToolReturnPart]:
    """Return what the tools gave."""
    parts = [part for message in messages for part in message.parts]
    return [part for part in parts if isinstance(part, ToolReturnPart)]


warnings.simplefilter("ignore")
asyncio.run(main(*sys.argv[1:]))
