"""The runner of the conformance suite: what its relay passes on, and what counts as passed."""

import asyncio
import contextlib
import json

import pytest

from tests.conformance import report
from tests.conformance.relay import Relay
from tests.conformance.verdicts import Verdict, verdict
from tests.person import Person, Stuck

OPENING = (
    b'{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25"}}'
)
MINE = b"127.0.0.1:1"


def rewritten(lines, body=b"", **options):
    relay = Relay("http://127.0.0.1:9/mcp/x", **options)
    head = b"\r\n".join([b"POST /mcp/x HTTP/1.1", *lines])
    made, _, sent = relay.rewritten(head, body, MINE).partition(b"\r\n\r\n")
    return made.split(b"\r\n"), sent


# --- the relay ------------------------------------------------------------------------------------


def test_own_name_becomes_the_server_s():
    lines, _ = rewritten([b"Host: " + MINE, b"Origin: http://" + MINE])
    assert lines[1:] == [
        b"host: 127.0.0.1:9",
        b"origin: http://127.0.0.1:9",
        b"connection: close",
    ]


def test_foreign_names_and_odd_headers_pass_byte_for_byte():
    odd = [
        b"Host: evil.example.com",
        b"ORIGIN:http://evil.example.com",
        b"MCP-Name:   padded  ",
        b"mcp-protocol-version: 1",
    ]
    body = b'[ {"jsonrpc":"2.0","method":"ping"}]'
    lines, sent = rewritten([*odd, b"Connection: keep-alive"], body, revision="2025-06-18")
    assert lines[1:-2] == odd and sent == body
    assert lines[-2:] == [b"content-length: 36", b"connection: close"]


def test_session_is_opened_with_the_revision_under_test():
    said = [b"mcp-protocol-version: 2025-11-25", b"content-length: 86"]
    lines, sent = rewritten(said, OPENING, revision="2025-03-26")
    assert json.loads(sent)["params"] == {"protocolVersion": "2025-03-26"}
    assert lines[1:-1] == [
        b"mcp-protocol-version: 2025-03-26",
        b"content-length: %d" % len(sent),
    ]


@pytest.mark.parametrize(
    "body", [OPENING, b"{}", b"3", b"", b"no JSON", b'{"method":"initialize"}']
)
def test_without_a_revision_and_where_nothing_is_opened_the_body_stays(body):
    revision = "" if body == OPENING else "2025-06-18"
    assert rewritten([], body, revision=revision)[1] == body


def test_token_is_added_but_never_in_place_of_another():
    assert b"authorization: Bearer secret" in rewritten([], token="secret")[0]
    lines, _ = rewritten([b"Authorization: Bearer own"], token="secret")
    assert lines[1:-1] == [b"Authorization: Bearer own"]


@contextlib.asynccontextmanager
async def server(answer):
    """A server that gives what `answer` writes to each request; yields its URL and what it heard."""
    heard, left = [], asyncio.Event()

    async def serve(reader, writer):
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        await answer(reader, writer)
        writer.close()
        left.set()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/mcp/x", heard, left


async def ask(url, request):
    """Connect to a relay and send a request."""
    port = int(url.split(":")[2].partition("/")[0])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    return reader, writer


async def test_chunked_request_is_passed_whole_and_the_answer_as_it_comes():
    go_on = asyncio.Event()

    async def answer(reader, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nX-Y: z\r\n\r\n")
        writer.write(await reader.readexactly(11))
        await go_on.wait()
        writer.write(b" end")

    async with server(answer) as (url, heard, _), Relay(url).running() as relay:
        chunked = b"POST /mcp/x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        reader, writer = await ask(relay, chunked + b"6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        assert head == b"HTTP/1.1 200 OK\r\nX-Y: z\r\nconnection: close\r\n\r\n"
        assert await reader.readexactly(11) == b"hello world"
        go_on.set()
        assert await reader.read() == b" end"
        writer.close()
    assert b"content-length: 11\r\n" in heard[0] and b"chunked" not in heard[0]


async def test_client_that_leaves_is_seen_by_the_server():
    async def answer(reader, writer):
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        assert await reader.read() == b""

    async with server(answer) as (url, _, left), Relay(url).running() as relay:
        reader, writer = await ask(relay, b"GET /mcp/x HTTP/1.1\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        writer.close()
        await asyncio.wait_for(left.wait(), 20)


async def test_server_that_is_away_is_a_closed_connection():
    async with Relay("http://127.0.0.1:9/mcp/x").running() as relay:
        reader, writer = await ask(relay, b"GET /mcp/x HTTP/1.1\r\n\r\n")
        assert await reader.read() == b""
        writer.close()


# --- verdicts -------------------------------------------------------------------------------------


@pytest.fixture
def judged(tmp_path):
    """Judge a scenario `ping` that left these checks, by id and status."""

    def judge(*checks, log=""):
        if checks:
            folder = tmp_path / "server-ping-2026-01-01T00-00-00-000Z"
            folder.mkdir()
            rows = [
                {"id": name, "status": status, "errorMessage": "why"} for name, status in checks
            ]
            (folder / "checks.json").write_text(json.dumps(rows))
        return verdict("ping", tmp_path, log)

    return judge


WIRE = ("wire-schema-valid", "SUCCESS")


def test_scenario_passes_by_a_check_of_its_own(judged):
    found = judged(("ping", "SUCCESS"), WIRE, ("ping-more", "SKIPPED"), ("ping-told", "INFO"))
    assert found.passed and found.checks == {"SUCCESS": 2, "SKIPPED": 1, "INFO": 1}


@pytest.mark.parametrize("status", ["FAILURE", "WARNING"])
def test_warnings_count_as_failures(judged, status):
    found = judged(("ping", "SUCCESS"), ("ping-id", status), WIRE)
    assert found.problems == [f"{status.lower()} ping-id: why"]


@pytest.mark.parametrize(("status", "passed"), [("WARNING", True), ("FAILURE", False)])
def test_warning_that_is_expected_is_no_failure(tmp_path, status, passed):
    folder = tmp_path / "authorization-server-ping-2026-01-01T00-00-00-000Z"
    folder.mkdir()
    rows = [{"id": "ping", "status": "SUCCESS"}, {"id": "known", "status": status}]
    (folder / "checks.json").write_text(json.dumps(rows))
    kind, expected = "authorization-server", frozenset({"known"})
    assert verdict("ping", tmp_path, "", kind, expected).passed is passed
    assert not verdict("ping", tmp_path, "", kind).passed
    assert not verdict("ping", tmp_path, "").passed


@pytest.mark.parametrize("checks", [[WIRE], [WIRE, ("ping", "SKIPPED")], [("ping", "INFO")]])
def test_scenario_that_tested_nothing_did_not_pass(judged, checks):
    assert judged(*checks).problems == ["nothing was tested"]


@pytest.mark.parametrize(
    ("log", "reason"),
    [
        ("x\n\x1b[31mFailed to run scenario ping: no route\x1b[0m\ny", "ping: no route"),
        ("Server test error: no route\n", "Server test error: no route"),
        ("Failed to run scenario ping-pong: no\nlast", "last"),
        ("", ""),
    ],
)
def test_scenario_without_a_result_failed_for_a_reason(judged, log, reason):
    (problem,) = judged(log=log).problems
    assert problem.startswith("no result: ") and problem.endswith(reason)


def test_another_scenario_s_result_is_not_taken(judged, tmp_path):
    (tmp_path / "server-ping-pong-2026-01-01T00-00-00-000Z").mkdir()
    other = tmp_path / "server-ping-pong-2026-01-01T00-00-00-000Z" / "checks.json"
    other.write_text('[{"id": "x", "status": "SUCCESS"}]')
    assert not judged().passed


# --- the report -----------------------------------------------------------------------------------

PASSED, FAILED = Verdict("a", {"SUCCESS": 1}), Verdict("b", {}, ["failure b: why"])


def test_lines_name_what_failed(capsys):
    report.show("2025-11-25", [PASSED, FAILED])
    assert capsys.readouterr().out == "2025-11-25 1/2\n  b: failure b: why\n"


@pytest.mark.parametrize(
    ("findings", "good"),
    [
        ({"x": {"2025-11-25": [PASSED]}}, True),
        ({"x": {"2025-11-25": [PASSED]}, "y": {"2025-11-25": [FAILED]}}, False),
        ({"x": {"2025-11-25": []}}, False),
        ({}, False),
    ],
)
def test_all_must_pass_and_something_must_have_run(findings, good):
    assert report.good(findings) is good


def test_report_is_written_as_json(tmp_path):
    path = report.write({"x": {"2025-11-25": [PASSED, FAILED]}}, tmp_path / "out")
    told = json.loads(path.read_text())["servers"]["x"]["2025-11-25"]
    assert (path.name, told["passed"], told["total"]) == ("conformance.json", 1, 2)
    assert told["scenarios"][1] == {
        "scenario": "b",
        "passed": False,
        "checks": {},
        "problems": ["failure b: why"],
    }


# --- the person -----------------------------------------------------------------------------------

HUB = "http://127.0.0.1:9"
BACK = "http://127.0.0.1:3000/callback?code=x"
LOGIN = """<h1>Log in</h1><form method="post"><input type="hidden" name="csrf" value="1">
<input name="username"><input name="password" type="password"><button>Log in</button></form>"""
CONSENT = """<form action="/other"><button>Log out</button></form>
<form action="/authorize?x" method="post"><input type="hidden" name="csrf" value="2">
<input type="radio" name="server" value="a"><input type="radio" name="server" value="b" checked>
<input type="checkbox" name="scopes" value="mcp:read" checked>
<input type="checkbox" name="scopes" value="mcp:write">
<button name="answer" value="no">Deny</button>
<button name="answer" value="yes"> <b>Allow</b>
</button></form>"""


@pytest.fixture
def browse(monkeypatch):
    """Let a person find these pages, in order; return where it ends, and what it sent."""

    def browse(*pages, button="Allow"):
        sent, left = [], list(pages)

        def open_(self, url, body=None):
            sent.append((url, body.decode() if body else ""))
            page = left.pop(0)
            return (page, "") if page.startswith("http") else (url, page)

        monkeypatch.setattr(Person, "_open", open_)
        return Person(HUB, "admin", "p&w").answer(f"{HUB}/authorize?y", button), sent

    return browse


def test_person_logs_in_and_allows_what_the_form_has(browse):
    end, sent = browse(LOGIN, CONSENT, BACK)
    assert end == BACK
    assert sent[1] == (f"{HUB}/authorize?y", "csrf=1&username=admin&password=p%26w")
    allowed = "csrf=2&server=b&scopes=mcp%3Aread&answer=yes"
    assert sent[2] == (f"{HUB}/authorize?x", allowed)


def test_person_denies_too(browse):
    _, sent = browse(CONSENT, BACK, button="Deny")
    assert sent[-1][1].endswith("answer=no")


@pytest.mark.parametrize("page", ["<p>Unknown client</p>", "<form><button>Other</button></form>"])
def test_person_says_where_it_got_stuck(browse, page):
    with pytest.raises(Stuck, match=f"^{HUB}/authorize, which says: (Unknown client|Other)$"):
        browse(page)


def test_person_does_not_log_in_for_ever(browse):
    with pytest.raises(Stuck, match="Log in"):
        browse(*[LOGIN] * 20)
