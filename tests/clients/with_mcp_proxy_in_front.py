"""mcp-proxy as a server of HTTP+SSE in front of a program that speaks over standard streams: PORT COMMAND...

The Python SDK 1.x connects to it. Prints what was seen through both as one JSON object.
"""

import asyncio
import json
import sys
from pathlib import Path

import httpx
from mcp.client.sse import sse_client
from with_sdk1 import observed

START_SECONDS = 60.0


async def main(port: str, *command: str) -> None:
    """Start it, do what it passes on, and print."""
    bridge = str(Path(sys.executable).with_name("mcp-proxy"))
    words = ("--port", port, "--pass-environment", "--", *command)
    process = await asyncio.create_subprocess_exec(bridge, *words, stdout=sys.stderr)
    address = f"http://127.0.0.1:{port}"
    try:
        async with asyncio.timeout(START_SECONDS):
            await served(f"{address}/status")
        async with sse_client(f"{address}/sse") as (reads, writes):
            print(json.dumps(await observed(reads, writes, asked=False)))
    finally:
        process.terminate()
        await process.wait()


async def served(address: str) -> None:
    """Wait until something answers there."""
    async with httpx.AsyncClient() as http:
        while True:
            try:
                await http.get(address)
            except httpx.ConnectError:
                await asyncio.sleep(0.1)
            else:
                return


asyncio.run(main(*sys.argv[1:]))
