"""Serving with uvicorn: the choice for load."""

import asyncio
import signal
import socket
from typing import Any

import uvicorn

from mcphub.asgi import application
from mcphub.runtime import runtime
from mcphub.serving.arrival import IDLE_SECONDS
from mcphub.serving.repeating import RepeatingProtocol

GRACE_SECONDS = 2
"""How long connections may take to close after the drain; uvicorn alone would wait for ever."""


class Server(uvicorn.Server):
    """uvicorn, with the hub's memory started before it listens and drained before it closes."""

    def __init__(self, config: uvicorn.Config, ready: str) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the memory, then listen, then say so."""
        await runtime.start()
        await super().startup(sockets)
        if self.started:
            print(self._ready, flush=True)  # noqa: T201

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no new connections, let requests end, close."""
        for server in self.servers:
            server.close()
        await runtime.drain()
        await super().shutdown(sockets)
        await runtime.stop()


def serve(*, listener: socket.socket, ready: str) -> None:
    """Serve on a listening socket, which several processes may share, until told to stop."""
    options: dict[str, Any] = {
        "http": RepeatingProtocol,
        "loop": "uvloop",
        "ws": "none",
        "lifespan": "off",
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,
        "backlog": 4096,
        "timeout_keep_alive": IDLE_SECONDS,
        "timeout_graceful_shutdown": GRACE_SECONDS,
    }
    # Once it has stopped, uvicorn raises the signal again, which would end the process by it.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_raised: None)
    server = Server(uvicorn.Config(application, **options), ready)
    with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
        runner.run(server.serve(sockets=[listener]))
