"""Fetching what a stranger named, against a live server on loopback.

The fetcher is told to take that server's address for public, to trust its authority and to resolve by
a table; what it does with them is what it does in life.
"""

import socket
import threading
from collections.abc import Iterator

import pytest

from accounts.errors import AddressRefused, FetchFailed, OutboundError
from accounts.outbound import resolving
from accounts.outbound.addresses import is_public
from accounts.outbound.fetch import Fetcher, Limits
from tests.tls import Server, raw, said, serving

NAME = "client.example"
JSON = b'{"a": 1}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.fixture(scope="module")
def shared() -> Iterator[Server]:
    with serving(NAME) as server:
        yield server


@pytest.fixture
def server(shared: Server) -> Server:
    shared.scripts = {"/doc.json": said(JSON)}
    shared.heads, shared.names, shared.connections = [], [], 0
    return shared


class Names:
    """A resolver by table, which can say something else each time."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers, self.asked = list(answers), []

    def __call__(self, host: str, port: int, seconds: float) -> list[str]:
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def fetcher(server: Server, names=None, public=None, **limits) -> Fetcher:
    bounds = Limits(**{"seconds": 5.0, "ports": frozenset({443, server.port}), **limits})
    return Fetcher(
        bounds,
        resolve=names or Names(["127.0.0.1"]),
        trust=server.trust,
        public=public or (lambda place: place == "127.0.0.1" or is_public(place)),
    )


def address(server: Server, path: str = "/doc.json") -> str:
    return f"https://{NAME}:{server.port}{path}"


def test_document_is_fetched_as_the_name_it_has(server):
    fetched = fetcher(server).get(address(server, "/doc.json"))
    assert fetched.body == JSON and fetched.headers["Content-Type"] == "application/json"
    assert server.names == [NAME] and f"Host: {NAME}:{server.port}\r\n" in server.heads[0]
    assert "Cookie" not in server.heads[0] and "Authorization" not in server.heads[0]


def test_query_goes_with_the_path(server):
    server.scripts = {"/?a=b": said(JSON)}
    assert fetcher(server).get(address(server, "?a=b")).body == JSON


def test_proxy_of_the_environment_is_not_used(server, monkeypatch):
    for name in ("https_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert fetcher(server).get(address(server)).body == JSON


@pytest.mark.parametrize(
    "url",
    [
        "http://client.example/",
        "HTTP://client.example/",
        "ftp://client.example/",
        "file:///etc/passwd",
        "gopher://client.example/",
        "//client.example/",
        "client.example",
        "",
        "https://",
        "https:///x",
        "https://user@client.example/",
        "https://user:pw@client.example/",
        "https://127.0.0.1@client.example/",
        "https://client.example#@127.0.0.1/",
        "https://client.example/#x",
        "https://client.example\\@127.0.0.1/",
        "https://client.example\\.evil.example/",
        "https://client.example /",
        "https://client.example/\r\nX: y",
        "https://client.example/\x00",
        "https://client.example/\u00e4",
        "https://\uff11\uff12\uff17.0.0.1/",
        "https://127\u3002.0.0.1/",
        "https://\u2460\u2461\u2466.0.0.1/",
        "https://b\u00fccher.example/",
        "https://0x7f.0.0.1/",
        "https://0x7f000001/",
        "https://2130706433/",
        "https://017700000001/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://127.0.1/",
        "https://127.0.0.1./",
        "https://00127.0.0.1/",
        "https://[::1/",
        "https://[::1%25lo]/",
        "https://[fe80::1%eth0]/",
        "https://::1/",
        "https://client.example:80/",
        "https://client.example:22/",
        "https://client.example:8443/",
        "https://client.example:0/",
        "https://client.example:/",
        "https://client.example:99999/",
        "https://client.example:443x/",
        "https://-client.example/",
        "https://client..example/",
        "https://client.example./",
        "https://" + "a" * 3_000 + ".example/",
    ],
)
def test_what_is_no_plain_https_address_is_not_even_resolved(server, url):
    names = Names(["127.0.0.1"])
    with pytest.raises(AddressRefused):
        fetcher(server, names).get(url)
    assert names.asked == [] and server.connections == 0


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://168.63.129.16/",
        "https://192.168.0.1/",
        "https://100.64.0.1/",
        "https://0.0.0.0/",
        "https://[::1]/",
        "https://[::]/",
        "https://[::127.0.0.1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:169.254.169.254]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[64:ff9b::a9fe:a9fe]/",
        "https://[64:ff9b:1::7f00:1]/",
        "https://[2002:7f00:1::]/",
        "https://[fd00:ec2::254]/",
        "https://[fec0::1]/",
        "https://[ff02::1]/",
        "https://localhost/",
    ],
)
def test_literal_that_is_not_public_is_not_connected_to(server, url):
    with pytest.raises(AddressRefused):
        fetcher(server, resolving.resolve, public=is_public).get(url)
    assert server.connections == 0


@pytest.mark.behaviour("Q9")
@pytest.mark.parametrize(
    "places",
    [
        ["127.0.0.2"],
        ["10.0.0.1"],
        ["169.254.169.254"],
        ["::1"],
        ["64:ff9b::a9fe:a9fe"],
        ["127.0.0.1", "10.0.0.1"],
        ["10.0.0.1", "127.0.0.1"],
        ["127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.1", "fd00:ec2::254"],
    ],
    ids=str,
)
def test_name_with_one_address_that_is_not_public_is_not_connected_to(server, places):
    with pytest.raises(AddressRefused):
        fetcher(server, Names(places)).get(address(server))
    assert server.connections == 0


def test_name_that_resolves_differently_the_second_time_changes_nothing(server):
    names = Names(["127.0.0.1"], ["10.0.0.1"])
    assert fetcher(server, names).get(address(server)).body == JSON
    assert names.asked == [NAME]


def test_connection_goes_to_the_address_that_was_checked(server, monkeypatch):
    reached, connect = [], socket.create_connection

    def connecting(place, *args):
        reached.append(place)
        return connect(place, *args)

    monkeypatch.setattr(socket, "create_connection", connecting)
    fetcher(server).get(address(server))
    assert reached == [("127.0.0.1", server.port)]


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See", "307 T", "308 P"])
def test_redirect_is_not_followed(server, status):
    target = f"Location: https://{NAME}:{server.port}/inside"
    server.scripts = {"/doc.json": said(b"", target, status=status), "/inside": said(JSON)}
    with pytest.raises(FetchFailed, match="status 30"):
        fetcher(server).get(address(server))
    assert server.connections == 1


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (said(JSON, status="404 Not Found"), "status 404"),
        (said(JSON, status="500 Oh"), "status 500"),
        (said(JSON, status="204 No Content"), "status 204"),
        (said(JSON, kind="text/html"), "not plain application/json"),
        (said(JSON, kind="application/jsonp"), "not plain application/json"),
        (said(JSON, "Content-Encoding: gzip"), "not plain application/json"),
        (raw(b"HTTP/1.1 200 OK\r\n\r\n", JSON), "not plain application/json"),
        (said(b"x" * 17_000), "more than"),
        (raw(HEAD, b"\r\n", b"x" * 16_385), "more than"),
        (raw(HEAD, b"Content-Length: 99\r\n\r\n", JSON), "cut off"),
        (raw(HEAD, b"Content-Length: -1\r\n\r\n", b"x" * 20_000), "more than"),
        (raw(HEAD, b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"), "not HTTP"),
        (raw(HEAD, b"Transfer-Encoding: chunked\r\n\r\n", b"fffffff\r\n" + b"x" * 99_999), "more"),
        (raw(b"SSH-2.0-OpenSSH\r\n"), "not HTTP"),
        (raw(b"\x00" * 100), "not HTTP"),
        (raw(b""), "not HTTP"),
        (raw(HEAD, b"X: y\r\n" * 200, b"\r\n", JSON), "not HTTP"),
        (raw(HEAD, b"X: " + b"y" * 70_000 + b"\r\n\r\n"), "too large|not HTTP"),
        (raw(b"HTTP/1.1 100 Continue\r\n\r\n" * 5_000), "too large"),
    ],
    ids=range(19),
)
def test_answer_that_is_not_wanted_is_refused(server, script, told):
    server.scripts = {"/doc.json": script}
    with pytest.raises(FetchFailed, match=told):
        fetcher(server).get(address(server))


def test_structured_suffix_and_chunks_are_wanted(server):
    server.scripts = {
        "/doc.json": raw(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/client+json; charset=utf-8\r\n",
            b"Transfer-Encoding: chunked\r\n\r\n4\r\n",
            JSON[:4],
            b"\r\n4\r\n",
            JSON[4:],
            b"\r\n0\r\n\r\n",
        )
    }
    assert fetcher(server).get(address(server)).body == JSON


@pytest.mark.parametrize("where", ["silence", "head", "header", "body", "chunks"])
def test_answer_that_drips_ends_with_the_time_for_all_of_it(server, where):
    server.scripts = {
        "/doc.json": {
            "silence": server.silence(),
            "head": server.drip(b"", b"H"),
            "header": server.drip(HEAD, b"X: y\r\n"[:1]),
            "body": server.drip(HEAD + b"Content-Length: 9999\r\n\r\n", b" "),
            "chunks": server.drip(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        }[where]
    }
    with pytest.raises(FetchFailed, match="in time"):
        fetcher(server, seconds=0.3).get(address(server))


def test_server_that_speaks_no_tls_ends_with_the_time(server):
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        one = fetcher(server, seconds=0.3, ports=frozenset({port}))
        with pytest.raises(FetchFailed, match="in time"):
            one.get(f"https://{NAME}:{port}/")


def test_certificate_for_another_name_is_refused(server):
    one = fetcher(server)
    with pytest.raises(FetchFailed, match="certificate"):
        one.get(f"https://other.example:{server.port}/doc.json")
    assert server.heads == []


def test_authority_that_the_system_does_not_trust_is_refused(server):
    stranger = Fetcher(
        Limits(ports=frozenset({server.port})),
        resolve=Names(["127.0.0.1"]),
        public=lambda place: True,
    )
    with pytest.raises(FetchFailed, match="certificate"):
        stranger.get(address(server))


def test_next_address_is_tried_when_one_does_not_answer(server):
    names = Names(["127.0.0.9", "127.0.0.1"])
    one = fetcher(server, names, public=lambda place: True)
    with pytest.MonkeyPatch.context() as patch:
        connect = socket.create_connection

        def connecting(place, *args):
            if place[0] == "127.0.0.9":
                raise ConnectionRefusedError
            return connect(place, *args)

        patch.setattr(socket, "create_connection", connecting)
        assert one.get(address(server)).body == JSON


def test_name_without_addresses_is_out_of_reach(server):
    with pytest.raises(FetchFailed, match="no address"):
        fetcher(server, Names([])).get(address(server))


@pytest.mark.parametrize("problem", [socket.gaierror("no"), UnicodeError("label too long")])
def test_name_that_cannot_be_resolved_is_told(monkeypatch, problem):
    def failing(*args, **kwargs):
        raise problem

    monkeypatch.setattr(socket, "getaddrinfo", failing)
    with pytest.raises(FetchFailed, match="could not be resolved"):
        resolving.resolve(NAME, 443, 5)


def test_resolver_that_hangs_is_left_behind(monkeypatch):
    leave = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: leave.wait(30) and [])
    monkeypatch.setattr(resolving, "_places", threading.BoundedSemaphore(1))
    with pytest.raises(FetchFailed, match="not resolved in time"):
        resolving.resolve(NAME, 443, 0.05)
    with pytest.raises(FetchFailed, match="Too many names"):
        resolving.resolve(NAME, 443, 0.05)
    leave.set()


def test_each_address_of_a_name_is_given_once(monkeypatch):
    infos = [(0, 0, 0, "", (place, 443)) for place in ("1.1.1.1", "8.8.8.8", "1.1.1.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: infos)
    assert resolving.resolve(NAME, 443, 5) == ["1.1.1.1", "8.8.8.8"]


def test_what_goes_wrong_is_one_kind_of_error():
    assert issubclass(AddressRefused, OutboundError) and issubclass(FetchFailed, OutboundError)
