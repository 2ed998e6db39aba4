"""oauth/authenticating.py: which client asks, by the way it was registered with."""

import base64
from urllib.parse import urlencode

import pytest

from tests import make
from tests.accounts.test_redeeming import GRANT
from tests.connecting import Connecting, error_of

CLIENT = (401, "invalid_client")
SECRET = "s3cr+t of: a client%"


def basic(client_id, secret):
    joined = urlencode({client_id: secret}).replace("=", ":", 1)
    return {"HTTP_AUTHORIZATION": "Basic " + base64.b64encode(joined.encode()).decode()}


def ask(client_id=None, secret=None, **headers):
    fields = {"grant_type": "refresh_token", "refresh_token": "unknown"}
    more = {"client_id": client_id, "client_secret": secret}
    return Connecting(None, None).post("/token", {**fields, **more}, **headers)


@pytest.fixture
def public(db):
    return make.oauth_client().client_id


@pytest.fixture(params=["client_secret_post", "client_secret_basic"])
def confidential(request, db):
    return make.oauth_client(client_secret=SECRET, auth_method=request.param)


def test_public_client_is_known_by_its_id(public):
    assert error_of(ask(public)) == GRANT
    assert error_of(ask(**basic(public, ""))) == GRANT


@pytest.mark.behaviour("Q1")
def test_confidential_client_is_let_in_by_its_own_way_alone(confidential):
    name = confidential.client_id
    ways = {
        "client_secret_post": ask(name, SECRET),
        "client_secret_basic": ask(**basic(name, SECRET)),
    }
    own = ways.pop(confidential.auth_method)
    assert error_of(own) == GRANT
    assert [error_of(answer) for answer in ways.values()] == [CLIENT]
    assert error_of(ask(name)) == CLIENT


@pytest.mark.parametrize("secret", ["wrong", "x" * 10_000, SECRET + " ", SECRET.upper()])
def test_wrong_secret_is_refused(confidential, secret):
    name = confidential.client_id
    assert error_of(ask(name, secret)) == CLIENT
    assert error_of(ask(**basic(name, secret[:4_000]))) == CLIENT


def test_confidential_client_of_no_way_in_particular_shows_its_secret_by_either(db):
    name = make.oauth_client(client_secret=SECRET).client_id
    assert error_of(ask(name, SECRET)) == error_of(ask(**basic(name, SECRET))) == GRANT
    assert error_of(ask(name)) == CLIENT


def test_public_client_has_no_secret_to_show(public):
    assert error_of(ask(public, "anything")) == CLIENT
    assert error_of(ask(**basic(public, "anything"))) == CLIENT


def test_client_that_is_gone_hears_that_it_is_unknown_and_registers_again(db):
    answer = ask("gone")
    assert error_of(answer) == CLIENT and "Register again" in answer.json()["error_description"]
    assert error_of(ask()) == CLIENT


def test_blocked_client_hears_no_reason_to_register_again(connecting):
    token = connecting.redeem().json()["refresh_token"]
    connecting.client.blocked = True
    connecting.client.save()
    assert error_of(connecting.refresh(token)) == GRANT


def test_both_ways_at_once_are_refused(confidential, public):
    name = confidential.client_id
    assert error_of(ask(name, SECRET, **basic(name, SECRET))) == (400, "invalid_request")
    assert error_of(ask(public, **basic(name, SECRET))) == (400, "invalid_request")


def test_id_may_stand_in_the_body_beside_the_header(db):
    name = make.oauth_client(client_secret=SECRET).client_id
    assert error_of(ask(name, **basic(name, SECRET))) == GRANT


def test_refused_header_is_answered_with_its_scheme(db):
    answer = ask(**basic("gone", "x"))
    assert error_of(answer) == CLIENT
    assert answer["WWW-Authenticate"] == 'Basic realm="mcphub"'
    assert "WWW-Authenticate" not in ask("gone")


@pytest.mark.parametrize(
    "value",
    [
        "Basic",
        "Basic ",
        "Basic !!!!",
        "Basic " + base64.b64encode(b"no colon").decode(),
        "Basic " + base64.b64encode(b":secret").decode(),
        "Basic " + base64.b64encode(b"\xff\xfe:x").decode(),
        "Basic " + base64.b64encode(b"%ff:x").decode(),
        "Basic " + base64.b64encode(b"a\x00b:x").decode(),
        "Basic " + "A" * 60_000,
    ],
)
def test_header_that_holds_no_credentials_is_refused(db, value):
    assert error_of(ask(HTTP_AUTHORIZATION=value)) == CLIENT


def test_schemes_that_clients_do_not_authenticate_by_say_nothing(public):
    assert error_of(ask(public, HTTP_AUTHORIZATION="Bearer mcphub_x")) == GRANT
