"""LangChain's adapters against the fixture server: ADDRESS MODE [TOKEN]; MODE is always "legacy".

Does what this client can and prints what it saw as one JSON object. Its tools open a session of their
own for each call.
"""

import asyncio
import json
import sys
from typing import Any

from hearing import questions
from langchain_mcp_adapters.callbacks import Callbacks
from langchain_mcp_adapters.client import MultiServerMCPClient
from mcp.types import ElicitResult

HUB = "hub"
progress: list[tuple[float, float | None]] = []


async def answer(_: Any, asked: Any, _context: Any) -> ElicitResult:
    """Fill the form that the server asks for."""
    questions.append(asked.message)
    return ElicitResult(action="accept", content={"name": "Ada"})


async def follow(value: float, total: float | None, _message: str | None, _context: Any) -> None:
    """Note the progress of a call."""
    progress.append((value, total))


async def main(address: str, _mode: str, token: str = "") -> None:
    """Connect, do everything once, and print."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    client = MultiServerMCPClient(
        {HUB: {"url": address, "transport": "http", "headers": headers}},
        callbacks=Callbacks(on_progress=follow, on_elicitation=answer),
    )
    begun = (await client.get_server_info())[HUB]
    tools = {tool.name: tool for tool in await client.get_tools()}
    failed = await call(tools["test_error_handling"])
    arguments = {"arg1": "one", "arg2": "two"}
    prompt = await client.get_prompt(HUB, "test_prompt_with_arguments", arguments=arguments)
    read = await client.get_resources(HUB, uris="test://static-text")
    await call(tools["test_tool_with_progress"])
    seen = {
        "revision": begun.protocolVersion,
        "tools": list(tools),
        "text": (await call(tools["test_simple_text"])).content[0]["text"],
        "failed": [failed.status == "error", failed.content[0]["text"]],
        "progress": progress,
        "resource": read[0].as_string(),
        "prompt": prompt[0].content,
        "elicited": (await call(tools["test_input_required_result_elicitation"])).content[0][
            "text"
        ],
        "questions": questions,
    }
    print(json.dumps(seen))


async def call(tool: Any) -> Any:
    """Have a tool called as an agent does; return the message for the model."""
    return await tool.ainvoke({"type": "tool_call", "id": "1", "name": tool.name, "args": {}})


asyncio.run(main(*sys.argv[1:]))
