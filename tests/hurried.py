"""An author's file for hubs that are processes: what takes half a minute elsewhere takes seconds there.

It runs in the hub's process before that serves, and changes what the hub's modules hold.
"""

import asyncio
import os
import resource
import socket
import stat

from mcphub import Context, listener, tool
from mcphub.serving import arrival, reserve

ARRIVAL_SECONDS = 3.0
UNANSWERED_SECONDS = 2
ROOM = 40
"""How many connections fit beside what the hub has open when it begins."""

arrival.SECONDS = ARRIVAL_SECONDS


def _listeners() -> list[socket.socket]:
    """Return the sockets that this process listens on."""
    found = []
    for name in os.listdir("/proc/self/fd"):
        try:
            if stat.S_ISSOCK(os.stat(f"/proc/self/fd/{name}").st_mode):
                found.append(socket.socket(fileno=os.dup(int(name))))
        except OSError:
            continue  # the descriptor of this very listing
    return [one for one in found if one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)]


@tool(read_only=True)
async def linger() -> str:
    """Take longer than a request may take to arrive."""
    await asyncio.sleep(2 * ARRIVAL_SECONDS)
    return "done"


@tool(read_only=True)
async def hurry_peers() -> int:
    """Give peers that do not answer seconds, from now on; tell how many sockets listen."""
    listener.UNHEARD_SECONDS, listener.ASKED_EVERY = 1, 1
    listener.UNANSWERED_SECONDS = UNANSWERED_SECONDS
    found = _listeners()
    for each in found:
        listener.end_dead_peers(each)
        each.close()
    return len(found)


@tool(read_only=True)
async def pour(ctx: Context) -> str:
    """Say more than a client that does not read has room for."""
    while True:
        await ctx.error("x" * 100_000)


@tool(read_only=True)
async def narrow(keep_back: int) -> int:
    """Have few descriptors from now on, of which some are kept back; tell how many there are."""
    taken = max(int(name) for name in os.listdir("/proc/self/fd"))
    limit = taken + 1 + ROOM + keep_back
    resource.setrlimit(
        resource.RLIMIT_NOFILE, (limit, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    )
    reserve.KEPT_BACK = keep_back
    return limit
