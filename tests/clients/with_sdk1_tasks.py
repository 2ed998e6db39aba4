"""The Python SDK 1.x and tasks of 2025-11-25: ADDRESS TOKEN start, or ADDRESS TOKEN fetch TASK.

`start` has a tool run as a task and prints its id; `fetch`, which may be another client of the same
user, prints how the task stands, then waits for its result.
"""

import asyncio
import json
import sys

from mcp import ClientSession, types
from mcp.client.streamable_http import streamablehttp_client

SECONDS = 10


async def main(address: str, token: str, what: str, task: str = "") -> None:
    """Connect, do it, and print."""
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        streamablehttp_client(address, headers=headers) as (reads, writes, _session_id),
        ClientSession(reads, writes) as client,
    ):
        await client.initialize()
        print(json.dumps(await (start(client) if what == "start" else fetch(client, task))))


async def start(client: ClientSession) -> dict[str, object]:
    """Have a tool run as a task."""
    arguments = {"seconds": SECONDS, "label": "all"}
    made = await client.experimental.call_tool_as_task("slow_compute", arguments, ttl=600_000)
    return {"task": made.task.taskId, "status": made.task.status}


async def fetch(client: ClientSession, task: str) -> dict[str, object]:
    """Look at a task, wait for its end, and get its result."""
    first = await client.experimental.get_task(task)
    statuses = [found.status async for found in client.experimental.poll_task(task)]
    result = await client.experimental.get_task_result(task, types.CallToolResult)
    listed = await client.experimental.list_tasks()
    return {
        "first": first.status,
        "last": statuses[-1],
        "text": result.content[0].text,
        "listed": [one.taskId for one in listed.tasks],
    }


asyncio.run(main(*sys.argv[1:]))
