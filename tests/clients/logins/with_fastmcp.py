"""FastMCP's client logs in with auth="oauth": ADDRESS STEPS; prints what came of them."""

import asyncio
import json
import sys
import warnings
from typing import Any

from fastmcp import Client
from stepping import taken, told


async def main(address: str, steps: str) -> None:
    """Connect, take the steps, and print."""
    try:
        async with Client(address, auth="oauth") as client:

            async def call(tool: str, arguments: dict[str, Any]) -> str:
                return str((await client.call_tool(tool, arguments)).content[0].text)

            came = await taken(json.loads(steps), call)
    except Exception as error:
        came = [{"error": told(error)}]
    print(json.dumps(came))


warnings.simplefilter("ignore")
asyncio.run(main(*sys.argv[1:]))
