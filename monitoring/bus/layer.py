"""The bus over Channels' Redis layer, in an event loop of its own.

The layer swallows a broken subscription and restores it by itself, so nothing would tell an outage
from silence. A heartbeat to our own channel does: it takes the same way as every message.
"""

import asyncio
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from redis.exceptions import RedisError

from monitoring.errors import BusDown

from .line import Line

GROUP = "mcphub.bus"
HEARTBEAT = 2.0
DEAF_AFTER = 6.0
"""Seconds without our own heartbeat until the subscription is made anew."""
SEND_TIMEOUT = 5.0


class LayerBackend:
    """Redis pub/sub through the configured channel layer."""

    faults: tuple[type[Exception], ...] = (RedisError, OSError, TimeoutError, BusDown)

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._awake: asyncio.Event | None = None

    def session(self, line: Line) -> None:
        """Listen in a fresh event loop; closing the loop closes the layer's connections."""
        try:
            asyncio.run(self._session(line))
        except BaseExceptionGroup as group:
            if group.split(self.faults)[1] is not None:
                raise
            raise BusDown(str(group.exceptions[0])) from group
        finally:
            self._loop = self._awake = None

    def wake(self) -> None:
        """Set the loop's event from outside; a session that just ends needs no waking."""
        loop, awake = self._loop, self._awake
        if loop is not None and awake is not None:
            try:
                loop.call_soon_threadsafe(awake.set)
            except RuntimeError:  # closed in between
                return

    def send_once(self, text: str) -> None:
        """Send in a short-lived loop, for processes that do not listen."""
        async_to_sync(_send)(get_channel_layer(), text)

    async def _session(self, line: Line) -> None:
        layer: Any = get_channel_layer()
        self._loop, self._awake = asyncio.get_running_loop(), asyncio.Event()
        async with asyncio.timeout(SEND_TIMEOUT):
            channel: str = await layer.new_channel()
            await layer.group_add(GROUP, channel)
        heard = asyncio.Event()
        tasks = asyncio.TaskGroup()
        async with tasks:
            listening = [
                tasks.create_task(_receive(line, layer, channel, heard)),
                tasks.create_task(_beat(line, layer, channel, heard)),
            ]
            await self._send_until_stopped(line, layer)
            for task in listening:
                task.cancel()

    async def _send_until_stopped(self, line: Line, layer: Any) -> None:
        awake = self._awake
        while awake is not None:
            awake.clear()
            await _drain(line, layer)
            if line.stopping.is_set():
                return
            await awake.wait()


async def _drain(line: Line, layer: Any) -> None:
    while (text := line.take()) is not None:
        try:
            await _send(layer, text)
        except LayerBackend.faults:
            line.give_back(text)
            raise


async def _send(layer: Any, text: str) -> None:
    async with asyncio.timeout(SEND_TIMEOUT):
        await layer.group_send(GROUP, {"type": "bus", "text": text})


async def _receive(line: Line, layer: Any, channel: str, heard: asyncio.Event) -> None:
    while True:
        message = await layer.receive(channel)
        if text := message.get("text"):
            line.deliver(text)
        else:
            heard.set()


async def _beat(line: Line, layer: Any, channel: str, heard: asyncio.Event) -> None:
    while True:
        heard.clear()
        async with asyncio.timeout(DEAF_AFTER):
            await layer.send(channel, {"type": "bus", "text": ""})
            await heard.wait()
        line.up()
        await asyncio.sleep(HEARTBEAT)
