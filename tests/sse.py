"""The client's end of HTTP+SSE, in the test's own process: it hears on its stream and speaks by POST.

It is a client of the kind that tests/stdio.py has for lines: what is shown over lines is shown over this
with the same words. A message that is refused counts as answered by the refusal.
"""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from mcphub.routing import RememberingRouter, routes
from tests.hub import PATIENCE, Answer, Exchange, Hub
from tests.stdio import Client, Met
from tests.streams import frames
from tests.watching import Watch

REVISION = "2024-11-05"


class Request(Exchange):
    """A request by the hub's own routes."""

    def __init__(
        self,
        hub: Hub,
        verb: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes = b"",
        *,
        host: str = "127.0.0.1:8000",
        cut: bool = False,
        later: bytes = b"",
    ) -> None:
        """Begin it; `cut` says that the server under the hub can cut connections off."""
        super().__init__(hub, Watch((), b""), later)
        path, _, query = path.partition("?")
        scope: dict[str, Any] = {
            "type": "http",
            "method": verb,
            "path": path,
            "root_path": "",
            "query_string": query.encode(),
            "scheme": "http",
            "client": (hub.address, 50000),
            "headers": [(k.encode(), v.encode()) for k, v in {"host": host, **headers}.items()],
        }
        if cut:
            scope["mcphub.cut"] = self.cut_off
        self.was_cut = False
        runtime = hub.runtime
        serve = runtime.serve_mcp, runtime.serve_sse, runtime.serve_discovery, _page, _page

        async def begin() -> None:
            message = {"type": "http.request", "body": body, "more_body": bool(later)}
            self.received.put_nowait(message)
            walk = RememberingRouter(routes(*serve))(scope, self.received.get, self.send)
            self.task = asyncio.get_running_loop().create_task(_awaited(walk))

        hub.run(begin())

    def cut_off(self) -> None:
        """Cut the connection, as a server does."""
        self.was_cut = True
        self.reads.set()
        self.received.put_nowait({"type": "http.disconnect"})


async def _awaited(work: Any) -> None:
    await work


async def _page(scope: Mapping[str, Any], receive: Any, send: Any) -> None:
    raise AssertionError(f"{scope['path']} leads to a page")


def ask(hub: Hub, verb: str, path: str, headers: Mapping[str, str] = {}, **more: Any) -> Answer:
    """Send a request, and return its answer when it is whole."""
    return Request(hub, verb, path, headers, **more).finish()


class OverSse(Client):
    """A client with a stream of its own."""

    revision = REVISION

    def __init__(
        self,
        hub: Hub,
        slug: str = "open",
        token: str | None = None,
        *,
        by: Hub | None = None,
        **more: Any,
    ) -> None:
        """Open a stream; `by` is the process that takes the messages, the same one if not told."""
        super().__init__()
        self.ledger.speaks(REVISION)
        self._hub, self._by, self.slug = hub, by or hub, slug
        self.headers = {"authorization": f"Bearer {token}"} if token else {}
        accept = {"accept": "text/event-stream"}
        self.stream = Request(hub, "GET", f"/mcp/{slug}/sse", {**accept, **self.headers}, **more)
        self.stream.wait_for(lambda answer: b"\n\n" in answer.body or answer.ended)
        self._read = 0
        if self.stream.answer.status == 200:
            (first,) = frames(self.stream.answer.body)[:1]
            assert first["event"] == "endpoint"
            self.address, self._read = first["data"], 1

    def post(self, body: bytes, **headers: str) -> Answer:
        """Send the body of a message, and return what the POST is answered with."""
        named = {"content-type": "application/json", **self.headers, **headers}
        return ask(self._by, "POST", self.address, named, body=body)

    def write(self, line: bytes) -> None:
        answer = self.post(line.removesuffix(b"\n"))
        if answer.status == 202:
            assert answer.body == b""
        else:
            self._take(answer.body)

    def _take(self, body: bytes) -> None:
        self.take(body)

    def _hear(self) -> None:
        """Take what has come since."""
        found = frames(self.stream.answer.body)
        new, self._read = found[self._read :], len(found)
        for fields in new:
            assert fields["event"] == "message"
            self._take(fields["data"].encode())

    def wait(self, met: Met) -> dict[str, Any]:
        async def until() -> dict[str, Any]:
            async with asyncio.timeout(PATIENCE):
                while True:
                    self._hear()
                    found = next(filter(met, self.heard), None)
                    if found is not None:
                        return found
                    assert not self.stream.answer.ended, "the stream has ended"
                    await self.stream._sent.get()

        return dict(self._hub.run(until()))

    def told(self, method: str) -> list[Any]:
        self._hear()
        return super().told(method)

    def answers(self, id: Any) -> list[dict[str, Any]]:
        self._hear()
        return super().answers(id)

    def end(self) -> None:
        """Leave, and wait until the hub has noticed."""
        self.stream.disconnect()
        self.ended()

    def ended(self) -> None:
        """Wait until the hub has ended the stream, and judge what is left."""

        async def over() -> None:
            async with asyncio.timeout(PATIENCE):
                await self.stream.task

        self._hub.run(over())
        self._hear()

    @property
    def session(self) -> str:
        """The session's id."""
        return self.address.partition("session_id=")[2]

    def json(self, message: Any, **headers: str) -> Answer:
        """Send a value, and return what the POST is answered with."""
        self.ledger.asked(message)
        return self.post(json.dumps(message).encode(), **headers)
