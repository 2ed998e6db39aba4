"""doctor/steps/: what is compared, and how an answer is read."""

import pytest

from accounts.doctor.case import Case
from accounts.doctor.steps.challenge import parameters
from accounts.doctor.steps.metadata import difference
from accounts.doctor.web import Answer, Web, origin

TYPED = "https://hub.example.com/mcp/demo"


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (TYPED, None),
        ("HTTPS://Hub.example.com:443/mcp/demo/", None),
        ("http://hub.example.com/mcp/demo", "scheme_differs"),
        ("https://127.0.0.1:8000/mcp/demo", "host_differs"),
        ("https://hub.example.com:8443/mcp/demo", "host_differs"),
        ("https://hub.example.com:port/mcp/demo", "host_differs"),
        ("https://hub.example.com/hub/mcp/demo", "path_differs"),
        ("", "scheme_differs"),
    ],
)
def test_part_in_which_two_addresses_differ_is_named(told, code):
    assert difference(TYPED, told) == code


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ('Bearer resource_metadata="https://h/x", scope="a b"', {"resource_metadata", "scope"}),
        ('bearer   error="e", resource_metadata="https://h/x"', {"error", "resource_metadata"}),
        ('Basic realm="x", Bearer resource_metadata="https://h/x"', {"resource_metadata"}),
        ("Bearer", set()),
        ('Basic realm="bearer"', None),
        ("", None),
    ],
)
def test_parameters_of_a_bearer_challenge_are_read(header, said):
    found = parameters(Answer("u", 401, (("WWW-Authenticate", header),), b""))
    assert (None if found is None else set(found)) == said


@pytest.mark.parametrize(
    ("url", "cookie", "kept"),
    [
        ("http://127.0.0.1:8000/login/", "a=1; Path=/", "a=1"),
        ("http://127.0.0.1:8000/login/", "a=1; Path=/; Secure", "a=1"),
        ("http://hub.example.com/login/", "a=1; Secure", ""),
        ("https://hub.example.com/login/", "__Host-a=1; Secure; Path=/", "__Host-a=1"),
        ("http://127.0.0.1:8000/login/", "a=; Max-Age=0", ""),
        ("http://127.0.0.1:8000/login/", "not a cookie", ""),
    ],
)
def test_cookies_are_kept_as_a_browser_keeps_them(url, cookie, kept):
    web = Web()
    web.keep_cookies(Answer(url, 200, (("Set-Cookie", cookie),), b""))
    assert web.cookies_for(url) == kept
    assert web.cookies_for("http://other.example.com/") == ""


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("HTTPS://Hub.Example.com/x", "https://hub.example.com:443"),
        ("http://[::1]:8000", "http://::1:8000"),
        ("cursor://anything", ""),
        ("http://h:port/", ""),
    ],
)
def test_origin_is_what_browsers_compare(url, found):
    assert origin(url) == found


def test_secrets_are_in_no_text_of_a_case():
    case = Case(TYPED, Web(), token="SECRET", client_secret="SECRET", code="SECRET")
    case.verifier = case.refresh_token = "SECRET"
    assert "SECRET" not in repr(case)
    assert case.base == "https://hub.example.com"
