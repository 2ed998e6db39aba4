"""The Python SDK 1.x and a call whose connection is cut: ADDRESS TOKEN REVISION HOW GATE.

HOW is "itself", where the SDK goes on by its own, or "token", where another client of the same session
is given the last resumption token. Says "cut" once it has heard two steps, and waits for a line.
"""

import json
import sys

import anyio
from mcp import ClientSession, types
from mcp.client.streamable_http import streamablehttp_client
from mcp.shared.message import ClientMessageMetadata

told: list[float] = []
tokens: list[str] = []
answers: list[types.CallToolResult] = []
gone = anyio.Event()


async def hear(value: float, _total: float | None, _message: str | None) -> None:
    """Take a step down; after the second one the connection may go."""
    told.append(value)
    if len(told) == 2:
        print("cut", flush=True)
        await anyio.to_thread.run_sync(sys.stdin.readline)
        gone.set()


async def keep(token: str) -> None:
    """Take a place to go on from down."""
    tokens.append(token)


async def call(client: ClientSession, gate: str, last: str | None = None) -> None:
    """Call the tool, or go on with a call of it."""
    params = types.CallToolRequestParams(name="walk", arguments={"gate": gate})
    request = types.ClientRequest(types.CallToolRequest(method="tools/call", params=params))
    metadata = ClientMessageMetadata(resumption_token=last, on_resumption_token_update=keep)
    answers.append(
        await client.send_request(
            request, types.CallToolResult, metadata=metadata, progress_callback=hear
        )
    )


async def main(address: str, token: str, revision: str, how: str, gate: str) -> None:
    """Call, be cut off, go on, and print what was heard in all."""
    types.LATEST_PROTOCOL_VERSION = revision
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        streamablehttp_client(address, headers=headers, terminate_on_close=False) as (
            reads,
            writes,
            session,
        ),
        ClientSession(reads, writes) as client,
        anyio.create_task_group() as calls,
    ):
        spoken = (await client.initialize()).protocolVersion
        calls.start_soon(call, client, gate)
        if how == "token":
            await gone.wait()
            calls.cancel_scope.cancel()
        headers |= {"mcp-session-id": session() or "", "mcp-protocol-version": spoken}
    if how == "token":
        async with (
            streamablehttp_client(address, headers=headers) as (reads, writes, _session),
            ClientSession(reads, writes) as client,
        ):
            await call(client, gate, tokens[-1])
    text = answers[0].content[0].text
    print(json.dumps({"revision": spoken, "told": told, "text": text, "tokens": tokens}))


anyio.run(main, *sys.argv[1:])
