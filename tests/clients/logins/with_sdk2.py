"""The Python SDK 2.x logs in with its OAuthClientProvider: ADDRESS STEPS; prints what came of them."""

import asyncio
import json
import sys
import warnings
from typing import Any

from landing import Landing
from mcp import Client
from mcp.client.auth import OAuthClientProvider, OAuthFlowError
from mcp.client.streamable_http import create_mcp_http_client, streamable_http_client
from mcp.shared.auth import (
    AuthorizationCodeResult,
    OAuthClientInformationFull,
    OAuthClientMetadata,
    OAuthToken,
)
from stepping import taken, told


class Memory:
    """Keeps tokens and registration as long as the program runs."""

    tokens: OAuthToken | None = None
    client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


def provider(address: str, landing: Landing) -> OAuthClientProvider:
    """Return what logs in."""

    async def called_back() -> AuthorizationCodeResult:
        said = await landing.came()
        if "error" in said:
            raise OAuthFlowError(f"{said['error']}: {said.get('error_description', '')}")
        return AuthorizationCodeResult(**said)

    metadata = OAuthClientMetadata(client_name="A program", redirect_uris=[landing.address])
    return OAuthClientProvider(address, metadata, Memory(), landing.send, called_back)


async def main(address: str, steps: str) -> None:
    """Connect, take the steps, and print."""
    landing = await Landing().listen()
    async with create_mcp_http_client(auth=provider(address, landing)) as http:
        try:
            async with Client(streamable_http_client(address, http_client=http)) as client:

                async def call(tool: str, arguments: dict[str, Any]) -> str:
                    result = await client.call_tool(tool, arguments)
                    return str(result.content[0].text)

                came = await taken(json.loads(steps), call)
        except Exception as error:
            came = [{"error": told(error)}]
    print(json.dumps(came))


warnings.simplefilter("ignore")
if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
