"""pages.py: Django's pages take no more of a body than the hub does anywhere."""

import pytest

from mcphub.pages import Pages
from servers.transports.guards import LARGEST_BODY

PART = b"x" * 65_536


async def ask(parts, *headers):
    """Send a request in these parts; return its status, what Django read, and how many parts were taken."""
    waiting, sent, read = list(parts), [], bytearray()

    async def receive():
        body = waiting.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(waiting)}

    async def send(message):
        sent.append(message)

    async def django(scope, receive, send):
        more = True
        while more:
            message = await receive()
            read.extend(message["body"])
            more = message["more_body"]
        await send({"type": "http.response.start", "status": 200, "headers": []})

    await Pages(django)({"type": "http", "headers": headers}, receive, send)
    return sent[0]["status"], bytes(read), len(parts) - len(waiting)


async def test_body_of_ordinary_size_is_handed_on_whole():
    assert await ask([b"a=", b"b"]) == (200, b"a=b", 2)
    status, read, _ = await ask([PART] * (LARGEST_BODY // len(PART)))
    assert status == 200 and len(read) == LARGEST_BODY


async def test_body_that_grows_too_large_is_refused_at_once():
    status, read, taken = await ask([PART] * 1_000)
    assert status == 413
    assert len(read) <= LARGEST_BODY and taken == LARGEST_BODY // len(PART) + 1


@pytest.mark.parametrize("length", [b"4194305", b"99999999999999999999"])
async def test_body_that_is_announced_as_too_large_is_not_read(length):
    assert await ask([b"a"], (b"content-length", length)) == (413, b"", 0)
