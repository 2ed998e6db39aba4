"""How requests reach the hub under uvicorn and how answers leave it: as ever, only cheaper."""

import asyncio
import gc
import json
import socket
import weakref

import pytest
from uvicorn import Config
from uvicorn.server import ServerState

from mcphub.serving import arrival, repeating
from mcphub.serving.repeating import RepeatingProtocol

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


def bodies(received: bytes) -> list[bytes]:
    received = received.replace(b"HTTP/1.1 100 Continue\r\n\r\n", b"")
    return [part.partition(b"\r\n\r\n")[2] for part in received.split(b"HTTP/1.1 200 OK")[1:]]


def test_requests_sent_ahead_are_answered_in_order_and_whole(live_hub):
    with socket.create_connection(("127.0.0.1", live_hub.port), timeout=20) as connection:
        connection.sendall(ask(1) + ask(2) + ask(3, b"Connection: close"))
        answers = bodies(until_closed(connection))
    assert [json.loads(body)["id"] for body in answers] == [1, 2, 3]


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


# --- a connection by hand -------------------------------------------------------------------------


class Wire(asyncio.Transport):
    """The client's end of a connection: what was written to it, in a list."""

    def __init__(self, client):
        super().__init__({"peername": client, "sockname": ("127.0.0.1", 8000)})
        self.written, self.closed = [], False

    def write(self, data):
        self.written.append(bytes(data))

    def writelines(self, pieces):
        self.written.extend(pieces)

    def is_closing(self):
        return self.closed

    def close(self):
        self.closed = True

    def pause_reading(self):
        pass

    resume_reading = pause_reading


class Echo:
    """An application that answers with the body it was sent, and remembers its scopes."""

    def __init__(self):
        self.scopes, self.held = [], None

    async def __call__(self, scope, receive, send):
        self.scopes.append(scope)
        message = await receive()
        body = message["body"]
        while message["more_body"]:
            message = await receive()
            body += message["body"]
        if self.held is not None:
            await self.held.wait()
        if not scope["mcphub.answer"]([(b"x-path", scope["path"].encode())], body):
            headers = [(b"content-length", b"%d" % len(body)), (b"x-slow", b"1")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": body})


@pytest.fixture(autouse=True)
def heads(monkeypatch):
    known = {}
    monkeypatch.setattr(repeating, "_heads", known)
    monkeypatch.setattr(repeating, "_seen_once", set())
    return known


@pytest.fixture
def parsed(monkeypatch):
    """The pieces that uvicorn's parser was given."""
    pieces = []
    there = repeating.HttpToolsProtocol.data_received

    def received(protocol, data):
        pieces.append(data)
        there(protocol, data)

    monkeypatch.setattr(repeating.HttpToolsProtocol, "data_received", received)
    return pieces


def connect(application, client=("127.0.0.1", 9)) -> tuple[RepeatingProtocol, Wire]:
    config = Config(application, http=RepeatingProtocol, lifespan="off", log_config=None)
    config.load()
    wire = Wire(client)
    protocol = RepeatingProtocol(config, ServerState(), {}, asyncio.get_running_loop())
    protocol.access_log = False
    protocol.connection_made(wire)
    return protocol, wire


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def post(body: bytes, *lines: bytes, path: bytes = b"/mcp/demo") -> bytes:
    head = b"".join(line + b"\r\n" for line in (b"Host: here", *lines))
    return b"POST %b HTTP/1.1\r\n%bContent-Length: %d\r\n\r\n%b" % (path, head, len(body), body)


async def answers(protocol, wire, *pieces: bytes) -> list[bytes]:
    """Send pieces, one an iteration, and return the bodies that came back."""
    before = len(wire.written)
    for piece in pieces:
        protocol.data_received(piece)
        await settled()
    return bodies(b"".join(wire.written[before:]))


async def introduced(application) -> tuple[RepeatingProtocol, Wire]:
    """Connect, and have the head of a post of five bytes become known."""
    protocol, wire = connect(application)
    assert await answers(protocol, wire, post(b"first"), post(b"again")) == [b"first", b"again"]
    return protocol, wire


async def test_head_that_comes_again_and_again_is_no_longer_parsed(parsed):
    protocol, wire = connect(echo := Echo())
    sent = [post(b"one"), post(b"two"), post(b"six"), post(b"ten")]
    assert await answers(protocol, wire, *sent) == [b"one", b"two", b"six", b"ten"]
    assert parsed == sent[:2]
    _first, second, third, fourth = echo.scopes
    assert {**third, "mcphub.memo": 0} == {**second, "mcphub.memo": 0}
    assert third["mcphub.memo"] is fourth["mcphub.memo"]
    assert third["state"] is not fourth["state"]


async def test_client_that_asks_for_a_kept_connection_gets_no_less(heads):
    protocol, wire = connect(Echo())
    await answers(protocol, wire, *[post(b"one", b"Connection: Keep-Alive")] * 2)
    assert len(heads) == 1


async def test_known_head_serves_another_connection_under_its_own_address(parsed):
    await introduced(Echo())
    other, its_wire = connect(echo := Echo(), client=("10.0.0.1", 7))
    assert await answers(other, its_wire, post(b"other")) == [b"other"]
    assert post(b"other") not in parsed and echo.scopes[0]["client"] == ("10.0.0.1", 7)


@pytest.mark.parametrize(
    "line",
    [
        b"traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        b"Connection: keep-alive, x",
        b"tracestate: a=b",
        b"Last-Event-ID: 7",
        b"Expect: 100-continue",
        b"Upgrade: h2c",
        b"X-Twice: 1\r\nX-Twice: 2",
        b"X-Long: " + b"y" * 5_000,
        b"\r\n".join(b"X-%d: 1" % number for number in range(40)),
    ],
)
async def test_head_that_is_out_of_the_ordinary_is_always_parsed(heads, line):
    protocol, wire = connect(Echo())
    sent = [post(body, line) for body in (b"a", b"b", b"c")]
    assert await answers(protocol, wire, *sent) == [b"a", b"b", b"c"]
    assert heads == {}


@pytest.mark.parametrize("version", [b"HTTP/1.1\r\nConnection: close", b"HTTP/1.0"])
async def test_head_that_ends_its_connection_is_not_remembered(heads, version):
    for _ in range(3):
        protocol, wire = connect(Echo())
        protocol.data_received(post(b"last").replace(b"HTTP/1.1", version))
        await settled()
        assert wire.closed and b"".join(wire.written).endswith(b"last")
    assert heads == {}


async def test_pages_are_always_parsed(heads):
    protocol, wire = connect(Echo())
    await answers(protocol, wire, *[post(b"a", path=b"/login/")] * 3)
    assert heads == {}


async def test_body_in_pieces_is_put_together(parsed):
    protocol, wire = await introduced(Echo())
    whole = post(b"later")
    for cut in range(1, len(whole)):
        assert await answers(protocol, wire, whole[:cut], whole[cut:]) == [b"later"], cut
    assert await answers(protocol, wire, post(b"again")) == [b"again"]
    assert parsed[-1] != post(b"again")


async def test_requests_in_one_piece_are_all_answered():
    protocol, wire = await introduced(Echo())
    together = post(b"later") + post(b"twice") + post(b"three")
    assert await answers(protocol, wire, together) == [b"later", b"twice", b"three"]
    assert await answers(protocol, wire, post(b"again")) == [b"again"]


async def test_request_ahead_of_an_answer_waits_for_its_turn():
    echo = Echo()
    protocol, wire = await introduced(echo)
    echo.held = asyncio.Event()
    assert await answers(protocol, wire, post(b"later"), post(b"ahead")) == []
    assert len(echo.scopes) == 3
    echo.held.set()
    await settled()
    assert bodies(b"".join(wire.written))[2:] == [b"later", b"ahead"]


async def test_rest_of_a_refused_body_is_never_taken_for_a_request():
    """Its last piece is, byte for byte, a request whose head is known."""
    ran = []

    async def application(scope, receive, send):
        ran.append(scope["path"])
        if scope["path"] == "/mcp/demo":
            scope["mcphub.answer"]([], (await receive())["body"])
            return
        headers = [(b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 401, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    protocol, wire = await introduced(application)
    victim = post(b"later")
    outer = post(b"x" * 9 + victim, path=b"/mcp/closed")
    protocol.data_received(outer[: -len(victim)])
    await settled()
    protocol.data_received(victim)
    await settled()
    assert ran == ["/mcp/demo", "/mcp/demo", "/mcp/closed"]
    assert await answers(protocol, wire, post(b"after")) == [b"after"]


async def test_body_that_is_longer_or_shorter_than_announced_is_the_parsers_matter():
    protocol, wire = await introduced(Echo())
    assert await answers(protocol, wire, post(b"later")[:-1], b"r") == [b"later"]
    assert await answers(protocol, wire, post(b"later") + b"POST ") == [b"later"]
    assert await answers(protocol, wire, post(b"again")[5:]) == [b"again"]


async def test_announced_length_with_a_sign_or_zeros_is_not_remembered(heads):
    protocol, wire = connect(Echo())
    data = post(b"first").replace(b"Content-Length: 5", b"Content-Length: 005")
    await answers(protocol, wire, data, data, data)
    assert heads == {}


async def test_heads_have_a_bound_and_the_oldest_goes_first(heads, monkeypatch):
    monkeypatch.setattr(repeating, "MOST_REMEMBERED", 3)
    protocol, wire = connect(Echo())
    for number in range(8):
        await answers(protocol, wire, *[post(b"x", b"X-Number: %d" % number)] * 2)
        assert len(heads) == min(number + 1, 3) and len(repeating._seen_once) <= 3
    assert b"X-Number: 7\r\n" in list(heads)[-1]


async def test_answer_begins_with_the_date_of_its_second():
    protocol, wire = await introduced(Echo())
    for second in (b"one", b"two"):
        protocol.server_state.default_headers = [(b"date", second)]
        await answers(protocol, wire, post(b"later"))
        assert b"\r\ndate: %b\r\n" % second in b"".join(wire.written[-1:])


async def test_long_answer_is_whole():
    protocol, wire = connect(Echo())
    body = b"x" * 40_000
    assert await answers(protocol, wire, *[post(body)] * 3) == [body] * 3


async def test_server_that_ends_says_so_in_the_answer():
    echo = Echo()
    protocol, wire = await introduced(echo)
    echo.held = asyncio.Event()
    await answers(protocol, wire, post(b"later"))
    protocol.shutdown()
    echo.held.set()
    await settled()
    assert wire.closed and b"connection: close" in b"".join(wire.written)


async def test_each_answer_is_counted():
    protocol, wire = await introduced(Echo())
    await answers(protocol, wire, post(b"later"), post(b"after"))
    assert protocol.server_state.total_requests == 4


async def test_second_answer_is_not_written():
    async def application(scope, receive, send):
        await receive()
        assert scope["mcphub.answer"]([], b"first")
        assert not scope["mcphub.answer"]([], b"again")

    protocol, wire = connect(application)
    assert await answers(protocol, wire, post(b"x")) == [b"first"]


async def test_request_leaves_nothing_for_the_collector():
    """A body that was refused unread would else stay until some later collection."""
    alive = []

    async def application(scope, receive, send):
        alive.append(weakref.ref(protocol.cycle))
        headers = [(b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    protocol, _wire = connect(application)
    gc.collect()
    gc.disable()
    try:
        for _ in range(4):
            protocol.data_received(post(b"x"))
            await settled()
        protocol.cycle = None
        assert len(alive) == 4 and [ref() for ref in alive] == [None] * 4
    finally:
        gc.enable()


async def test_line_break_in_a_header_is_refused():
    async def application(scope, receive, send):
        await receive()
        scope["mcphub.answer"]([(b"x-evil", b"1\r\nx-more: 2")], b"{}")

    protocol, wire = connect(application)
    protocol.data_received(post(b"x"))
    await settled()
    assert b"".join(wire.written).startswith(b"HTTP/1.1 500")
    assert b"x-more" not in b"".join(wire.written)


async def test_slow_reader_is_answered_uvicorns_own_way():
    protocol, wire = await introduced(Echo())
    protocol.pause_writing()
    assert await answers(protocol, wire, post(b"later")) == []
    protocol.resume_writing()
    await settled()
    assert b"x-slow: 1" in b"".join(wire.written)
    assert bodies(b"".join(wire.written))[2:] == [b"later"]


async def test_client_that_left_is_told_to_the_application():
    heard = []

    async def application(scope, receive, send):
        heard.append((await receive())["type"])
        heard.append((await receive())["type"])

    await introduced(Echo())
    protocol, _wire = connect(application)
    protocol.data_received(post(b"later"))
    await settled()
    protocol.connection_lost(None)
    await settled()
    assert heard == ["http.request", "http.disconnect"]


async def test_idle_connection_is_closed_when_its_time_is_over_and_not_before():
    protocol, wire = await introduced(Echo())
    timer = protocol.timeout_keep_alive_task
    await answers(protocol, wire, post(b"later"))
    assert protocol.timeout_keep_alive_task is timer
    protocol.timeout_keep_alive_handler()
    assert not wire.closed and protocol.timeout_keep_alive_task is not timer
    protocol._idle_since -= protocol.timeout_keep_alive
    protocol.data_received(post(b"later")[:20])
    protocol.timeout_keep_alive_handler()
    assert not wire.closed, "a request has begun"
    assert await answers(protocol, wire, post(b"later")[20:]) == [b"later"]
    protocol._idle_since -= protocol.timeout_keep_alive
    protocol.timeout_keep_alive_handler()
    assert wire.closed


async def test_busy_connection_is_not_closed():
    echo = Echo()
    protocol, wire = await introduced(echo)
    echo.held = asyncio.Event()
    await answers(protocol, wire, post(b"later"))
    protocol._idle_since -= 10 * protocol.timeout_keep_alive
    protocol.timeout_keep_alive_handler()
    assert not wire.closed
    echo.held.set()
    await settled()


def later(protocol: RepeatingProtocol, seconds: float) -> None:
    """Have time go by: the connection looks at itself when so many seconds are over."""
    protocol._idle_since -= seconds
    protocol._awaited_since -= seconds
    protocol.timeout_keep_alive_handler()


def late(wire: Wire) -> bool:
    """Return whether the last that was written says that a request was late, and the end came."""
    return wire.written[-1].startswith(b"HTTP/1.1 408 Request Timeout\r\n") and wire.closed


async def test_head_has_its_time_since_its_first_byte_whatever_follows():
    protocol, wire = await introduced(Echo())
    protocol.data_received(b"POST ")
    for _ in range(2):
        later(protocol, 0.4 * arrival.SECONDS)
        protocol.data_received(b"/mcp/")
        assert not wire.closed
    later(protocol, 0.4 * arrival.SECONDS)
    assert late(wire)


async def test_body_has_a_time_of_its_own_whatever_follows():
    protocol, wire = await introduced(Echo())
    head, _, body = post(b"later").partition(b"\r\n\r\n")
    protocol.data_received(head)
    later(protocol, 0.9 * arrival.SECONDS)
    protocol.data_received(b"\r\n\r\n" + body[:1])
    later(protocol, 0.6 * arrival.SECONDS)
    protocol.data_received(body[1:2])
    assert not wire.closed
    later(protocol, 0.6 * arrival.SECONDS)
    assert late(wire) and b'"error"' in wire.written[-1]


async def test_timer_of_an_idle_connection_ends_in_time_for_a_slow_request():
    protocol, wire = await introduced(Echo())
    protocol.timeout_keep_alive = arrival.IDLE_SECONDS
    later(protocol, arrival.SECONDS)
    assert protocol._due > protocol.loop.time() + arrival.SECONDS
    protocol.data_received(b"POST ")
    assert protocol._due <= protocol.loop.time() + arrival.SECONDS and not wire.closed


async def test_known_head_whose_body_is_late_is_told():
    protocol, wire = await introduced(Echo())
    protocol.data_received(post(b"later")[:-1])
    later(protocol, arrival.SECONDS)
    assert late(wire)


async def test_what_was_sent_ahead_has_its_time_when_it_is_waited_for():
    echo = Echo()
    protocol, wire = await introduced(echo)
    echo.held = asyncio.Event()
    await answers(protocol, wire, post(b"later"), post(b"ahead")[:-1])
    for _ in range(3):
        later(protocol, arrival.SECONDS)
        assert not wire.closed
    echo.held.set()
    await settled()
    later(protocol, 0.9 * arrival.SECONDS)
    assert bodies(wire.written[-1]) == [b"later"]
    later(protocol, 0.1 * arrival.SECONDS)
    assert late(wire)


async def test_request_that_is_late_after_its_answer_is_not_answered_again():
    async def application(scope, receive, send):
        scope["mcphub.answer"]([], b"early")

    protocol, wire = connect(application)
    assert await answers(protocol, wire, CHUNKED) == [b"early"]
    later(protocol, arrival.SECONDS)
    assert wire.closed and bodies(b"".join(wire.written)) == [b"early"]


async def test_application_of_a_late_request_hears_that_its_client_is_gone():
    heard = []

    async def application(scope, receive, send):
        heard.append((await receive())["type"])
        heard.append(scope["mcphub.answer"]([], b"too late"))

    protocol, wire = connect(application)
    await answers(protocol, wire, CHUNKED)
    later(protocol, arrival.SECONDS)
    protocol.connection_lost(None)
    await settled()
    assert heard == ["http.disconnect", False] and late(wire)


async def test_connection_on_which_nothing_came_is_closed_sooner_than_an_idle_one():
    protocol, wire = connect(Echo())
    later(protocol, arrival.SECONDS)
    assert wire.closed and wire.written == []


async def test_stopping_hub_waits_for_no_request_that_is_not_whole():
    protocol, wire = connect(Echo())
    await answers(protocol, wire, CHUNKED)
    protocol.shutdown()
    assert wire.closed and wire.written == []


async def test_stopping_hub_lets_a_request_that_is_whole_be_answered():
    echo = Echo()
    protocol, wire = await introduced(echo)
    echo.held = asyncio.Event()
    await answers(protocol, wire, post(b"later"))
    protocol.shutdown()
    assert not wire.closed
    echo.held.set()
    await settled()
    assert wire.closed and b"later" in b"".join(wire.written)


async def test_lost_connection_leaves_no_timer():
    protocol, _wire = await introduced(Echo())
    timer = protocol.timeout_keep_alive_task
    protocol.connection_lost(None)
    assert timer.cancelled() and protocol.timeout_keep_alive_task is None


# --- lines without end ----------------------------------------------------------------------------

BOUND = repeating.MOST_LINES
CHUNKED = b"POST /mcp/demo HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n"


def refused(wire: Wire) -> bool:
    """Return whether the last that was written is the refusal, and the connection closed."""
    head, _, body = wire.written[-1].partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")
    assert b"connection: close" in head.split(b"\r\n")
    assert b"content-length: %d" % len(body) in head.split(b"\r\n")
    return wire.closed


def long_head(size: int) -> bytes:
    """Return a post without a body, of so many bytes."""
    empty = post(b"", b"X-Big: ")
    return empty.replace(b"X-Big: ", b"X-Big: " + b"a" * (size - len(empty)))


@pytest.mark.parametrize("step", [1_000, 60_000, 256 * 1024])
async def test_head_without_end_is_refused_and_the_parser_has_no_more_of_it(parsed, step):
    protocol, wire = connect(echo := Echo())
    endless = b"POST /mcp/demo HTTP/1.1\r\nHost: here\r\nX-Big: " + b"a" * (4 * BOUND)
    for start in range(0, len(endless), step):
        protocol.data_received(endless[start : start + step])
    await settled()
    assert refused(wire) and len(wire.written) == 1 and echo.scopes == []
    assert sum(map(len, parsed)) == BOUND


@pytest.mark.parametrize(
    "text",
    [
        b"POST /mcp/" + b"a" * BOUND,
        b"POST /mcp/demo HTTP/1.1\r\n" + b"X: 1\r\n" * BOUND,
        b"GET /login/?" + b"a" * BOUND,
        b"\r\n" * BOUND,
    ],
    ids=["path", "many headers", "query", "blank lines"],
)
async def test_lines_of_any_kind_have_the_bound(text):
    protocol, wire = connect(Echo())
    protocol.data_received(text)
    await settled()
    assert refused(wire)


async def test_head_may_be_as_long_as_the_bound_and_no_longer():
    protocol, wire = connect(Echo())
    assert await answers(protocol, wire, long_head(BOUND)) == [b""]
    whole = long_head(BOUND - 1)
    assert await answers(protocol, wire, whole[:9], whole[9:]) == [b""]
    assert await answers(protocol, wire, long_head(BOUND + 1)) == [] and refused(wire)


async def test_large_body_is_no_head():
    protocol, wire = await introduced(Echo())
    body = b"x" * (5 * BOUND + 7)
    whole = post(body)
    cut = [whole[start : start + 50_000] for start in range(0, len(whole), 50_000)]
    assert await answers(protocol, wire, whole) == [body]
    assert await answers(protocol, wire, *cut) == [body]
    assert await answers(protocol, wire, whole + whole) == [body, body]


async def test_large_chunked_body_is_no_head():
    protocol, wire = connect(Echo())
    small = b"".join(b"1\r\nx\r\n" for _ in range(BOUND))
    large = b"%x\r\n%b\r\n" % (2 * BOUND, b"y" * (2 * BOUND))
    expected = b"x" * BOUND + b"y" * (2 * BOUND)
    sent = CHUNKED + small + large + b"0\r\nX-Trailer: 1\r\n\r\n"
    assert await answers(protocol, wire, sent) == [expected]
    assert not wire.closed


@pytest.mark.parametrize(
    "lines", [b"0\r\nX-Big: ", b"5;", b"0\r\n"], ids=["trailer", "chunk", "all"]
)
async def test_lines_about_a_chunked_body_have_the_bound(lines):
    protocol, wire = connect(Echo())
    more = b"X: 1\r\n" if lines == b"0\r\n" else b"a"
    assert await answers(protocol, wire, CHUNKED + b"1\r\nx\r\n" + lines, more * BOUND) == []
    assert refused(wire)


async def test_refusal_does_not_cut_into_an_answer_that_is_due():
    echo = Echo()
    protocol, wire = await introduced(echo)
    echo.held, before = asyncio.Event(), len(wire.written)
    protocol.data_received(post(b"later"))
    await settled()
    protocol.data_received(long_head(2 * BOUND))
    assert wire.closed and len(wire.written) == before


async def test_refusal_is_no_second_answer_to_a_request_that_has_one():
    async def application(scope, receive, send):
        scope["mcphub.answer"]([], b"early")

    protocol, wire = connect(application)
    assert await answers(protocol, wire, CHUNKED) == [b"early"]
    protocol.data_received(b"0\r\nX-Big: " + b"a" * BOUND)
    assert wire.closed and bodies(b"".join(wire.written)) == [b"early"]


async def test_what_comes_after_the_refusal_is_dropped(parsed):
    protocol, wire = connect(Echo())
    protocol.data_received(long_head(BOUND + 1))
    protocol.data_received(b"a" * BOUND)
    protocol.data_received(b"a")
    assert refused(wire) and len(wire.written) == 1 and len(parsed) == 1


async def test_known_head_is_answered_without_counting(parsed):
    protocol, wire = await introduced(Echo())
    del parsed[:]
    assert await answers(protocol, wire, *[post(b"later")] * 3) == [b"later"] * 3
    assert parsed == [] and protocol._lines == 0
