"""views/oauth_token.py and what it reads with: every answer, and what is refused."""

import base64
import json
from datetime import timedelta

import pytest
from django.db import IntegrityError, OperationalError
from django.test import Client
from django.utils import timezone

from accounts.models import IssuedToken, OAuthClient
from accounts.oauth import endpoint, form_reading
from monitoring import audit, rollup
from monitoring.errors import AuditFull
from monitoring.models import AuditEvent
from tests import make
from tests.connecting import FORM, error_of

REQUEST = (400, "invalid_request")


def post(body, content_type=FORM, path="/token", **headers):
    return Client().post(path, body, content_type=content_type, **headers)


@pytest.mark.behaviour("Q1")
def test_code_becomes_a_pair_of_tokens_for_its_server(connecting, directory, bob):
    answer = connecting.redeem(resource="http://localhost/mcp/demo")
    assert error_of(answer) == (200, "")
    given = answer.json()
    assert given["access_token"].startswith("mcphub_")
    assert given["refresh_token"].startswith("mcphub_r_")
    assert given["token_type"] == "Bearer" and given["expires_in"] == 900
    assert given["scope"] == connecting.consent.scopes
    issued = IssuedToken.objects.select_related("access_token").get()
    assert (issued.name, issued.origin, issued.user) == ("Editor", "consent", bob)
    assert issued.server == directory.servers[0].public_id
    assert issued.access_token.resource == [directory.servers[0].resource]
    assert issued.family.consent == connecting.consent


def test_token_holds_a_little_longer_than_the_client_is_told(connecting):
    before = timezone.now()
    told = timedelta(seconds=connecting.redeem().json()["expires_in"])
    held = IssuedToken.objects.get().access_token.expires
    assert before + told + timedelta(seconds=30) <= held
    assert held <= timezone.now() + told + timedelta(seconds=30)


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_only_post_is_answered(db, method):
    answer = getattr(Client(), method)("/token")
    assert error_of(answer) == (405, "invalid_request") and answer["Allow"] == "POST"


@pytest.mark.parametrize(
    "kind", ["application/json", "multipart/form-data; boundary=x", "", "text/plain"]
)
def test_only_forms_are_read(db, kind):
    assert error_of(post(json.dumps({"grant_type": "refresh_token"}), kind)) == REQUEST


def test_charset_beside_the_content_type_does_no_harm(connecting):
    body = f"grant_type=refresh_token&refresh_token=x&client_id={connecting.client.client_id}"
    assert error_of(post(body, f"{FORM}; charset=UTF-8")) == (400, "invalid_grant")


@pytest.mark.parametrize(
    "body",
    [
        b"grant_type=%ff",
        b"grant_type=\xff",
        b"grant_type=refresh_token&refresh_token=a%00b&client_id=x",
        b"grant_type=refresh_token&client_id=%00",
        b"a%0d%0ab=1&grant_type=refresh_token",
        b"grant_type=refresh_token&x=%ed%a0%80",
        b"&".join(b"p%d=1" % number for number in range(form_reading.MOST_FIELDS + 1)),
    ],
    ids=["not utf-8", "raw bytes", "NUL", "NUL as id", "line break", "surrogate", "many fields"],
)
def test_form_that_is_none_is_refused(db, body):
    assert error_of(post(body)) == REQUEST


def test_body_is_bounded(db):
    largest = b"code=" + b"x" * (form_reading.LARGEST - 5)
    assert error_of(post(largest)) == (401, "invalid_client")
    assert error_of(post(largest + b"x")) == (413, "invalid_request")


@pytest.mark.parametrize("name", ["grant_type", "code", "client_id", "code_verifier", "unknown"])
def test_parameter_sent_twice_is_refused(connecting, name):
    answer = connecting.redeem(**{name: ["one", "two"]})
    assert error_of(answer) == REQUEST
    assert connecting.redeem().status_code == 200


def test_two_resources_are_no_target(connecting):
    both = ["http://testserver/mcp/demo", "http://testserver/mcp/demo"]
    assert error_of(connecting.redeem(resource=both)) == (400, "invalid_target")


def test_parameters_in_the_address_are_refused(connecting):
    answer = connecting.post("/token?client_id=x", {"grant_type": "refresh_token"})
    assert error_of(answer) == REQUEST


def test_empty_value_counts_as_not_sent(connecting):
    assert connecting.redeem(resource="", scope="", client_secret="").status_code == 200
    assert error_of(connecting.redeem(code="")) == REQUEST
    assert error_of(connecting.refresh("")) == REQUEST
    assert error_of(connecting.redeem(code_verifier="")) == REQUEST


@pytest.mark.parametrize(
    "kind",
    ["password", "client_credentials", "implicit", "openid", "x" * 5_000,
     "urn:ietf:params:oauth:grant-type:device_code"],
)  # fmt: skip
def test_other_grants_are_not_supported(connecting, kind):
    answer = connecting.redeem(grant_type=kind, username="a", password="b", device_code="c")
    assert error_of(answer) == (400, "unsupported_grant_type")


def test_grant_type_has_to_be_said(connecting):
    assert error_of(connecting.redeem(grant_type=None)) == REQUEST


def test_gigantic_values_are_unknown_values(connecting):
    for name in ("code", "code_verifier", "redirect_uri"):
        assert error_of(connecting.redeem(**{name: "é" * 1_500})) == (400, "invalid_grant")
    assert error_of(connecting.refresh("x" * 15_000)) == (400, "invalid_grant")


def test_page_protection_does_not_stand_in_the_way_of_programs(connecting):
    strict = Client(enforce_csrf_checks=True)
    body = f"grant_type=refresh_token&refresh_token=x&client_id={connecting.client.client_id}"
    assert error_of(strict.post("/token", body, content_type=FORM)) == (400, "invalid_grant")


def test_hub_that_can_record_nothing_issues_nothing(connecting, monkeypatch):
    code = connecting.code()
    with monkeypatch.context() as full:
        full.setattr(audit, "accepting", lambda: False)
        answer = connecting.redeem(code)
    assert error_of(answer) == (503, "temporarily_unavailable") and answer["Retry-After"]
    assert connecting.redeem(code).status_code == 200


@pytest.mark.parametrize("fault", [OperationalError("locked"), AuditFull("full")])
def test_fault_of_the_hubs_own_is_told_as_one_that_passes(connecting, monkeypatch, fault):
    def fail(*args):
        raise fault

    monkeypatch.setattr(endpoint, "authenticate", fail)
    answer = connecting.redeem()
    assert error_of(answer) == (503, "temporarily_unavailable") and answer["Retry-After"]


def test_what_went_away_during_the_request_is_a_grant_that_is_gone(connecting, monkeypatch):
    def fail(*args):
        raise IntegrityError("the person was deleted")

    monkeypatch.setattr(endpoint, "authenticate", fail)
    assert error_of(connecting.redeem()) == (400, "invalid_grant")


def test_refused_requests_are_counted_and_of_a_known_client_told_once_a_minute(
    connecting, recorded
):
    rollup.drain(True)
    for _ in range(5):
        connecting.redeem("wrong")
        connecting.redeem(client_id="nobody")
    assert recorded() == ["token.refuse"]
    (event,) = rollup.drain(True)
    assert json.loads(event.data)["reasons"] == {"code_unknown": 5, "client_unknown": 5}


CANARY = "canary-" + "c" * 40


def wrong_verifier(connecting, bob):
    return connecting.redeem(code_verifier=CANARY), bob, "demo"


def wrong_redirect(connecting, bob):
    return connecting.redeem(redirect_uri=f"https://{CANARY}.example/"), bob, "demo"


def wrong_target(connecting, bob):
    return connecting.redeem(resource=f"https://{CANARY}.example/"), bob, "demo"


def expired_code(connecting, bob):
    return connecting.redeem(connecting.code(expires=timezone.now())), bob, "demo"


def unknown_code(connecting, bob):
    return connecting.redeem(CANARY), None, ""


def unknown_refresh(connecting, bob):
    return connecting.refresh(CANARY), None, ""


def blocked_refresh(connecting, bob):
    token = connecting.redeem().json()["refresh_token"]
    OAuthClient.objects.update(blocked=True)
    return connecting.refresh(token), bob, "demo"


def wrong_secret(connecting, bob):
    connecting.client = make.oauth_client(client_secret="right", auth_method="client_secret_post")
    return connecting.redeem("x", client_secret=CANARY), None, ""


def wrong_basic(connecting, bob):
    connecting.client = make.oauth_client(client_secret="right", auth_method="client_secret_basic")
    pair = f"{connecting.client.client_id}:{CANARY}".encode()
    shown = f"Basic {base64.b64encode(pair).decode()}"
    return connecting.post("/revoke", {"token": CANARY}, HTTP_AUTHORIZATION=shown), None, ""


def secret_too_many(connecting, bob):
    return connecting.redeem(client_secret=CANARY), None, ""


STEPS = [
    (wrong_verifier, "verifier"),
    (wrong_redirect, "redirect_differs"),
    (wrong_target, "wrong_target"),
    (expired_code, "code_unknown"),
    (unknown_code, "code_unknown"),
    (unknown_refresh, "refresh_unknown"),
    (blocked_refresh, "client_shut_out"),
    (wrong_secret, "client_secret"),
    (wrong_basic, "client_secret"),
    (secret_too_many, "client_method"),
]


@pytest.mark.parametrize(("step", "reason"), STEPS)
def test_refused_step_says_whose_it_was_as_far_as_it_showed(
    connecting, bob, recorded, step, reason
):
    answer, person, server = step(connecting, bob)
    assert answer.status_code in (400, 401) and recorded()[-1] == "token.refuse"
    event = AuditEvent.objects.get(action="token.refuse")
    assert (event.kind, event.verdict, event.outcome) == ("token", "deny", "denied")
    assert (event.reason, event.server) == (reason, server)
    assert event.user == (person.public_id if person else None)
    assert event.client == str(connecting.client.public_id)
    assert json.loads(event.data) == {"address": "127.0.0.1"}
    assert "canary" not in str(event.__dict__)


def test_hub_that_cannot_record_a_refusal_says_that_it_cannot(connecting, monkeypatch):
    def full(event):
        raise AuditFull("full")

    monkeypatch.setattr(audit, "record", full)
    assert error_of(connecting.redeem(code_verifier="short")) == (503, "temporarily_unavailable")


def test_issue_and_refresh_are_in_the_trail(connecting, recorded):
    token = connecting.redeem().json()["refresh_token"]
    connecting.refresh(token)
    assert recorded() == ["token.issue", "token.refresh"]
    for event in AuditEvent.objects.all():
        assert json.loads(event.data) == {"address": "127.0.0.1"}
    assert event.user == connecting.consent.user.public_id and event.server == "demo"
    assert event.client == str(connecting.client.public_id) and event.kind == "token"
