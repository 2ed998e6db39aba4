"""Which redirect addresses may be registered, and which fit."""

import pytest

from accounts.oauth import redirects

PRIVATE = ("cursor", "com.example.app")


@pytest.mark.parametrize(
    "uri",
    [
        "https://claude.ai/api/mcp/auth_callback",
        "https://vscode.dev/redirect",
        "https://vscode.dev",
        "https://a.example:8443/cb?one=1&two=%20",
        "https://xn--bcher-kva.example/cb",
        "https://203.0.113.5/cb",
        "https://[2001:db8::1]/cb",
        "https://localhost:3000/cb",
        "http://127.0.0.1/",
        "http://127.0.0.1:33418/",
        "http://127.0.0.1",
        "http://localhost:6276/oauth/callback",
        "http://localhost?x=1",
        "http://[::1]:8080/callback",
        "cursor://anysphere.cursor-mcp/oauth/callback",
        "com.example.app:/oauth2redirect",
        "https://a.example/" + "x" * (redirects.LONGEST - 18),
    ],
)
def test_sound_address_may_be_registered_and_fits_itself(uri):
    assert redirects.problem_of(uri, PRIVATE) == ""
    assert redirects.fits(uri, [uri], PRIVATE)


@pytest.mark.behaviour("Q11")
@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("http://evil.example.com/cb", "http is for"),
        ("http://127.0.0.2/cb", "http is for"),
        ("http://127.0.0.1.evil.example/cb", "http is for"),
        ("http://localhost.evil.example/cb", "http is for"),
        ("http://127.1/cb", "http is for"),
        ("http://2130706433/cb", "http is for"),
        ("http://[::ffff:127.0.0.1]/cb", "http is for"),
        ("http://127.0.0.1:0/cb", "http is for"),
        ("http://127.0.0.1:65536/cb", "http is for"),
        ("HTTP://127.0.0.1/cb", "http is for"),
        ("http://LOCALHOST/cb", "http is for"),
        ("http://127.0.0.1:/cb", "http is for"),
        ("https://user@a.example/cb", "no user info"),
        ("https://user:pw@a.example/cb", "no user info"),
        ("http://evil.example@127.0.0.1/cb", "no user info"),
        ("http://127.0.0.1:80@evil.example/cb", "no user info"),
        ("https://a.example/cb#", "no fragment"),
        ("https://a.example/cb#part", "no fragment"),
        ("https://*.example.com/cb", "no wildcard"),
        ("https://a.example/*", "no wildcard"),
        ("https://a.example\\@b.example/cb", "not allowed"),
        ("https://a.example/c b", "not allowed"),
        ("https://a.example/\tcb", "not allowed"),
        ("https://a.example/cb\n", "not allowed"),
        (" https://a.example/cb", "not allowed"),
        ("https://b\u00fccher.example/cb", "not allowed"),
        ("https://\uff11\uff12\uff17.0.0.1/cb", "not allowed"),
        ("https://a.example/\u202ecb", "not allowed"),
        ("https://", "every program reads alike"),
        ("https:///cb", "every program reads alike"),
        ("https:/a.example/cb", "every program reads alike"),
        ("https:a.example/cb", "every program reads alike"),
        ("https://a.example:0/cb", "every program reads alike"),
        ("https://a.example:65536/cb", "every program reads alike"),
        ("https://a.example:8o/cb", "every program reads alike"),
        ("https://-a.example/cb", "every program reads alike"),
        ("https://a..example/cb", "every program reads alike"),
        ("https://a.example./cb", "every program reads alike"),
        ("https://" + "a" * 64 + ".example/cb", "every program reads alike"),
        ("https://0x7f.0.0.1/cb", "every program reads alike"),
        ("https://0177.0.0.1/cb", "every program reads alike"),
        ("https://0x7f000001/cb", "every program reads alike"),
        ("https://[::g]/cb", "every program reads alike"),
        ("https://a.example/%zz", "every program reads alike"),
        ("HTTPS://a.example/cb", "every program reads alike"),
        ("javascript:alert(1)", "begins with https"),
        ("javascript://a.example/%0aalert(1)", "begins with https"),
        ("data:text/html,hello", "begins with https"),
        ("file:///etc/passwd", "begins with https"),
        ("vbscript:x", "begins with https"),
        ("blob:https://a.example/1", "begins with https"),
        ("about:blank", "begins with https"),
        ("vscode://publisher.extension/cb", "begins with https"),
        ("//a.example/cb", "begins with https"),
        ("/cb", "begins with https"),
        ("urn:ietf:wg:oauth:2.0:oob", "begins with https"),
        ("cursor:", "begins with https"),
        ("cursor:opaque", "begins with https"),
        ("cursor:///cb", "begins with https"),
        ("CURSOR://host/cb", "begins with https"),
        ("https://a.example/" + "x" * redirects.LONGEST, "at most 2000"),
        ("https://a.example/cb?code=theirs", "of the answer"),
        ("https://a.example/cb?x=1&iss=https://evil.example", "of the answer"),
        ("https://a.example/cb?st%61te=1", "of the answer"),
        ("https://a.example/cb?error", "of the answer"),
        ("http://127.0.0.1:1/cb?code=1", "of the answer"),
        ("cursor://host/cb?response=1", "of the answer"),
        ("", "is a text"),
        (None, "is a text"),
        (["https://a.example/"], "is a text"),
    ],
)
def test_unsound_address_is_told_why(uri, told):
    assert told in redirects.problem_of(uri, PRIVATE)


@pytest.mark.parametrize("scheme", sorted(redirects.NEVER - {"http", "https"}))
def test_scheme_that_a_browser_acts_upon_is_refused_even_if_listed(scheme):
    assert redirects.problem_of(f"{scheme}://a.example/cb", [scheme])
    assert redirects.problem_of(f"{scheme}:/cb", [scheme])


@pytest.mark.behaviour("Q12")
@pytest.mark.parametrize(
    ("requested", "registered"),
    [
        ("http://127.0.0.1:50123/cb", "http://127.0.0.1:33418/cb"),
        ("http://127.0.0.1:50123/cb", "http://127.0.0.1/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:33418/cb"),
        ("http://localhost:50123/cb?a=b", "http://localhost/cb?a=b"),
        ("http://[::1]:50123/", "http://[::1]:1/"),
    ],
)
def test_port_of_loopback_is_free(requested, registered):
    assert redirects.fits(requested, ["https://a.example/", registered])


@pytest.mark.parametrize(
    ("requested", "registered"),
    [
        ("http://localhost:1/cb", "http://127.0.0.1:1/cb"),
        ("http://127.0.0.1:1/cb", "http://localhost:1/cb"),
        ("http://[::1]:1/cb", "http://127.0.0.1:1/cb"),
        ("http://127.0.0.1:1/cb/", "http://127.0.0.1:1/cb"),
        ("http://127.0.0.1:1/", "http://127.0.0.1:1"),
        ("http://127.0.0.1:1/cb?", "http://127.0.0.1:1/cb"),
        ("http://127.0.0.1:1/cb?a=b", "http://127.0.0.1:1/cb"),
        ("http://127.0.0.1:1/%63b", "http://127.0.0.1:1/cb"),
        ("https://127.0.0.1:2/cb", "https://127.0.0.1:1/cb"),
        ("https://localhost:2/cb", "https://localhost:1/cb"),
        ("https://a.example:444/cb", "https://a.example:443/cb"),
        ("https://a.example:443/cb", "https://a.example/cb"),
        ("https://a.example/cb/", "https://a.example/cb"),
        ("https://a.example/cb?x", "https://a.example/cb"),
        ("https://a.example/CB", "https://a.example/cb"),
        ("https://A.example/cb", "https://a.example/cb"),
        ("https://a.example.evil.example/cb", "https://a.example/cb"),
        ("https://evil.example/cb", "https://a.example/cb"),
        ("https://a.example/cb/../evil", "https://a.example/cb"),
        ("https://a.example/cb;x=1", "https://a.example/cb"),
        ("cursor://other/cb", "cursor://host/cb"),
        ("cursor://host:2/cb", "cursor://host:1/cb"),
    ],
)
def test_address_that_differs_in_anything_else_does_not_fit(requested, registered):
    assert not redirects.fits(requested, [registered], PRIVATE)


def test_scheme_that_is_no_longer_listed_leads_nowhere():
    uri = "cursor://host/cb"
    assert redirects.fits(uri, [uri], PRIVATE) and not redirects.fits(uri, [uri])


def test_unsound_address_does_not_fit_even_if_it_was_registered_once():
    uri = "http://evil.example/cb"
    assert not redirects.fits(uri, [uri])


def test_of_addresses_those_that_can_be_had_here_are_usable_and_no_more_than_ten():
    uris = [f"https://a.example/{number}" for number in range(20)]
    assert redirects.usable(["http://evil.example/", 7, *uris]) == uris[:10]
    assert redirects.usable([uris[0]] * 20) == uris[:1]
    assert redirects.usable(["cursor://x/cb"]) == [] != redirects.usable(["cursor://x/cb"], PRIVATE)


def test_loopback_addresses_that_differ_in_the_port_are_one():
    names = ("127.0.0.1", "localhost")
    uris = [f"http://{name}:{port}/cb" for name in names for port in range(13316, 13326)]
    assert redirects.usable([*uris, "http://localhost/"]) == [
        uris[0],
        uris[10],
        "http://localhost/",
    ]


@pytest.mark.parametrize(
    ("uris", "whole"),
    [
        (["https://a.example/cb"], "https://a.example/cb"),
        (["http://127.0.0.1:5555/cb"], "http://127.0.0.1:5555/cb"),
        (["cursor://host/cb"], "cursor://host/cb"),
        (["http://127.0.0.1/cb"], ""),
        (["http://localhost"], ""),
        (["https://a.example/cb", "https://a.example/cd"], ""),
        ([], ""),
    ],
    ids=str,
)
def test_only_address_need_not_be_named_if_it_is_a_whole_one(uris, whole):
    assert redirects.whole_address(uris) == whole


def test_client_has_one_to_ten_addresses():
    uris = [f"https://a.example/{number}" for number in range(11)]
    assert redirects.problem_of_all(uris[:10]) == ""
    assert redirects.problem_of_all([uris[0]]) == ""
    assert "at most 10" in redirects.problem_of_all(uris)
    assert "at least one" in redirects.problem_of_all([])
    assert "http is for" in redirects.problem_of_all([uris[0], "http://a.example/"])


@pytest.mark.parametrize(
    ("uri", "host", "loopback"),
    [
        ("https://Claude.AI:8443/cb", "claude.ai", False),
        ("https://[2001:db8::1]/cb", "[2001:db8::1]", False),
        ("https://localhost/cb", "localhost", True),
        ("http://localhost:3000/cb", "localhost", True),
        ("http://127.0.0.1/cb", "127.0.0.1", True),
        ("http://[::1]:1/cb", "[::1]", True),
        ("cursor://anysphere.cursor-mcp/oauth/callback", "cursor:", False),
        ("com.example.app:/cb", "com.example.app:", False),
        ("http://evil.example/", "", False),
        ("javascript:alert(1)", "", False),
        ("nothing", "", False),
        ("", "", False),
    ],
)
def test_host_of_an_address_is_named(uri, host, loopback):
    assert (redirects.host_of(uri), redirects.is_loopback(uri)) == (host, loopback)


def test_hosts_of_several_are_named_once():
    uris = ["http://127.0.0.1/a", "http://127.0.0.1:9/b", "https://a.example/"]
    assert redirects.hosts_of(uris) == ["127.0.0.1", "a.example"]


@pytest.mark.parametrize(
    ("uri", "hosts", "may"),
    [
        ("https://claude.ai/cb", {"claude.ai"}, True),
        ("https://evil.claude.ai/cb", {"claude.ai"}, False),
        ("https://claude.ai.evil.example/cb", {"claude.ai"}, False),
        ("http://localhost:1/cb", {"127.0.0.1"}, True),
        ("http://[::1]:1/cb", {"127.0.0.1"}, True),
        ("http://localhost:1/cb", {"claude.ai"}, False),
        ("cursor://x/cb", {"cursor:"}, True),
        ("cursor://claude.ai/cb", {"claude.ai"}, False),
    ],
)
def test_admins_hosts_are_whole_names_and_127_0_0_1_is_all_of_loopback(uri, hosts, may):
    assert redirects.may_return_to(uri, hosts) is may
