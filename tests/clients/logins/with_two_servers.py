"""The Python SDK 2.x, connected to two servers of one hub: ADDRESS ADDRESS; each is called "add" on.

Prints what came of the calls, and what each server says to the other one's token.
"""

import asyncio
import json
import sys
import warnings

import httpx2
from landing import Landing
from mcp import Client
from mcp.client.streamable_http import create_mcp_http_client, streamable_http_client
from with_sdk2 import provider

OPENING = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "with_two_servers", "version": "1"},
    },
}


async def main(*addresses: str) -> None:
    """Connect to both at once, call, and swap."""
    landing = await Landing().listen()
    came, tokens = [], []
    for address in addresses:
        login = provider(address, landing)
        async with (
            create_mcp_http_client(auth=login) as http,
            Client(streamable_http_client(address, http_client=http)) as client,
        ):
            result = await client.call_tool("add", {"a": 2, "b": 3})
            came.append(result.content[0].text)
            tokens.append(login.context.current_tokens.access_token)
    swapped = [await ask(*pair) for pair in zip(addresses, reversed(tokens), strict=True)]
    own = [(await ask(*pair))[0] for pair in zip(addresses, tokens, strict=True)]
    print(json.dumps({"came": came, "own": own, "swapped": swapped}))


async def ask(address: str, token: str) -> tuple[int, str]:
    """Ask a server something with a token; return status and challenge."""
    async with httpx2.AsyncClient() as http:
        both = "application/json, text/event-stream"
        headers = {"accept": both, "authorization": f"Bearer {token}"}
        answer = await http.post(address, json=OPENING, headers=headers)
    return answer.status_code, answer.headers.get("www-authenticate", "")


warnings.simplefilter("ignore")
if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
