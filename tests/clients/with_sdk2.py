"""The Python SDK 2.x against the fixture server: ADDRESS MODE [TOKEN].

Does what a client does, on the revision that MODE ("auto" or "legacy") leads to, and prints what it
saw as one JSON object.
"""

import asyncio
import json
import sys
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import mcp_types as types
from hearing import TRIGGERS, WATCHED, heard, questions, tells
from mcp import Client
from mcp.client import ClientRequestContext, IncomingMessage
from mcp.client.streamable_http import create_mcp_http_client, streamable_http_client
from mcp.client.subscriptions import ResourceUpdated, ToolsListChanged


async def answer(_: ClientRequestContext, asked: types.ElicitRequestParams) -> types.ElicitResult:
    """Fill the form that the server asks for."""
    questions.append(asked.message)
    return types.ElicitResult(action="accept", content={"name": "Ada"})


async def sample(
    _: ClientRequestContext, asked: types.CreateMessageRequestParams
) -> types.CreateMessageResult:
    """Answer as a model would: with the prompt, backwards."""
    said = asked.messages[0].content.text[::-1]
    content = types.TextContent(type="text", text=said)
    return types.CreateMessageResult(role="assistant", content=content, model="fake")


async def roots(_: ClientRequestContext) -> types.ListRootsResult:
    """Name one folder."""
    return types.ListRootsResult(roots=[types.Root(uri="file:///project", name="project")])


async def hear(message: IncomingMessage) -> None:
    """Note what the server tells without being asked."""
    if isinstance(message, types.ToolListChangedNotification):
        heard["tools"].set()
    if isinstance(message, types.ResourceUpdatedNotification):
        heard[str(message.params.uri)].set()


async def main(address: str, mode: str, token: str = "") -> None:
    """Connect, do everything once, and print."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with create_mcp_http_client(headers=headers) as http:
        client = Client(
            streamable_http_client(address, http_client=http),
            mode=mode,
            elicitation_callback=answer,
            sampling_callback=sample,
            list_roots_callback=roots,
            message_handler=hear,
        )
        async with client:
            print(json.dumps({**await lists(client), **await calls(client), **await asks(client)}))


async def lists(client: Client) -> dict[str, Any]:
    """List everything."""
    templates = (await client.list_resource_templates()).resource_templates
    return {
        "revision": client.protocol_version,
        "tools": [tool.name for tool in (await client.list_tools()).tools],
        "resources": [str(one.uri) for one in (await client.list_resources()).resources],
        "templates": [one.uri_template for one in templates],
        "prompts": [prompt.name for prompt in (await client.list_prompts()).prompts],
    }


async def calls(client: Client) -> dict[str, Any]:
    """Call, follow progress, read, fill a prompt, complete an argument."""
    progress: list[tuple[float, float | None]] = []

    async def follow(value: float, total: float | None, _message: str | None) -> None:
        progress.append((value, total))

    simple = await client.call_tool("test_simple_text")
    failed = await client.call_tool("test_error_handling")
    await client.call_tool("test_tool_with_progress", progress_callback=follow)
    read = await client.read_resource("test://static-text")
    values = {"arg1": "one", "arg2": "two"}
    prompt = await client.get_prompt("test_prompt_with_arguments", values)
    reference = types.PromptReference(type="ref/prompt", name="test_prompt_with_arguments")
    completed = await client.complete(reference, {"name": "arg1", "value": "test"})
    return {
        "text": simple.content[0].text,
        "failed": [failed.is_error, failed.content[0].text],
        "progress": progress,
        "resource": read.contents[0].text,
        "prompt": prompt.messages[0].content.text,
        "completed": completed.completion.values,
    }


async def asks(client: Client) -> dict[str, Any]:
    """Be asked during a call, and be told of changes."""
    elicited = await client.call_tool("test_input_required_result_elicitation")
    sampled = await client.call_tool("test_sampling", {"prompt": "olleh"})
    rooted = await client.call_tool("test_input_required_result_list_roots")
    async with watching(client):
        told = {what: await tells(client.call_tool, what) for what in TRIGGERS}
    return {
        "questions": questions,
        "elicited": elicited.content[0].text,
        "sampled": sampled.content[0].text,
        "roots": rooted.content[0].text,
        "told": told,
    }


@asynccontextmanager
async def watching(client: Client) -> AsyncIterator[None]:
    """Subscribe in the way of the revision, for the length of a block."""
    if client.protocol_version < "2026":
        await client.subscribe_resource(WATCHED)
        yield
        await client.unsubscribe_resource(WATCHED)
        return
    async with client.listen(tools_list_changed=True, resource_subscriptions=[WATCHED]) as events:
        listening = asyncio.create_task(listen(events))
        yield
        listening.cancel()


async def listen(events: Any) -> None:
    """Note what a subscription brings."""
    async for event in events:
        if isinstance(event, ToolsListChanged):
            heard["tools"].set()
        if isinstance(event, ResourceUpdated):
            heard[str(event.uri)].set()


warnings.simplefilter("ignore")
asyncio.run(main(*sys.argv[1:]))
