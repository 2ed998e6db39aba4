"""A client by the hub's own rules, asked as django-oauth-toolkit asks."""

import pytest
from django.core.exceptions import DisallowedRedirect, ValidationError
from oauth2_provider.http import OAuth2ResponseRedirect

from accounts.models import OAuthClient
from accounts.oauth.provenance import provenance_of

LOOPBACK = "http://localhost/cb"


def row(uris: str = LOOPBACK, **fields) -> OAuthClient:
    return OAuthClient(name="x", client_type="public", redirect_uris=uris, **fields)


def test_loopback_frees_the_port_for_localhost_too():
    assert row().redirect_uri_allowed("http://localhost:50123/cb")
    assert not row().redirect_uri_allowed("http://127.0.0.1:50123/cb")


def test_rows_with_unfit_addresses_lead_nowhere():
    assert not row("http://evil.example/cb").redirect_uri_allowed("http://evil.example/cb")


@pytest.mark.parametrize("uris", ["", "http://evil.example/", "https://a.example/#f"])
def test_unfit_addresses_do_not_pass_a_full_clean(uris):
    with pytest.raises(ValidationError):
        row(uris).clean()


def test_private_scheme_is_redirected_to_where_it_is_listed(settings):
    uri = "cursor://anysphere.cursor-mcp/oauth/callback"
    with pytest.raises(DisallowedRedirect):
        OAuth2ResponseRedirect(uri, row(uri).get_allowed_schemes())
    assert not row(uri).redirect_uri_allowed(uri)
    settings.PRIVATE_SCHEMES = ["cursor"]
    row(uri).clean()
    assert row(uri).redirect_uri_allowed(uri)
    assert OAuth2ResponseRedirect(uri, row(uri).get_allowed_schemes()).url == uri


@pytest.mark.parametrize(
    ("approved", "blocked", "state", "usable"),
    [
        (True, False, "in", True),
        (False, False, "waits", False),
        (True, True, "blocked", False),
        (False, True, "blocked", False),
    ],
)
def test_state_and_what_it_means(approved, blocked, state, usable):
    client = row(approved=approved, blocked=blocked)
    assert (client.state, client.is_usable(None)) == (state, usable)


@pytest.mark.parametrize(
    ("source", "said", "claimed"),
    [
        ("cimd", "Verified domain claude.ai", False),
        ("dcr", "Self-registered", True),
        ("manual", "Added by an admin", False),
    ],
)
def test_how_a_client_is_known_is_said(source, said, claimed):
    client = row(registration_source=source, client_id="https://claude.ai/oauth/client.json")
    assert (str(provenance_of(client)), provenance_of(client).is_claimed) == (said, claimed)
