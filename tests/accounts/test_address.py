"""address.py: whom to believe about where a request comes from, and where it was sent."""

from itertools import product

import pytest

from accounts.address import client_address, known_bases, public_base
from accounts.oauth.resources import slug_of
from mcphub.making import guards
from mcphub.middleware import ForwardedMiddleware


@pytest.mark.parametrize(
    ("remote", "forwarded", "address"),
    [
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "198.51.100.7", "192.0.2.1"),
        ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "198.51.100.7, 10.0.0.2", "198.51.100.7"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "198.51.100.7, nonsense", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("", "198.51.100.7", ""),
        ("::1", "2001:db8::7", "2001:db8::7"),
        ("::ffff:10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("::ffff:10.0.0.1", "198.51.100.7, ::ffff:10.0.0.2", "198.51.100.7"),
        ("::1", "::FFFF:198.51.100.7, ::ffff:a00:2", "198.51.100.7"),
        ("::ffff:192.0.2.1", "198.51.100.7", "192.0.2.1"),
    ],
)
def test_only_trusted_proxies_are_believed(rf, settings, remote, forwarded, address):
    settings.TRUSTED_PROXIES = ["10.0.0.0/8", "::1/128"]
    request = rf.get("/", REMOTE_ADDR=remote, HTTP_X_FORWARDED_FOR=forwarded)
    assert client_address(request) == address
    headers = {b"x-forwarded-for": forwarded.encode()} if forwarded else {}
    assert guards().address({"client": (remote, 1)}, headers) == address


# --- the hub's own address ------------------------------------------------------------------------


@pytest.fixture
def asked(rf, settings):
    """Return what pages, and what the MCP endpoints, take for the hub's address."""
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "hub.internal"]

    def asked(host, peer="127.0.0.1", proto=None, secure=False):
        headers = [(b"host", host.encode())]
        if proto is not None:
            headers.append((b"x-forwarded-proto", proto.encode()))
        scheme = "https" if secure else "http"
        scope = {"scheme": scheme, "client": (peer, 1), "headers": headers}
        extra = {} if proto is None else {"HTTP_X_FORWARDED_PROTO": proto}
        request = rf.get("/", secure=secure, REMOTE_ADDR=peer, HTTP_HOST=host, **extra)
        ForwardedMiddleware(lambda _request: None).process_request(request)
        return request, guards().base(scope, dict(headers))

    return asked


HOSTS = ("127.0.0.1:8000", "localhost", "LocalHost:80", "[::1]:8000")
PEERS = ("127.0.0.1", "192.0.2.1", "::1", "::ffff:127.0.0.1")
PROTOS = (None, "https", "http", "https, http", "http, https", "x")


@pytest.mark.parametrize("given", ["", "https://hub.example.com"])
def test_pages_and_endpoints_agree_on_the_hubs_address(asked, settings, given):
    settings.TRUSTED_PROXIES = ["127.0.0.0/8", "::1/128"]
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    if given:
        settings.PUBLIC_URL, settings.PUBLIC_URL_GIVEN = given, True
    for each in product(HOSTS, PEERS, PROTOS, (False, True)):
        request, base = asked(*each)
        assert public_base(request) == base, each
        assert base in known_bases(request), each


def test_scheme_is_what_an_ipv4_proxy_says_to_a_hub_that_listens_on_ipv6(asked, settings):
    settings.TRUSTED_PROXIES = ["127.0.0.1/32"]
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    request, base = asked("localhost", peer="::ffff:127.0.0.1", proto="https")
    assert public_base(request) == base == "https://localhost"


@pytest.mark.parametrize("name", ["localhost", "hub.internal"])
def test_every_name_of_the_hub_means_the_same_server(asked, name):
    request, _ = asked(f"{name}:8000")
    bases = known_bases(request)
    for other in ("127.0.0.1", "localhost", "[::1]", "LOCALHOST", "hub.internal"):
        assert slug_of(f"http://{other}:8000/mcp/demo", bases) == "demo"
    for foreign in ("http://evil.internal:8000", "http://localhost:8001", "https://localhost:8000"):
        assert slug_of(f"{foreign}/mcp/demo", bases) is None


def test_public_address_alone_means_the_hub_that_has_one(asked, settings):
    settings.PUBLIC_URL, settings.PUBLIC_URL_GIVEN = "https://hub.example.com", True
    request, _ = asked("hub.internal:8000")
    assert known_bases(request) == ("https://hub.example.com",)


def test_further_name_that_was_asked_means_the_hub_too(asked):
    request, base = asked("hub.internal:8000")
    assert base == public_base(request) == "http://hub.internal:8000"
    assert slug_of("http://hub.internal:8000/mcp/demo", known_bases(request)) == "demo"
