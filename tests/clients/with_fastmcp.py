"""FastMCP's client against the fixture server: ADDRESS MODE [TOKEN].

Does what a client does, on the revision that MODE ("auto" or "legacy") leads to, or over HTTP+SSE ("sse"),
and prints what it saw as one JSON object.
"""

import asyncio
import json
import sys
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import mcp_types as types
from fastmcp import Client
from fastmcp.client.messages import MessageHandler
from fastmcp.client.transports import SSETransport
from hearing import TRIGGERS, WATCHED, heard, questions, tells
from mcp.client.subscriptions import listen


async def answer(message: str, form: Any, _asked: Any, _context: Any) -> Any:
    """Fill the form that the server asks for."""
    questions.append(message)
    return form(name="Ada")


async def sample(messages: list[types.SamplingMessage], _asked: Any, _context: Any) -> str:
    """Answer as a model would: with the prompt, backwards."""
    return messages[0].content.text[::-1]


class Hearing(MessageHandler):
    """Notes what the server tells without being asked, on a subscription's stream too."""

    async def on_tool_list_changed(self, message: types.ToolListChangedNotification) -> None:
        heard["tools"].set()

    async def on_resource_updated(self, message: types.ResourceUpdatedNotification) -> None:
        heard[str(message.params.uri)].set()


async def main(address: str, mode: str, token: str = "") -> None:
    """Connect, do everything once, and print."""
    client = Client(
        SSETransport(address) if mode == "sse" else address,
        auth=token or None,
        mode="legacy" if mode == "sse" else mode,
        elicitation_handler=answer,
        sampling_handler=sample,
        roots=["file:///project"],
        message_handler=Hearing(),
    )
    async with client:
        print(json.dumps({**await lists(client), **await calls(client), **await asks(client)}))


async def lists(client: Client) -> dict[str, Any]:
    """List everything."""
    return {
        "revision": client.protocol_version,
        "tools": [tool.name for tool in await client.list_tools()],
        "resources": [str(one.uri) for one in await client.list_resources()],
        "templates": [one.uri_template for one in await client.list_resource_templates()],
        "prompts": [prompt.name for prompt in await client.list_prompts()],
    }


async def calls(client: Client) -> dict[str, Any]:
    """Call, follow progress, read, fill a prompt, complete an argument."""
    progress: list[tuple[float, float | None]] = []

    async def follow(value: float, total: float | None, _message: str | None) -> None:
        progress.append((value, total))

    simple = await client.call_tool("test_simple_text")
    failed = await client.call_tool("test_error_handling", raise_on_error=False)
    await client.call_tool("test_tool_with_progress", progress_handler=follow)
    read = await client.read_resource("test://static-text")
    values = {"arg1": "one", "arg2": "two"}
    prompt = await client.get_prompt("test_prompt_with_arguments", values)
    reference = types.PromptReference(type="ref/prompt", name="test_prompt_with_arguments")
    completed = await client.complete(reference, {"name": "arg1", "value": "test"})
    return {
        "text": simple.content[0].text,
        "failed": [failed.is_error, failed.content[0].text],
        "progress": progress,
        "resource": read[0].text,
        "prompt": prompt.messages[0].content.text,
        "completed": completed.values,
    }


async def asks(client: Client) -> dict[str, Any]:
    """Be asked during a call, and be told of changes."""
    elicited = await client.call_tool(
        "test_input_required_result_elicitation", raise_on_error=False
    )
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
    """Subscribe in the way of the revision, for the length of a block; FastMCP leaves it to the SDK."""
    if client.protocol_version < "2026":
        await client.session.subscribe_resource(WATCHED)
        yield
        await client.session.unsubscribe_resource(WATCHED)
        return
    wanted = {"tools_list_changed": True, "resource_subscriptions": [WATCHED]}
    async with listen(client.session, **wanted):
        yield


warnings.simplefilter("ignore")
asyncio.run(main(*sys.argv[1:]))
