"""Run by the tests: PYTHON MANAGE MODE WORDS...; does over stdio with SDK 2.x what a client does."""

import asyncio
import json
import os
import sys

from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp.types import ElicitResult


async def main(python: str, manage: str, mode: str, *words: str) -> None:
    """List, call, follow progress, be asked, read, prompt."""
    progress: list[float] = []

    async def follow(value: float, total: float | None, message: str | None) -> None:
        progress.append(value)

    async def answer(*_asked: object) -> ElicitResult:
        return ElicitResult(action="accept", content={"username": "anna", "email": "a@b.example"})

    server = StdioServerParameters(
        command=python, args=[manage, "mcp_stdio", *words], env=dict(os.environ)
    )
    async with Client(server, mode=mode, elicitation_callback=answer) as client:
        tools = {tool.name for tool in (await client.list_tools()).tools}
        text = await client.call_tool("test_simple_text", {})
        slow = await client.call_tool("test_tool_with_progress", {}, progress_callback=follow)
        asked = await client.call_tool("test_elicitation", {"message": "Who are you?"})
        read = await client.read_resource("test://static-text")
        prompt = await client.get_prompt("test_simple_prompt", {})
        seen = {
            "revision": client.protocol_version,
            "tools": len(tools) > 20,
            "text": text.content[0].text,
            "progress": progress,
            "slow": slow.is_error,
            "asked": asked.content[0].text,
            "resource": read.contents[0].text,
            "prompt": len(prompt.messages),
            "heard": await heard(client) if mode == "auto" else "",
        }
    print(json.dumps(seen))


async def heard(client: Client) -> str:
    """Return what is heard when the list of tools changes."""
    async with client.listen(tools_list_changed=True) as changes:
        await client.call_tool("test_trigger_tool_change", {})
        return type(await anext(changes)).__name__


asyncio.run(main(*sys.argv[1:]))
