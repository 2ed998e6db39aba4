"""How answers leave uvicorn: the same bytes as its own way, only in fewer writes."""

import asyncio
import json
import logging
import socket
from types import SimpleNamespace

from mcphub.serving.corking import WholeAnswerCycle

PING = (
    b'{"jsonrpc":"2.0","id":%d,"method":"server/discover","params":{"_meta":'
    b'{"io.modelcontextprotocol/protocolVersion":"2026-07-28",'
    b'"io.modelcontextprotocol/clientCapabilities":{}}}}'
)
HEAD = (
    b"POST /mcp/demo HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    b"MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: server/discover\r\n"
)


def ask(number: int, *extra: bytes) -> bytes:
    body = PING % number
    lines = b"".join(line + b"\r\n" for line in extra)
    return HEAD + lines + b"Content-Length: %d\r\n\r\n" % len(body) + body


def until_closed(connection: socket.socket) -> bytes:
    received = b""
    while piece := connection.recv(65_536):
        received += piece
    return received


def test_requests_sent_ahead_are_answered_in_order_and_whole(live_hub):
    with socket.create_connection(("127.0.0.1", live_hub.port), timeout=20) as connection:
        connection.sendall(ask(1) + ask(2) + ask(3, b"Connection: close"))
        answers = until_closed(connection).split(b"HTTP/1.1 200 OK")[1:]
    bodies = [answer.partition(b"\r\n\r\n")[2] for answer in answers]
    assert [json.loads(body)["id"] for body in bodies] == [1, 2, 3]


def test_answer_says_how_long_it_is_and_what(live_hub):
    with socket.create_connection(("127.0.0.1", live_hub.port), timeout=20) as connection:
        connection.sendall(ask(7, b"Connection: close"))
        head, _, body = until_closed(connection).partition(b"\r\n\r\n")
    headers = {
        name.lower(): value
        for name, _, value in (line.partition(b": ") for line in head.split(b"\r\n")[1:])
    }
    assert headers[b"content-length"] == b"%d" % len(body)
    assert headers[b"content-type"] == b"application/json"


class Connection:
    """What a cycle needs of its connection, kept in a list."""

    def __init__(self):
        self.written = []

    def write(self, data):
        self.written.append(data)

    def close(self):
        self.written.append("closed")


async def test_application_that_fails_after_its_head_is_answered_with_500():
    """The head was held back, so nothing has left yet."""
    connection = Connection()
    cycle = WholeAnswerCycle(
        scope={"type": "http", "method": "GET", "http_version": "1.1"},
        transport=connection,
        flow=SimpleNamespace(write_paused=False),
        logger=logging.getLogger("test"),
        access_logger=None,
        access_log=False,
        default_headers=[],
        message_event=asyncio.Event(),
        expect_100_continue=False,
        keep_alive=True,
        on_response=lambda: None,
    )

    async def application(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise LookupError("after the head")

    await cycle.run_asgi(application)
    assert connection.written[0].startswith(b"HTTP/1.1 500")
    assert connection.written[1:] == [b"Internal Server Error", "closed"]
