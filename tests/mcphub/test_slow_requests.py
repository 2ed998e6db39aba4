"""serving/: requests that do not arrive end, others are served; peers and descriptors that are gone."""

import json

import pytest

from mcphub.serving import arrival
from tests import hurried
from tests.hub import META, STATELESS
from tests.live import LiveHub, final, serving
from tests.live_client import Client, until
from tests.slow_client import Slow, drip

SLUG = "hurried"


@pytest.fixture(scope="module", params=["daphne", "uvicorn"])
def hub(request, prepared, tmp_path_factory):
    """A hub where a request has seconds to arrive, once with each server."""
    yield from serving(
        prepared, tmp_path_factory.mktemp("slow") / "data", request.param, hurried, SLUG
    )


@pytest.fixture(params=["daphne", "uvicorn"])
def own_hub(request, prepared, tmp_path):
    """One that a test may change and stop."""
    yield from serving(prepared, tmp_path / "data", request.param, hurried, SLUG)


def do(hub: LiveHub, tool: str, **arguments):
    """Call one of the hub's own tools, and return what it says."""
    result = hub.call(SLUG, tool, arguments, token=hub.environ["TOKEN"])
    return result["structuredContent"]["result"]


def is_served(hub: LiveHub) -> bool:
    """Make a call as others do."""
    return hub.call("demo", "add", {"a": 2, "b": 3})["structuredContent"] == {"result": 5}


# --- requests -------------------------------------------------------------------------------------


def head(*lines: bytes, first: bytes = b"POST /mcp/demo HTTP/1.1") -> bytes:
    """Return a head whose body is JSON."""
    about = (b"Host: 127.0.0.1", b"Content-Type: application/json")
    return b"\r\n".join((first, *about, *lines, b"", b""))


def call(tool: str = "add", slug: str = "demo", token: str = "", **arguments) -> bytes:
    """Return a whole call on a connection that is kept."""
    meta = {f"{META}protocolVersion": STATELESS, f"{META}clientCapabilities": {}}
    params = {"name": tool, "arguments": arguments or {"a": 2, "b": 3}, "_meta": meta}
    asked = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    body = json.dumps(asked).encode()
    lines = [b"Accept: application/json", b"MCP-Protocol-Version: " + STATELESS.encode()]
    lines += [b"Mcp-Method: tools/call", b"Mcp-Name: " + tool.encode()]
    if token:
        lines.append(b"Authorization: Bearer " + token.encode())
    lines.append(b"Content-Length: %d" % len(body))
    return head(*lines, first=b"POST /mcp/%b HTTP/1.1" % slug.encode()) + body


ANNOUNCED = b"Content-Length: 1000"
CHUNKED = b"Transfer-Encoding: chunked"
LATE_HEADS = {
    "a line that began": Slow(b"GET /", b"a"),
    "a header without end": Slow(b"POST /mcp/demo HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ", b"a"),
    "header after header": Slow(b"POST /mcp/demo HTTP/1.1\r\nHost: 127.0.0.1\r\n", b"X: a\r\n"),
    "silence within a head": Slow(b"POST /mcp/demo HTTP/1.1\r\nHost"),
    "an older version": Slow(b"GET /login/ HTTP/1.0\r\nX: ", b"a"),
}
LATE_BODIES = {
    "a body in drips": Slow(head(ANNOUNCED) + b"{", b" "),
    "silence after a head": Slow(head(ANNOUNCED)),
    "chunks in drips": Slow(head(CHUNKED), b"1\r\n \r\n"),
    "a chunk in drips": Slow(head(CHUNKED) + b"400\r\n", b" "),
    "chunks without an end": Slow(head(CHUNKED) + b"2\r\n{}\r\n"),
    "trailers in drips": Slow(head(CHUNKED) + b"2\r\n{}\r\n0\r\n", b"X: a\r\n"),
    "silence after 100": Slow(head(ANNOUNCED, b"Expect: 100-continue")),
    "drips after 100": Slow(head(ANNOUNCED, b"Expect: 100-continue"), b" "),
    "an older version": Slow(head(ANNOUNCED, first=b"POST /mcp/demo HTTP/1.0"), b" "),
    "a whole address": Slow(
        head(ANNOUNCED, first=b"POST http://127.0.0.1/mcp/demo HTTP/1.1"), b" "
    ),
}
LATE_FORMS = {
    "a form in drips": Slow(
        b"POST /login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n\r\na=",
        b"a",
    ),
    "a token's form in drips": Slow(
        b"POST /oauth/token HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n\r\na=",
        b"a",
    ),
}
AFTER_AN_ANSWER = {
    "a head": Slow(call() + b"POST /mcp/", b"a"),
    "a body": Slow(call() + head(ANNOUNCED), b" "),
    "a head that is known": Slow(call() * 3 + call()[:-5], b""),
}
NOTHING = {"silence": Slow(b""), "blank lines": Slow(b"", b"\r\n")}
ROWS = (LATE_HEADS, LATE_BODIES, LATE_FORMS, AFTER_AN_ANSWER, NOTHING)


@pytest.fixture(scope="module")
def late(hub):
    """Every slow connection of ROWS, all at once, as the hub has ended them; others were served."""
    rows = [{name: Slow(one.sent, one.drip) for name, one in row.items()} for row in ROWS]
    every = [slow.open(hub) for row in rows for slow in row.values()]
    assert is_served(hub)
    drip(every)
    assert is_served(hub)
    return rows


@pytest.mark.parametrize("name", LATE_HEADS)
def test_head_that_does_not_arrive_is_told_and_ended(late, name):
    [(status, headers, body)] = late[0][name].answers
    assert status == 408 and headers[b"connection"] == b"close"
    assert headers[b"content-type"].startswith(b"text/plain") and body == arrival.TOO_SLOW.encode()


@pytest.mark.parametrize("name", LATE_BODIES)
def test_body_that_does_not_arrive_is_told_as_the_protocol_does(late, name):
    [*interim, (status, headers, body)] = late[1][name].answers
    assert status == 408 and headers[b"connection"] == b"close"
    assert headers[b"content-type"] == b"application/json"
    assert json.loads(body)["error"] == {"code": -32600, "message": arrival.TOO_SLOW}
    assert [each[0] for each in interim] == [100] * ("100" in name)


@pytest.mark.parametrize("name", LATE_FORMS)
def test_form_that_does_not_arrive_is_told_and_ended(late, name):
    [(status, headers, body)] = late[2][name].answers
    assert status == 408 and headers[b"content-type"].startswith(b"text/plain")
    assert body == arrival.TOO_SLOW.encode()


@pytest.mark.parametrize("name", AFTER_AN_ANSWER)
def test_request_that_does_not_arrive_after_others_is_told_after_their_answers(late, name):
    *before, last = late[3][name].statuses
    assert set(before) == {200} and last == 408


def test_connection_on_which_nothing_came_is_closed_without_a_word(late):
    assert late[4]["silence"].received == b""


def test_blank_lines_are_no_request(late):
    assert late[4]["blank lines"].statuses in ([], [400])


def test_kept_connection_may_be_idle_for_longer(hub):
    with Slow(call()).open(hub).until(b'"result":5') as idle:
        drip([Slow(b"PO").open(hub)])  # has had its time from later on
        idle.received = b""
        idle.send(call()).until(b'"result":5')


def test_answer_that_takes_longer_is_not_cut_by_what_was_sent_ahead(hub):
    waits = call("linger", SLUG, hub.environ["TOKEN"], unused=1).replace(b'{"unused": 1}', b"{}")
    length = b"Content-Length: %d" % len(waits.partition(b"\r\n\r\n")[2])
    named, _, rest = waits.partition(b"Content-Length: ")
    slow = Slow(named + length + b"\r\n" + rest.partition(b"\r\n")[2] + b"POST /mcp/", b"a")
    drip([slow.open(hub)])
    assert slow.statuses == [200, 408] and b'"done"' in slow.received


def test_refusal_that_came_early_is_the_only_one(hub):
    slow = Slow(head(b"Content-Length: 9000000"), b" ").open(hub)
    drip([slow])
    assert slow.statuses == [413]


def test_challenge_is_not_followed_by_another_answer(hub):
    slow = Slow(head(ANNOUNCED, first=b"POST /mcp/demo-private HTTP/1.1"), b" ").open(hub)
    drip([slow])
    assert slow.statuses in ([401], [408])


def test_refused_body_is_not_asked_for(hub):
    slow = Slow(head(b"Content-Length: 9000000", b"Expect: 100-continue")).open(hub)
    drip([slow])
    assert slow.statuses == [413]


def test_body_that_flows_arrives(hub):
    """4 MiB less a little, in pieces."""
    body = b'{"jsonrpc":"2.0","id":1,"method":"nothing"' + b" " * (4 * 1024 * 1024 - 100) + b"}"
    slow = Slow(head(b"Connection: close", b"Content-Length: %d" % len(body))).open(hub)
    for begin in range(0, len(body), 100_000):
        slow.send(body[begin : begin + 100_000])
    drip([slow])
    assert slow.statuses == [400] and b"Mcp-Session-Id" in slow.received


def test_many_slow_connections_stop_nobody(hub):
    row = [
        Slow(head(ANNOUNCED) if number % 2 else b"POST /mcp/demo", b"a") for number in range(300)
    ]
    for slow in row:
        slow.open(hub)
    assert all(is_served(hub) for _ in range(20))
    drip(row)
    assert {status for slow in row for status in slow.statuses} == {408}


# --- what is odd but no mistake ------------------------------------------------------------------


CLOSE = b"Connection: close"
CHUNKS = b"2\r\n{}\r\n0\r\n\r\n"


def page(first: bytes, *lines: bytes) -> bytes:
    """Return a request without a body."""
    return b"\r\n".join((first, *lines, b"Host: 127.0.0.1", CLOSE, b"", b""))


def addressed(target: bytes) -> bytes:
    """Return a whole call with another target."""
    return call().replace(b"/mcp/demo HTTP/1.1", target + b" HTTP/1.1\r\n" + CLOSE, 1)


ODD = {
    "both lengths": (head(CHUNKED, b"Content-Length: 2", CLOSE) + CHUNKS, {400}),
    "both, turned": (head(b"Content-Length: 2", CHUNKED, CLOSE) + CHUNKS, {400}),
    "two lengths": (head(b"Content-Length: 2", b"Content-Length: 3", CLOSE) + b"{} ", {400}),
    "no length": (head(b"Content-Length: -2", CLOSE) + b"{}", {400}),
    "two codings": (head(b"Transfer-Encoding: gzip, chunked", CLOSE) + CHUNKS, {400}),
    "1.0": (head(b"Content-Length: 2", first=b"POST /mcp/demo HTTP/1.0") + b"{}", {400}),
    "1.0, a page": (page(b"GET /login/ HTTP/1.0"), {200}),
    "1.0, no host": (b"GET /login/ HTTP/1.0\r\n\r\n", {200, 400}),
    "whole address": (addressed(b"http://127.0.0.1/mcp/demo"), {200}),
    "WHOLE address": (addressed(b"HTTP://127.0.0.1:8/mcp/demo"), {200}),
    "of a page": (page(b"GET http://127.0.0.1/login/ HTTP/1.1"), {200}),
    "without a path": (page(b"GET http://127.0.0.1 HTTP/1.1"), {200, 400}),
    "of no target": (page(b"OPTIONS * HTTP/1.1"), {400, 404}),
    "a tunnel": (page(b"CONNECT 127.0.0.1:80 HTTP/1.1"), {400, 404}),
    "an upgrade": (page(b"GET /login/ HTTP/1.1", b"Upgrade: x"), {200}),
    "more than asked": (page(b"GET /login/ HTTP/1.1", b"Expect: 100-continue"), {200}),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_request_is_answered(hub, name):
    text, statuses = ODD[name]
    slow = Slow(text).open(hub)
    drip([slow])
    *interim, last = slow.statuses
    assert last in statuses and set(interim) <= {100}


def test_head_of_exactly_the_bound_is_served(hub):
    """daphne takes 16 KiB of lines, uvicorn 64 KiB less a byte."""
    bound = 16_384 if hub.environ["SERVER"] == "daphne" else 64 * 1024 - 1
    whole = call()
    text, _, body = whole.partition(b"\r\n\r\n")
    lines = text + b"".join(b"\r\nX-%d: %b" % (number, b"a" * 990) for number in range(200))
    ends = b"\r\n" if hub.environ["SERVER"] == "uvicorn" else b""
    size = len if ends else (lambda head: len(head.replace(b"\r\n", b"")))
    while size(lines) > bound - 1_100:
        lines = lines[: lines.rindex(b"\r\nX-")]
    room = bound - size(lines) - size(b"\r\nX: ") - 2 * len(ends)
    exact = lines + b"\r\nX: " + b"a" * room
    with Slow(exact + b"\r\n\r\n" + body).open(hub) as slow:
        slow.until(b"HTTP/1.1 200")
    over = Slow(exact + b"aa\r\n\r\n" + body).open(hub)
    drip([over])
    assert over.statuses in ([400], [431])


# --- stopping, and the end of what a system has -------------------------------------------------


def test_hub_with_slow_requests_stops_in_order(own_hub):
    row = [Slow(head(ANNOUNCED)).open(own_hub), Slow(b"PO").open(own_hub), Slow(b"").open(own_hub)]
    assert is_served(own_hub)
    assert own_hub.stop() == 0
    drip(row)


def flood(hub: LiveHub) -> list[Slow]:
    """Open more connections than there are descriptors."""
    return [Slow(b"").open(hub) for _ in range(3 * hurried.ROOM)]


def test_connections_that_would_take_the_last_descriptors_are_turned_away(own_hub, tmp_path):
    with Slow(call()).open(own_hub).until(b'"result":5') as kept:
        do(own_hub, "narrow", keep_back=30)
        drip(flood(own_hub))
        for _ in range(3):
            kept.received = b""
            kept.send(call()).until(b'"result":5')
    assert is_served(own_hub)
    log = (tmp_path / "data" / "log").read_text()
    assert log.count("connections are turned away") == 1 and "Traceback" not in log


def test_connections_beyond_all_descriptors_end_nothing(own_hub):
    """None is kept back, so that accepting fails."""
    with Slow(call()).open(own_hub).until(b'"result":5') as kept:
        do(own_hub, "narrow", keep_back=0)
        row = flood(own_hub)
        for _ in range(3):
            kept.received = b""
            kept.send(call()).until(b'"result":5')
    drip(row)
    assert is_served(own_hub)


# --- peers that are gone ------------------------------------------------------------------------


def test_peer_that_never_has_room_is_given_up(own_hub):
    """The client is there, but reads nothing of what is poured out for it."""
    assert do(own_hub, "hurry_peers") >= 1
    full = Client(own_hub, SLUG, own_hub.environ["TOKEN"], "2025-11-25").call("pour")
    until(own_hub, 1)
    until(own_hub, 0)
    full.leave()


def test_stream_whose_peer_is_there_and_quiet_is_kept(own_hub):
    do(own_hub, "hurry_peers")
    token = own_hub.environ["TOKEN"]
    quiet = own_hub.open(SLUG, "tools/call", {"name": "linger", "arguments": {}}, token=token)
    assert final(quiet)["result"]["structuredContent"] == {"result": "done"}
