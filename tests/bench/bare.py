"""The floor: an ASGI callable that reads a body, answers JSON of a call's shape, and no more.

It finds the id and the number by their place in the driver's request, without a JSON parser.
BENCH_PADDING makes the answer longer, to see what sending alone costs. A GET opens a stream that says
nothing more.
"""

import os
import re
from typing import Any

ID, NUMBER = re.compile(rb'"id":(\d+)'), re.compile(rb'"a":(\d+)')
PADDING = b"x" * int(os.environ.get("BENCH_PADDING", "0"))
ANSWER = (
    b'{"jsonrpc":"2.0","id":%b,"result":{"content":[{"type":"text","text":"%d"}],'
    b'"structuredContent":{"result":%d},"isError":false,"resultType":"complete","tools":"%b"}}'
)


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer one request."""
    if scope["type"] == "http" and scope["method"] == "GET":
        return await hold(receive, send)
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    identifier, number = ID.search(body), NUMBER.search(body)
    total = int(number[1]) + 1 if number else 0
    answer = ANSWER % (identifier[1] if identifier else b"null", total, total, PADDING)
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(answer))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})


async def hold(receive: Any, send: Any) -> None:
    """Open a stream and wait until its client leaves."""
    headers = [(b"content-type", b"text/event-stream")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b": open\n\n", "more_body": True})
    while (await receive())["type"] != "http.disconnect":
        pass
