"""mcp-proxy against the fixture server, over HTTP+SSE: ADDRESS MODE [TOKEN]; MODE is always "sse".

The Python SDK 1.x speaks through it over standard streams. It passes no question of the server on, and
nothing that the server tells outside of a call. Prints what was seen as one JSON object.
"""

import asyncio
import json
import os
import sys
from pathlib import Path

from mcp import StdioServerParameters
from mcp.client.stdio import stdio_client
from with_sdk1 import observed


async def main(address: str, _mode: str, token: str = "") -> None:
    """Connect, do what it passes on, and print."""
    bridge = StdioServerParameters(
        command=str(Path(sys.executable).with_name("mcp-proxy")),
        args=["--transport", "sse", address],
        env={**os.environ, **({"API_ACCESS_TOKEN": token} if token else {})},
    )
    async with stdio_client(bridge) as (reads, writes):
        seen = await observed(reads, writes, asked=False)
    del seen["revision"]  # between the two of them
    print(json.dumps(seen))


asyncio.run(main(*sys.argv[1:]))
