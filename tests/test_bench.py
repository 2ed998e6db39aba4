"""The benchmark's driver: what is counted as an answer, and what is not."""

import asyncio
import re

import pytest

from tests.bench.driver import drive
from tests.bench.requests import CALL, LIST, Asking


async def _answers(question, make, **head):
    """Drive one connection for a moment against a server that answers `make(id, a)`."""

    async def serve(reader, writer):
        while data := await reader.read(65536):
            number = re.search(rb'"a":(\d+)', data)
            body = make(re.search(rb'"id":(\d+)', data)[1], int(number[1]) if number else 0)
            status = head.get("status", 200)
            writer.write(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n" % (status, len(body)))
            writer.write(body)
        writer.close()
        await writer.wait_closed()
        left.set()

    left = asyncio.Event()
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    asking = Asking(question, port=port, path="/", token="secret")
    heard = await drive(asking, port, connections=1, seconds=0.01)
    await left.wait()
    server.close()
    await server.wait_closed()
    return heard


async def test_right_answers_are_counted():
    heard = await _answers(CALL, lambda one, a: b'{"id":%b,"sum":%d}' % (one, a + 1))
    assert len(heard.seconds) == heard.asked > 0 and not heard.problems


@pytest.mark.parametrize(
    "make",
    [
        lambda one, a: b'{"id":%b,"sum":%d}' % (one, a + 2),
        lambda one, a: b'{"id":7,"sum":%d}' % (a + 1),
    ],
    ids=["wrong sum", "wrong id"],
)
async def test_wrong_answers_are_not(make):
    heard = await _answers(CALL, make)
    assert not heard.seconds and heard.problems.total() == heard.asked > 0


async def test_answer_with_an_error_status_is_wrong():
    heard = await _answers(CALL, lambda one, a: b'{"id":%b,"sum":%d}' % (one, a + 1), status=503)
    assert not heard.seconds and heard.problems


async def test_list_without_tools_is_wrong():
    heard = await _answers(LIST, lambda one, a: b'{"id":%b,"result":{}}' % one)
    assert not heard.seconds and heard.problems


def test_every_request_of_a_question_has_the_length_it_says():
    asking = Asking(CALL, port=80, path="/mcp/x", token="t")
    for _ in range(3):
        head, _, body = asking.request()[0].partition(b"\r\n\r\n")
        assert int(re.search(rb"Content-Length: (\d+)", head)[1]) == len(body)
