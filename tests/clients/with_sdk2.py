"""Run by the tests: ADDRESS MODE TOKEN; does with SDK 2.x what a client does, prints what it saw."""

import asyncio
import json
import sys

from mcp import Client
from mcp.client.streamable_http import create_mcp_http_client, streamable_http_client


async def main(address: str, mode: str, token: str) -> None:
    """List, call, follow progress, read, prompt."""
    progress: list[tuple[float, float | None, str | None]] = []

    async def follow(value: float, total: float | None, message: str | None) -> None:
        progress.append((value, total, message))

    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with create_mcp_http_client(headers=headers) as http:
        transport = streamable_http_client(address, http_client=http)
        async with Client(transport, mode=mode) as client:
            added = await client.call_tool("add", {"a": 2, "b": 3})
            slow = await client.call_tool("slow", {"steps": 3}, progress_callback=follow)
            read = await client.read_resource("demo://greeting/Anna")
            prompt = await client.get_prompt("summarise", {"text": "rain"})
            seen = {
                "revision": client.protocol_version,
                "tools": sorted(tool.name for tool in (await client.list_tools()).tools),
                "sum": added.structured_content,
                "progress": progress,
                "slow": slow.content[0].text,
                "resource": read.contents[0].text,
                "prompt": "rain" in prompt.messages[0].content.text,
                "unknown": await refused(client),
            }
            print(json.dumps(seen))


async def refused(client: Client) -> bool:
    """Tell whether an unknown tool is an error."""
    try:
        await client.call_tool("nothing", {})
    except Exception as error:
        return "Unknown tool" in str(error)
    return False


asyncio.run(main(*sys.argv[1:]))
