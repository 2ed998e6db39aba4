"""Where the answer to an authorization request goes."""

from urllib.parse import parse_qs, urlsplit

import pytest

from accounts.oauth.answers import Back, form_target
from accounts.oauth.denials import Reason

HUB = "https://hub.example.com"


@pytest.mark.behaviour("Q14")
def test_an_answer_carries_state_and_issuer():
    address = Back("https://a.example/cb", "a b&c").answer(HUB, code="C")
    assert (
        address == "https://a.example/cb?code=C&state=a%20b%26c&iss=https%3A%2F%2Fhub.example.com"
    )


def test_without_a_state_none_is_sent():
    assert "state" not in Back("https://a.example/cb").answer(HUB, code="C")


@pytest.mark.parametrize(
    "redirect_uri",
    ["https://a.example/cb?team=a%20b&x", "https://a.example/?", "cursor://host/cb?a=1", "app:/cb"],
)
def test_the_redirect_uri_stays_as_it_is(redirect_uri):
    address = Back(redirect_uri, "s").answer(HUB, code="C")
    assert address.startswith(redirect_uri)
    assert parse_qs(urlsplit(address).query)["code"] == ["C"]


@pytest.mark.behaviour("Q14")
def test_a_refusal_names_code_and_description_beside_state_and_issuer():
    address = Back("https://a.example/cb", "s").refusal(HUB, Reason.PKCE_MISSING)
    said = parse_qs(urlsplit(address).query)
    assert said["error"] == ["invalid_request"] and "PKCE" in said["error_description"][0]
    assert (said["state"], said["iss"]) == (["s"], [HUB])


@pytest.mark.parametrize(
    ("redirect_uri", "target"),
    [
        ("https://claude.ai/api/cb?x=1", "https://claude.ai"),
        ("https://a.example:8443/cb", "https://a.example:8443"),
        ("http://127.0.0.1:50123/callback", "http://127.0.0.1:50123"),
        ("http://localhost/cb", "http://localhost"),
        ("http://[::1]:3000/cb", "http:"),
        ("cursor://anysphere.cursor-mcp/oauth/callback", "cursor:"),
        ("com.example.app:/cb", "com.example.app:"),
        ("https://a.example;script-src */cb", "https:"),
        ("https://*/cb", "https:"),
    ],
)
def test_the_page_names_as_little_as_its_answer_needs(redirect_uri, target):
    assert form_target(redirect_uri) == target
