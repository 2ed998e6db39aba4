"""What an authorization request asks, judged by the table."""

import pytest

from accounts.oauth.authorization import RULES, default_scopes, fault_of, known_scopes
from accounts.oauth.denials import Reason
from accounts.oauth.directory import Offer, OfferedTool
from accounts.oauth.parameters import read_query, write_query
from tests.make import CHALLENGE

RIGHT = {
    "response_type": "code",
    "state": "s",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


def judged(extra: str = "", **changes: str):
    return fault_of(read_query(write_query({**RIGHT, **changes}) + extra))


def test_a_right_request_has_no_fault():
    assert judged() is None
    assert judged(scope="mcp:read", response_mode="query") is None


def test_what_is_not_understood_is_no_fault():
    assert judged("&prompt=none&approval_prompt=auto&claims=%7B%7D&nonce=1&prompt=login") is None


WRONG = [
    ("&state=t", {}, Reason.DOUBLED),
    ("&code_challenge=x", {}, Reason.DOUBLED),
    ("&response_type=code", {}, Reason.DOUBLED),
    ("", {"state": "x" * 2001}, Reason.UNREADABLE),
    ("&scope=%00", {}, Reason.UNREADABLE),
    ("&request=e30.e30.", {}, Reason.REQUEST_OBJECT),
    ("&request_uri=https://a.example/r", {}, Reason.REQUEST_URI),
    ("", {"response_type": ""}, Reason.RESPONSE_TYPE_MISSING),
    ("", {"response_type": "token"}, Reason.RESPONSE_TYPE),
    ("", {"response_type": "code id_token"}, Reason.RESPONSE_TYPE),
    ("", {"response_type": "CODE"}, Reason.RESPONSE_TYPE),
    ("", {"response_mode": "fragment"}, Reason.RESPONSE_MODE),
    ("", {"response_mode": "form_post"}, Reason.RESPONSE_MODE),
    ("", {"code_challenge": ""}, Reason.PKCE_MISSING),
    ("", {"code_challenge_method": ""}, Reason.PKCE_METHOD),
    ("", {"code_challenge_method": "plain"}, Reason.PKCE_METHOD),
    ("", {"code_challenge_method": "s256"}, Reason.PKCE_METHOD),
    ("", {"code_challenge": CHALLENGE[:-1]}, Reason.PKCE_CHALLENGE),
    ("", {"code_challenge": CHALLENGE + "="}, Reason.PKCE_CHALLENGE),
    ("", {"code_challenge": "+" * 43}, Reason.PKCE_CHALLENGE),
    ("", {"code_challenge": "x" * 128}, Reason.PKCE_CHALLENGE),
    ("", {"scope": "offline_access openid"}, Reason.SCOPE),
    ("", {"scope": "MCP:READ"}, Reason.SCOPE),
]


@pytest.mark.parametrize(("extra", "changes", "reason"), WRONG)
def test_a_wrong_request_is_told_what_is_wrong(extra, changes, reason):
    assert judged(extra, **changes) is reason


def test_each_rule_was_broken_above():
    assert {reason for reason, _ in RULES} == {reason for *_, reason in WRONG}


def test_unknown_scopes_are_ignored_beside_known_ones():
    said = read_query("scope=offline_access+mcp:write+mcp:read+mcp:write")
    assert known_scopes(said) == ("mcp:read", "mcp:write")
    assert judged(scope="offline_access mcp:read") is None


def tool(scope: str) -> OfferedTool:
    return OfferedTool("name", "Title", "", scope)


@pytest.mark.parametrize(
    ("offer", "scopes"),
    [
        (Offer(), ("mcp:read",)),
        (Offer(resources=3), ("mcp:read",)),
        (Offer((tool("mcp:write"),)), ("mcp:read", "mcp:write")),
        (Offer((tool("mcp:destructive"),)), ("mcp:read",)),
        (Offer((tool("mcp:read"),), prompts=1), ("mcp:read", "mcp:prompts")),
    ],
)
def test_defaults_are_what_the_server_has_use_for_and_never_destroy(offer, scopes):
    assert default_scopes(offer) == scopes
