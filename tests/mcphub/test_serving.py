"""serving/, launching.py, first_start.py: the hub as a process, with daphne and with uvicorn."""

import contextlib
import http.client
import json
import shutil
import socket
from http.client import HTTPConnection

import pytest

from tests.hub import META, STATELESS
from tests.live import LiveHub, end, events, final, free_port, start

MEBIBYTE = 1024 * 1024


def request(hub: LiveHub, text: bytes) -> bytes:
    """Send bytes as they are, and return all that comes back."""
    with socket.create_connection(("127.0.0.1", hub.port), timeout=20) as sock:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            sock.sendall(text)
        received = b""
        with contextlib.suppress(ConnectionResetError):
            while piece := sock.recv(65_536):
                received += piece
        return received


def test_demo_is_served(live_hub):
    assert live_hub.call("demo", "add", {"a": 2, "b": 3})["structuredContent"] == {"result": 5}


def test_private_demo_needs_a_token(live_hub):
    answer = live_hub.open("demo-private", "tools/list", {})
    assert answer.status == 401 and "resource_metadata=" in answer.headers["www-authenticate"]
    answer.read()
    token = live_hub.token("demo-private")
    result = live_hub.call("demo-private", "add", {"a": 2, "b": 3}, token=token)
    assert result["structuredContent"] == {"result": 5}


def test_progress_comes_while_the_tool_runs(live_hub):
    params = {"name": "slow", "arguments": {"steps": 3}}
    answer = live_hub.open("demo", "tools/call", params, progress="p")
    first = answer.readline() + answer.readline() + answer.readline()
    assert b'"progress":1' in first
    told = [json.loads(data) for data in events(first + answer.read())]
    assert [each["params"]["progress"] for each in told[:-1]] == [1, 2, 3]
    assert told[-1]["result"]["content"][0]["text"] == "3 steps done"


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics", "/login/"])
def test_pages_are_served_beside(live_hub, path):
    assert _status(live_hub, "GET", path) == 200


@pytest.mark.parametrize("path", ["/mcp/", "/mcp/Demo", "/mcp/demo/x", "/mcp/-x", "/nothing"])
def test_other_addresses_are_not_found(live_hub, path):
    assert _status(live_hub, "POST", path) in {403, 404}


def _status(hub: LiveHub, verb: str, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", hub.port, timeout=20)
    with contextlib.closing(connection):
        connection.request(verb, path, headers={"content-type": "application/json"})
        return connection.getresponse().status


def refusal(hub, data: bytes) -> bytes:
    """Send the beginning of a request and return the first bytes of the answer to it."""
    with socket.create_connection(("127.0.0.1", hub.port), timeout=20) as connection:
        connection.sendall(data)
        return connection.recv(65_536)


HEAD = b"POST /mcp/demo HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"


def test_large_body_is_refused_by_its_announced_size(live_hub):
    announced = b"Content-Length: %d\r\n\r\n" % (5 * MEBIBYTE)
    assert refusal(live_hub, HEAD + announced + b"x" * 1000).startswith(b"HTTP/1.1 413")


def test_large_body_is_refused_before_any_of_it_came(live_hub):
    announced = b"Content-Length: %d\r\n\r\n" % (5 * MEBIBYTE)
    assert refusal(live_hub, HEAD + announced).startswith(b"HTTP/1.1 413")


def test_large_body_is_refused_while_it_comes_in_chunks(live_hub):
    chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    endless = HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 80
    assert refusal(live_hub, endless).startswith(b"HTTP/1.1 413")


def test_client_that_sends_all_before_it_reads_sees_the_refusal(live_hub):
    body = b"x" * (6 * MEBIBYTE)
    connection = HTTPConnection("127.0.0.1", live_hub.port, timeout=20)
    connection.request("POST", "/mcp/demo", body, {"Content-Type": "application/json"})
    assert connection.getresponse().status == 413
    connection.close()


def test_head_without_end_is_refused_and_others_are_served_meanwhile(live_hub):
    """daphne closes without a word at a line of 16 KiB, uvicorn says why at 64 KiB of head."""
    with socket.create_connection(("127.0.0.1", live_hub.port), timeout=20) as sock:
        sock.sendall(HEAD + b"X-Big: " + b"a" * 8_000)
        assert live_hub.call("demo", "echo", {"text": "meanwhile"})["isError"] is False
        with pytest.raises(OSError):  # reset or broken, as it comes
            for _ in range(40):
                sock.sendall(b"a" * MEBIBYTE)
        received = b""
        with contextlib.suppress(ConnectionResetError):
            received = sock.recv(65_536)
    by_uvicorn = live_hub.environ["SERVER"] == "uvicorn"
    assert received.startswith(b"HTTP/1.1 431 ") if by_uvicorn else received == b""
    assert live_hub.call("demo", "echo", {"text": "still here"})["isError"] is False


def test_many_headers_are_refused(live_hub):
    answer = request(live_hub, HEAD + b"X-Some: of many\r\n" * 4_000)
    status = b"431" if live_hub.environ["SERVER"] == "uvicorn" else b"400"
    assert answer.startswith(b"HTTP/1.1 " + status)


def test_chunked_body_is_read(live_hub):
    body = b'{"jsonrpc":"2.0","id":1,"method":"nothing"}'
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
    answer = request(
        live_hub, HEAD + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks
    )
    assert answer.startswith(b"HTTP/1.1 400") and b"Mcp-Session-Id" in answer


@pytest.mark.behaviour("E8")
def test_names_of_headers_may_be_written_in_any_case(live_hub):
    meta = {f"{META}protocolVersion": STATELESS, f"{META}clientCapabilities": {}}
    asked = {"jsonrpc": "2.0", "id": 1, "method": "server/discover", "params": {"_meta": meta}}
    body = json.dumps(asked).encode()
    more = b"MCP-PROTOCOL-VERSION:  2026-07-28 \r\nmCp-mEtHoD:\tserver/discover\r\n"
    length = b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
    assert request(live_hub, HEAD + more + length + body).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (b"Host: evil.example", b"403"),
        (b"Host: 127.0.0.1\r\nOrigin: https://evil.example", b"403"),
        (b"Host: 127.0.0.1\r\nMcp-Method: a\r\nMcp-Method: b", b"400"),
    ],
)
def test_guards_stand_before_both_servers(live_hub, header, status):
    body = b"Content-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
    answer = request(live_hub, b"POST /mcp/demo HTTP/1.1\r\n" + header + b"\r\n" + body)
    assert answer.startswith(b"HTTP/1.1 " + status)


@pytest.mark.parametrize(
    "text",
    [
        b"\x00\xff\r\n\r\n",
        b"GET\r\n\r\n",
        b"POST /mcp/demo HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"x" * 200_000 + b"\r\n\r\n",
    ],
)
def test_what_is_no_http_ends_nothing(live_hub, text):
    with (
        socket.create_connection(("127.0.0.1", live_hub.port), timeout=20) as sock,
        contextlib.suppress(OSError),
    ):
        sock.sendall(text)
        sock.shutdown(socket.SHUT_WR)
        sock.recv(1000)
    assert live_hub.call("demo", "echo", {"text": "still here"})["isError"] is False


def test_second_start_makes_no_second_admin_or_demo(live_hub):
    listed = live_hub.manage(
        "shell",
        "--no-imports",
        "-c",
        "from accounts.models import User; from servers.models import Server; "
        "print(User.objects.count(), Server.objects.count())",
    )
    assert listed.split() == ["1", "2"]


# --- the end --------------------------------------------------------------------------------------


def test_idle_hub_is_gone_when_told_to_stop(mortal_hub):
    assert mortal_hub.stop() == 0


def test_open_stream_is_ended_whole_when_the_hub_stops(mortal_hub):
    params = {"name": "slow", "arguments": {"steps": 100}}
    answer = mortal_hub.open("demo", "tools/call", params, progress=1)
    assert answer.readline() == b"event: message\n"
    assert mortal_hub.stop() == 0
    told = [json.loads(data) for data in events(b"event: message\n" + answer.read())]
    assert told[0]["params"]["progress"] == 1
    assert told[-1]["id"] == 1 and told[-1]["result"]["isError"] is True
    assert "restarting" in told[-1]["result"]["content"][0]["text"]
    assert mortal_hub.manage("audit_verify") is not None
    exported = mortal_hub.manage("audit_export", "--format", "jsonl").splitlines()
    calls = [row for row in map(json.loads, exported) if row.get("kind") == "call"]
    assert [row["outcome"] for row in calls] == ["cancelled"]


def test_running_call_may_end_when_the_hub_stops(mortal_hub):
    params = {"name": "slow", "arguments": {"steps": 5}}
    answer = mortal_hub.open("demo", "tools/call", params, progress=1)
    assert answer.readline() == b"event: message\n"
    assert mortal_hub.stop() == 0
    rest = b"event: message\n" + answer.read()
    last = json.loads(events(rest)[-1])
    assert last["result"]["content"][0]["text"] == "5 steps done"


def test_tools_of_ones_own_are_published(tmp_path):
    file = tmp_path / "my_weather.py"
    file.write_text(
        "from mcphub import tool\n\n@tool(read_only=True)\ndef sun() -> str:\n    return 'shines'\n"
    )
    folder = tmp_path / "data"
    folder.mkdir()
    hub = start(folder, "daphne", MCPHUB_TOOLS=str(file))
    try:
        token = hub.token("my-weather")
        assert hub.call("my-weather", "sun", {}, token=token)["content"][0]["text"] == "shines"
    finally:
        end(hub)


@pytest.mark.parametrize("server", ["daphne", "uvicorn"])
def test_hub_that_listens_on_ipv6_knows_ipv4_proxies_and_whom_they_speak_for(
    prepared, tmp_path, server
):
    folder = tmp_path / "data"
    shutil.copytree(prepared, folder)
    hub = start(folder, server, HOST="::", MCPHUB_TRUSTED_PROXIES="127.0.0.1")
    try:
        assert issuer_behind("127.0.0.1", hub.port) == f"https://localhost:{hub.port}"
        assert issuer_behind("::1", hub.port) == f"http://localhost:{hub.port}"
    finally:
        end(hub)


def issuer_behind(peer, port):
    """Return what the hub calls itself to a client whose proxy connects from this address."""
    connection = HTTPConnection(peer, port, timeout=20)
    headers = {"Host": f"localhost:{port}", "X-Forwarded-Proto": "https"}
    connection.request("GET", "/.well-known/oauth-authorization-server", headers=headers)
    issuer = json.loads(connection.getresponse().read())["issuer"]
    connection.close()
    return issuer


def test_taken_port_is_told_in_one_line(tmp_path):
    with socket.create_server(("127.0.0.1", free_port())) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(AssertionError) as told:
            start(tmp_path, "daphne", PORT=str(port))
    line = f"mcphub: cannot listen on 127.0.0.1:{port}: Address already in use. "
    assert str(told.value) == f"{line}Stop what is there, or choose another PORT.\n"


def test_final_message_is_read_from_both_forms(live_hub):
    assert final(live_hub.open("demo", "server/discover", {}))["result"]["resultType"] == "complete"
