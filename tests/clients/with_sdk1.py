"""The Python SDK 1.x against the fixture server: ADDRESS MODE [TOKEN].

Does what a client does and prints what it saw as one JSON object. MODE is "legacy", or "sse" for HTTP+SSE.
"""

import asyncio
import json
import sys
from typing import Any

from hearing import TRIGGERS, WATCHED, heard, questions, tells
from mcp import ClientSession, types
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamablehttp_client


async def answer(_: Any, asked: types.ElicitRequestParams) -> types.ElicitResult:
    """Fill the form that the server asks for."""
    questions.append(asked.message)
    return types.ElicitResult(action="accept", content={"name": "Ada"})


async def sample(_: Any, asked: types.CreateMessageRequestParams) -> types.CreateMessageResult:
    """Answer as a model would: with the prompt, backwards."""
    said = asked.messages[0].content.text[::-1]
    content = types.TextContent(type="text", text=said)
    return types.CreateMessageResult(role="assistant", content=content, model="fake")


async def roots(_: Any) -> types.ListRootsResult:
    """Name one folder."""
    return types.ListRootsResult(roots=[types.Root(uri="file:///project", name="project")])


async def hear(message: Any) -> None:
    """Note what the server tells without being asked."""
    told = getattr(message, "root", None)
    if isinstance(told, types.ToolListChangedNotification):
        heard["tools"].set()
    if isinstance(told, types.ResourceUpdatedNotification):
        heard[str(told.params.uri)].set()


async def main(address: str, mode: str, token: str = "") -> None:
    """Connect, do everything once, and print."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    connected = sse_client if mode == "sse" else streamablehttp_client
    async with connected(address, headers=headers) as (reads, writes, *_):
        print(json.dumps(await observed(reads, writes)))


async def observed(reads: Any, writes: Any, *, asked: bool = True) -> dict[str, Any]:
    """Do everything once on two streams of messages, and return what was seen; `asked`: be asked too."""
    session = ClientSession(
        reads,
        writes,
        elicitation_callback=answer,
        sampling_callback=sample,
        list_roots_callback=roots,
        message_handler=hear,
    )
    async with session as client:
        begun = await client.initialize()
        seen = {"revision": begun.protocolVersion, **await lists(client), **await calls(client)}
        return {**seen, **(await asks(client) if asked else {})}


async def lists(client: ClientSession) -> dict[str, Any]:
    """List everything."""
    templates = (await client.list_resource_templates()).resourceTemplates
    return {
        "tools": [tool.name for tool in (await client.list_tools()).tools],
        "resources": [str(one.uri) for one in (await client.list_resources()).resources],
        "templates": [one.uriTemplate for one in templates],
        "prompts": [prompt.name for prompt in (await client.list_prompts()).prompts],
    }


async def calls(client: ClientSession) -> dict[str, Any]:
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
        "failed": [failed.isError, failed.content[0].text],
        "progress": progress,
        "resource": read.contents[0].text,
        "prompt": prompt.messages[0].content.text,
        "completed": completed.completion.values,
    }


async def asks(client: ClientSession) -> dict[str, Any]:
    """Be asked during a call, and be told of changes."""
    elicited = await client.call_tool("test_input_required_result_elicitation")
    sampled = await client.call_tool("test_sampling", {"prompt": "olleh"})
    rooted = await client.call_tool("test_input_required_result_list_roots")
    await client.subscribe_resource(WATCHED)
    told = {what: await tells(client.call_tool, what) for what in TRIGGERS}
    await client.unsubscribe_resource(WATCHED)
    return {
        "questions": questions,
        "elicited": elicited.content[0].text,
        "sampled": sampled.content[0].text,
        "roots": rooted.content[0].text,
        "told": told,
    }


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
