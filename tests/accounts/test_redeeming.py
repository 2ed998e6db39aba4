"""oauth/redeeming.py: what a code is good for, once, and what its replay ends."""

from datetime import timedelta

import pytest
from django.utils import timezone
from oauth2_provider.models import (
    get_access_token_model,
    get_grant_model,
    get_refresh_token_model,
)

from accounts.models import Consent, TokenFamily
from accounts.oauth.redeeming import RACE
from monitoring.models import AuditEvent
from tests import make
from tests.connecting import error_of

Grant = get_grant_model()
GRANT = (400, "invalid_grant")


def age_families(by):
    TokenFamily.objects.update(created_at=timezone.now() - by)


def alive():
    return get_access_token_model().objects.exists() or get_refresh_token_model().objects.exists()


def test_code_is_used_up_and_remembered_by_its_hash(connecting):
    code = connecting.code()
    assert connecting.redeem(code).status_code == 200
    assert not Grant.objects.exists()
    assert TokenFamily.objects.get().code_challenge == make.CHALLENGE


def test_client_of_oauth_2_1_need_not_repeat_its_redirect(connecting):
    assert connecting.redeem(redirect_uri=None).status_code == 200


def test_scope_that_the_person_took_back_since_is_not_given(connecting):
    code, other = connecting.code(), connecting.code()
    Consent.objects.update(scopes="mcp:read")
    assert connecting.redeem(code).json()["scope"] == "mcp:read"
    assert TokenFamily.objects.get().scopes == "mcp:read"
    Consent.objects.update(scopes="")
    assert error_of(connecting.redeem(other)) == GRANT


@pytest.mark.parametrize(
    "wrong",
    [
        {"code_verifier": make.VERIFIER[::-1]},
        {"code_verifier": "short"},
        {"code_verifier": make.CHALLENGE},
        {"redirect_uri": make.CALLBACK + "/"},
        {"redirect_uri": "http://127.0.0.1:3335/callback"},
        {"redirect_uri": "https://evil.example/"},
    ],
    ids=str,
)
def test_wrong_request_is_refused_and_leaves_the_code_to_its_owner(connecting, wrong):
    code = connecting.code()
    assert error_of(connecting.redeem(code, **wrong)) == GRANT
    assert connecting.redeem(code).status_code == 200


def test_verifier_may_not_be_left_out(connecting):
    assert error_of(connecting.redeem(code_verifier=None)) == (400, "invalid_request")


@pytest.mark.parametrize(
    "fields",
    [
        {"code_challenge": "", "code_challenge_method": ""},
        {"code_challenge": make.VERIFIER, "code_challenge_method": "plain"},
        {"resource": []},
        {"resource": ["urn:uuid:1", "urn:uuid:2"]},
        {"resource": ["http://localhost/mcp/demo"]},
        {"resource": ["urn:uuid:demo"]},
        {"expires": timezone.now() - timedelta(seconds=1)},
    ],
    ids=["no challenge", "plain", "no resource", "two resources", "an address", "no id", "expired"],
)
def test_code_that_should_not_be_there_gives_nothing(connecting, fields):
    assert error_of(connecting.redeem(connecting.code(**fields))) == GRANT
    assert not alive()


def test_code_of_another_client_is_refused_and_stays_good(connecting):
    code = connecting.code()
    assert error_of(connecting.redeem(code, client_id=make.oauth_client().client_id)) == GRANT
    assert connecting.redeem(code).status_code == 200


def consent_gone(connecting, directory):
    Consent.objects.all().delete()


def client_blocked(connecting, directory):
    connecting.client.blocked = True
    connecting.client.save()


def client_waits(connecting, directory):
    connecting.client.approved = False
    connecting.client.save()


def person_disabled(connecting, directory):
    connecting.consent.user.is_active = False
    connecting.consent.user.save()


def server_gone(connecting, directory):
    directory.servers.clear()


def access_lost(connecting, directory):
    directory.users["demo"].clear()


TAKEN_BACK = [
    consent_gone, client_blocked, client_waits, person_disabled, server_gone, access_lost,
]  # fmt: skip


@pytest.mark.parametrize("take_back", TAKEN_BACK)
def test_nothing_is_given_once_what_was_allowed_is_taken_back(connecting, directory, take_back):
    code = connecting.code()
    take_back(connecting, directory)
    assert error_of(connecting.redeem(code)) == GRANT
    assert not alive()


@pytest.mark.behaviour("Q6")
@pytest.mark.parametrize(
    ("resource", "status"),
    [
        ("http://other.example/mcp/demo", 400),
        ("http://localhost/mcp/demo", 200),
        ("HTTP://LOCALHOST:80/mcp/demo/", 200),
        ("http://localhost/mcp/other", 400),
        ("http://localhost/mcp/demo/x", 400),
        ("http://localhost", 400),
        ("https://evil.example/mcp/demo", 400),
        ("urn:uuid:1", 400),
    ],
)
def test_resource_has_to_name_the_server_that_was_allowed(connecting, directory, resource, status):
    directory.add("other", "bob")
    answer = connecting.redeem(resource=resource)
    assert error_of(answer) == (status, "" if status == 200 else "invalid_target")


def test_what_the_person_ticked_is_given_whatever_is_asked_for_now(connecting):
    code = connecting.code(scope="mcp:read")
    assert connecting.redeem(code, scope="mcp:read mcp:destructive").json()["scope"] == "mcp:read"
    assert TokenFamily.objects.get().scopes == "mcp:read"


def test_client_that_sends_its_code_twice_at_once_keeps_its_tokens(connecting, recorded):
    code = connecting.code()
    connecting.redeem(code)
    assert error_of(connecting.redeem(code)) == GRANT
    assert alive() and recorded() == ["token.issue"]


def late(connecting):
    age_families(RACE + timedelta(seconds=1))
    return {}


def without_verifier(connecting):
    return {"code_verifier": None}


def with_another_verifier(connecting):
    return {"code_verifier": make.VERIFIER[::-1]}


def by_another_client(connecting):
    return {"client_id": make.oauth_client().client_id}


@pytest.mark.parametrize(
    "replay", [late, without_verifier, with_another_verifier, by_another_client]
)
def test_any_other_replay_ends_what_the_code_gave(connecting, recorded, announced, replay):
    code = connecting.code()
    connecting.redeem(code)
    family = TokenFamily.objects.get()
    assert error_of(connecting.redeem(code, **replay(connecting))) == GRANT
    assert not alive() and not TokenFamily.objects.exists()
    assert announced == [f"family:{family.pk}"]
    assert recorded() == ["token.issue", "token.replay"]
    event = AuditEvent.objects.last()
    assert (event.verdict, event.reason, event.server) == ("deny", "used_before", "demo")


def test_replay_after_that_is_a_code_nobody_knows(connecting, recorded):
    code = connecting.code()
    connecting.redeem(code)
    for _ in range(2):
        assert error_of(connecting.redeem(code, code_verifier=None)) == GRANT
    assert recorded() == ["token.issue", "token.replay"]


def test_other_families_of_the_consent_live_on(connecting):
    code, kept = connecting.code(), connecting.redeem().json()["refresh_token"]
    connecting.redeem(code)
    connecting.redeem(code, code_verifier=None)
    assert connecting.refresh(kept).status_code == 200
