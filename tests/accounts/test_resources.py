"""RFC 8707 resource indicators: which server each names."""

import pytest

from accounts.oauth.resources import slug_of

HUB = ("https://hub.example.com",)
LOOPBACK = ("http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000")


@pytest.mark.parametrize(
    "resource",
    [
        "https://hub.example.com/mcp/demo",
        "https://hub.example.com/mcp/demo/",
        "https://hub.example.com:443/mcp/demo",
        "HTTPS://Hub.Example.COM/mcp/demo",
    ],
)
def test_spellings_of_one_server_are_one(resource):
    assert slug_of(resource, HUB) == "demo"


@pytest.mark.parametrize("base", LOOPBACK)
def test_each_loopback_name_means_the_same_server(base):
    assert slug_of(f"{base}/mcp/demo", LOOPBACK) == "demo"


@pytest.mark.parametrize(
    "resource",
    [
        "",
        None,
        ["https://hub.example.com/mcp/demo"],
        "https://hub.example.com",
        "https://hub.example.com/",
        "https://hub.example.com/mcp/",
        "https://hub.example.com/mcp/demo//",
        "https://hub.example.com/mcp/demo/x",
        "https://hub.example.com/mcp/Demo",
        "https://hub.example.com/MCP/demo",
        "https://hub.example.com/mcp/../mcp/demo",
        "https://hub.example.com/mcp/%64emo",
        "https://hub.example.com/mcp/demo#",
        "https://hub.example.com/mcp/demo#x",
        "https://hub.example.com/mcp/demo?x=1",
        "https://hub.example.com/mcp/demo\n",
        " https://hub.example.com/mcp/demo",
        "https://hub.example.com\\@evil.example/mcp/demo",
        "https://user@hub.example.com/mcp/demo",
        "https://@hub.example.com/mcp/demo",
        "https://hub.example.com:8443/mcp/demo",
        "https://hub.example.com:99999/mcp/demo",
        "https://hub.example.com:x/mcp/demo",
        "http://hub.example.com/mcp/demo",
        "https://hub.example.com.evil.example/mcp/demo",
        "https://evil.example/mcp/demo",
        "ftp://hub.example.com/mcp/demo",
        "urn:uuid:9a0e2c1e-0000-0000-0000-000000000000",
        "//hub.example.com/mcp/demo",
        "https:///mcp/demo",
        "https://[::1/mcp/demo",
        "https://hub.example.com/mcp/" + "a" * 64,
        "https://hub.example.com/mcp/demo" + "x" * 3000,
    ],
)
def test_whatever_else_names_no_server(resource):
    assert slug_of(resource, HUB) is None
