"""oauth/codes.py and oauth/server.py: which challenges and verifiers there are."""

import hashlib
from urllib.parse import urlencode

import pytest
from oauth2_provider.models import get_grant_model
from oauth2_provider.oauth2_backends import get_oauthlib_core
from oauthlib.common import Request
from oauthlib.oauth2.rfc6749.errors import InvalidRequestError, OAuth2Error

from accounts.oauth.codes import check_challenge, digest, verifies
from accounts.oauth.validator import Validator
from tests import make

# RFC 7636, appendix B.
RFC_VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
RFC_CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_verifier_of_the_rfc_fits_its_challenge():
    assert verifies(RFC_VERIFIER, RFC_CHALLENGE)


@pytest.mark.parametrize(
    "verifier",
    [None, "", RFC_VERIFIER[:-1], RFC_VERIFIER + "\n", "x" * 129, RFC_CHALLENGE, "é" * 50],
)
def test_no_other_does(verifier):
    assert not verifies(verifier, RFC_CHALLENGE)


@pytest.mark.parametrize("length", [42, 129])
def test_verifier_out_of_bounds_fits_not_even_its_own_challenge(length):
    challenge = make.challenge("a" * length)
    assert not verifies("a" * length, challenge)


def request(challenge, method="S256"):
    return Request(
        "/authorize", body={"code_challenge": challenge, "code_challenge_method": method}
    )


def test_challenge_of_s256_is_taken():
    assert check_challenge(request(RFC_CHALLENGE)) == {}
    assert check_challenge(request("a" * 128)) == {}


@pytest.mark.parametrize(
    ("challenge", "method"),
    [
        (None, "S256"),
        ("", "S256"),
        (RFC_CHALLENGE, None),
        (RFC_CHALLENGE, "plain"),
        (RFC_CHALLENGE, "s256"),
        (RFC_CHALLENGE[:-1], "S256"),
        (RFC_CHALLENGE[:-1] + "=", "S256"),
        (RFC_CHALLENGE[:-1] + "+", "S256"),
        (RFC_CHALLENGE + "\n", "S256"),
        ("a" * 129, "S256"),
        ("é" * 43, "S256"),
    ],
)
def test_challenge_that_nothing_can_fit_is_refused_before_consent(challenge, method):
    with pytest.raises(InvalidRequestError):
        check_challenge(request(challenge, method))


def authorization(client, **fields):
    right = {
        "client_id": client.client_id,
        "redirect_uri": make.CALLBACK,
        "response_type": "code",
        "scope": "mcp:read",
        "code_challenge": make.CHALLENGE,
        "code_challenge_method": "S256",
    }
    return "/authorize?" + urlencode({**right, **fields})


def test_the_authorization_endpoint_checks_the_challenge(db):
    client, server = make.oauth_client(), get_oauthlib_core().server
    scopes, _ = server.validate_authorization_request(authorization(client))
    assert scopes == ["mcp:read"]
    for wrong in ({"code_challenge": "short"}, {"code_challenge_method": "plain"}):
        with pytest.raises(InvalidRequestError):
            server.validate_authorization_request(authorization(client, **wrong))


@pytest.mark.parametrize("kind", ["token", "id_token", "none", "code token"])
def test_the_authorization_endpoint_gives_nothing_but_codes(db, kind):
    server = get_oauthlib_core().server
    with pytest.raises(OAuth2Error):
        server.validate_authorization_request(
            authorization(make.oauth_client(), response_type=kind)
        )


def test_code_is_stored_as_its_hash_alone(bob):
    client, server = make.oauth_client(), get_oauthlib_core().server
    headers, _, _ = server.create_authorization_response(
        authorization(client), scopes=["mcp:read"], credentials={"user": bob, "resource": ["urn:x"]}
    )
    code = headers["Location"].partition("code=")[2].partition("&")[0]
    grant = get_grant_model().objects.get()
    assert len(code) >= 30 and grant.code == hashlib.sha256(code.encode()).hexdigest()
    assert grant.resource == ["urn:x"] and grant.code_challenge == make.CHALLENGE
    assert Validator().get_authorization_code_scopes("", code, "", Request("/")) == ["mcp:read"]


def test_digest_is_that_of_the_bearer_tokens():
    assert digest("mcphub_x") == hashlib.sha256(b"mcphub_x").hexdigest()


def test_bearer_tokens_are_not_oauthlibs_to_judge(bob):
    token = make.token(bob, make.server())
    assert not Validator().validate_bearer_token(token, [], Request("/mcp/demo"))
